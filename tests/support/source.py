"""The repository's own source as data, for the tests of the house rules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("appliance", "web", "sip", "hw")


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name, its path, its syntax tree."""

    name: str
    path: Path

    @property
    def shown(self) -> str:
        """The path as people write it."""
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parsed(self.path)

    @property
    def package(self) -> str:
        """The package that holds the module (a package holds its own `__init__`)."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    def imports(self) -> Iterator[str]:
        """Yield every module this one imports, wherever in the file; `from a import b` gives `a.b` if it is one."""
        yield from self._imports(ast.walk(self.tree))

    def imports_when_running(self) -> Iterator[str]:
        """Yield what `imports` does, without what only the type checker reads."""
        yield from self._imports(_running(self.tree))

    def _imports(self, nodes: Iterable[ast.AST]) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._resolved(node)
                for alias in node.names:
                    yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in names() else base

    def _resolved(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        steps = self.package.split(".")
        home = steps[: len(steps) - node.level + 1]
        return ".".join([*home, *([node.module] if node.module else [])])


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")):
            yield child
            yield from _running(child)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Return all modules below these top folders (the product's, when none is given)."""
    return tuple(Module(_name(path), path) for top in tops or PRODUCT for path in sorted((ROOT / top).rglob("*.py")))


@cache
def names() -> frozenset[str]:
    """Return the dotted names of all modules of the product."""
    return frozenset(module.name for module in modules())
