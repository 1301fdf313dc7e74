"""Every text exists in every language, fits its placeholders, and is used.

A key is found where it is written as a plain string, in code or template. Keys that are put together
(`f"call.result.{result}"`, `"menu." ~ name`) count by their fixed beginning: all texts that begin so are in use.
"""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.pofile import read_po

from appliance.i18n.catalog import LANGUAGES, LOCALES, catalogue
from tests.support.source import ROOT, modules

pytestmark = pytest.mark.rules

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
BEGINNING = re.compile(r"[a-z][a-z0-9_]*\.([a-z0-9_]+[._])*")

# Calls whose string arguments of this form are catalogue keys, wherever they stand.
TAKES_KEYS = frozenset(
    {
        "text",
        "t",
        "SoriboxError",
        "InvalidInput",
        "NotFound",
        "Conflict",
        "NotAllowed",
        "TooManyAttempts",
        "Unavailable",
        "report",
        "Step",
        "words",
    }
)
_IN_TEMPLATE = re.compile(r"""\bt\(\s*(["'])([^"']+)\1\s*(~?)""")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\\n])*)\1""")


def strings(tree: ast.AST) -> Iterator[str]:
    """Yield every plain string of some code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def beginnings(tree: ast.AST) -> Iterator[str]:
    """Yield the fixed beginning of every string that is put together."""
    for node in ast.walk(tree):
        first: ast.expr | None = None
        if isinstance(node, ast.JoinedStr) and len(node.values) > 1:
            first = node.values[0]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            first = node.left
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and BEGINNING.fullmatch(first.value):
            yield first.value


@cache
def templates() -> tuple[tuple[str, str], ...]:
    """Return the path and text of every template."""
    found = sorted((ROOT / "web" / "templates").rglob("*.html"))
    return tuple((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in found)


def asked_for() -> Iterator[tuple[str, str]]:
    """Yield (place, key) for every key that stands where only a key can stand."""
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in TAKES_KEYS:
                    given = (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
                    yield from ((f"{module.shown}:{node.lineno}", key) for key in given if KEY.fullmatch(key))
    for path, source in templates():
        for _, key, joined in _IN_TEMPLATE.findall(source):
            if not joined:
                yield path, key


def everything_written() -> tuple[frozenset[str], frozenset[str]]:
    """Return all strings of code and templates, and all beginnings of strings that are put together."""
    plain: set[str] = set()
    begun: set[str] = set()
    for module in modules():
        written = set(strings(module.tree))
        plain |= written
        begun |= {text for text in written if BEGINNING.fullmatch(text)} | set(beginnings(module.tree))
    for _, source in templates():
        quoted = [found[1] for found in _QUOTED.findall(source)]
        # Inside an attribute's quotes: title="{{ t('panel.close') }}".
        quoted += [found[1] for found in _IN_TEMPLATE.findall(source)]
        plain.update(quoted)
        begun.update(text for text in quoted if BEGINNING.fullmatch(text))
    return frozenset(plain), frozenset(begun)


def placeholders(text: str) -> frozenset[str]:
    """Return the names of the placeholders of a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_every_text_exists_in_every_language() -> None:
    keys = {language: set(catalogue(language)) for language in LANGUAGES}
    everything = set().union(*keys.values())
    missing = {language: sorted(everything - has) for language, has in keys.items() if everything - has}
    assert not missing


def test_no_text_is_empty() -> None:
    empty = [f"{language}: {key}" for language in LANGUAGES for key, text in catalogue(language).items() if not text]
    assert not empty


def test_placeholders_are_the_same_in_every_language() -> None:
    texts = {language: catalogue(language) for language in LANGUAGES}
    different = []
    for key in texts[LANGUAGES[0]]:
        found = {language: sorted(placeholders(texts[language].get(key, ""))) for language in LANGUAGES}
        if len({tuple(names) for names in found.values()}) > 1:
            different.append(f"{key}: {found}")
    assert not different


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice(language: str) -> None:
    keys: Counter[str] = Counter()
    for file in sorted((LOCALES / language).glob("*.po")):
        # Babel keeps the last of two equal keys; the lines themselves tell.
        keys.update(re.findall(r'^msgid "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE))
    assert not [key for key, count in keys.items() if count > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_marked_as_doubtful(language: str) -> None:
    for file in sorted((LOCALES / language).glob("*.po")):
        with file.open("rb") as source:
            doubtful = [entry.id for entry in read_po(source, locale=language) if entry.id and entry.fuzzy]
        assert not doubtful, f"{file.name}: {doubtful}"


def test_every_key_that_is_asked_for_exists() -> None:
    known = catalogue(LANGUAGES[0])
    missing = sorted({f"{place}: {key}" for place, key in asked_for() if key not in known})
    assert not missing, "\n".join(missing)


def test_every_text_is_used() -> None:
    plain, begun = everything_written()
    unused = [key for key in catalogue(LANGUAGES[0]) if key not in plain and not any(key.startswith(b) for b in begun)]
    assert not unused, "\n".join(unused)
