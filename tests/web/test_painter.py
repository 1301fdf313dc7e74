"""What several people see is painted once, and never for somebody who may see or read something else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from appliance.access.types import Role, User
from web.live import Person
from web.painter import Painter, PaintOnce

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Page:
    words: str


class Counting(Painter):
    """Says what it was asked to paint."""

    def __init__(self) -> None:
        self.painted: list[tuple[str, str, str]] = []

    def paint(self, person: Person, template: str, page: object) -> str:
        assert isinstance(page, Page)
        self.painted.append((person.language, template, page.words))
        return f"{person.language} {person.user.role} {page.words}"


def person(language: str = "ko", role: Role = Role.AGENT) -> Person:
    return Person(User(1, "haneul", "김하늘", role), language)


def test_the_same_is_painted_once_for_everybody_who_may_do_the_same() -> None:
    counting = Counting()
    painting = PaintOnce(counting)
    painted = [painting.paint(person(), "calls.html", Page("two calls")) for _ in range(20)]
    assert painted == ["ko agent two calls"] * 20
    assert len(counting.painted) == 1


def test_another_language_another_role_another_page_and_other_facts_are_painted_anew() -> None:
    counting = Counting()
    painting = PaintOnce(counting)
    assert painting.paint(person(), "calls.html", Page("a")) == "ko agent a"
    assert painting.paint(person("en"), "calls.html", Page("a")) == "en agent a"
    assert painting.paint(person(role=Role.ADMIN), "calls.html", Page("a")) == "ko admin a"
    assert painting.paint(person(), "calls.html", Page("b")) == "ko agent b"
    painting.paint(person(), "phones.html", Page("a"))
    assert len(counting.painted) == 5
