"""Every module says what it is for; a broad `except` says why; nothing of this machine is in the repository."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.source import PRODUCT, ROOT, Module, modules

pytestmark = pytest.mark.rules

TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".json",
    ".cfg",
    ".j2",
    ".service",
    ".slice",
    ".html",
    ".css",
    ".js",
    "",
}
NOT_OURS = {"node_modules", "vendor", "var", "__pycache__"}


def test_every_module_says_what_it_is_for() -> None:
    silent = [m.shown for m in modules(*PRODUCT, "tests") if m.text.strip() and not ast.get_docstring(m.tree)]
    assert not silent


def broad_excepts(module: Module) -> list[int]:
    """Return the lines where everything is caught and kept; cleaning up and raising again is no catching."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]


def test_whoever_catches_everything_says_why() -> None:
    silent = [
        f"{module.shown}:{line}"
        for module in modules()
        for line in broad_excepts(module)
        if "#" not in "".join(module.text.splitlines()[line - 1 : line + 1])
    ]
    assert not silent


def test_no_file_names_a_registry_or_a_folder_of_some_machine() -> None:
    hosts = re.compile(r"https?://[a-z.]*(?:pyp" + r"i|pythonh" + r"osted|npm" + r"js|debian)[a-z]*\.[a-z]+", re.I)
    folders = re.compile(r"(?<![\w./])/(?:home|root|work)/\w")
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any((part.startswith(".") and part != ".ci") or part.endswith(".egg-info") for part in parts)
        if not hidden and not NOT_OURS & {*parts} and path.is_file() and path.suffix in TEXT_SUFFIXES:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [
                f"{path.relative_to(ROOT)}: {hit.group()}" for rule in (hosts, folders) for hit in rule.finditer(text)
            ]
    assert not found, "\n".join(found)
