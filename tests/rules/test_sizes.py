"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from statistics import median

import pytest

from tests.support.source import PRODUCT, Module, modules

pytestmark = pytest.mark.rules

LONGEST_FILE = 600
LONGEST_FUNCTION = 60
LONG_FILE = 400
LONG_FUNCTION = 35
FEW = 0.1  # of all may be long


def functions(module: Module) -> list[tuple[str, int]]:
    """Return each function of a module with its length in lines."""
    return [
        (f"{module.shown}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def lengths() -> dict[str, int]:
    """Return the length in lines of every file of the product."""
    return {module.shown: len(module.text.splitlines()) for module in modules()}


def test_no_file_is_too_long() -> None:
    everything = lengths() | {module.shown: len(module.text.splitlines()) for module in modules("tests")}
    assert not {name: lines for name, lines in everything.items() if lines > LONGEST_FILE}


def test_most_files_are_short() -> None:
    all_lines = sorted(lengths().values())
    assert median(all_lines) <= 150
    assert sum(lines > LONG_FILE for lines in all_lines) <= FEW * len(all_lines)


def test_no_function_is_too_long() -> None:
    too_long = {
        name: lines for m in modules(*PRODUCT, "tests") for name, lines in functions(m) if lines > LONGEST_FUNCTION
    }
    assert not too_long


def test_most_functions_are_short() -> None:
    all_lines = [lines for module in modules() for _, lines in functions(module)]
    assert median(all_lines) <= 10
    assert sum(lines > LONG_FUNCTION for lines in all_lines) <= FEW * len(all_lines)
