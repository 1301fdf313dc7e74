"""People, keys and sign-ins as plain frozen objects, and the events about them. No secret is in any of them.

Exceptions are those that carry a secret to the one person who is to see it: SignedIn, NewUser, NewKey, SetUpForm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is; permissions follow from it."""

    ADMIN = "admin"
    AGENT = "agent"

    @property
    def text(self) -> str:
        """The catalogue key of its name."""
        return f"access.role.{self.value}"


@dataclass(frozen=True)
class User:
    """A person who may sign in. `extension` is the phone at their desk, "" = none; `language`, `theme` "" = default."""

    id: int
    login: str
    name: str
    role: Role
    extension: str = ""
    language: str = ""
    theme: str = ""
    disabled: bool = False
    must_change_password: bool = False


@dataclass(frozen=True)
class UserDraft:
    """What an admin says of a person."""

    login: str
    name: str
    role: Role = Role.AGENT
    extension: str = ""
    language: str = ""


@dataclass(frozen=True)
class NewUser:
    """A person just added. The password is shown this one time; empty when the admin chose it."""

    user: User
    password: str = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A session. The token goes into the browser's cookie and is kept nowhere else."""

    token: str = field(repr=False)
    user: User


@dataclass(frozen=True)
class SetUpForm:
    """What the first page asks for."""

    login: str
    name: str
    password: str = field(repr=False)
    office_name: str
    language: str
    time_zone: str
    area_code: str


@dataclass(frozen=True)
class Key:
    """A program that may use the API. `person` is the login of whom it works for: it acts at the phone they sit at."""

    id: int
    name: str
    role: Role
    created_ms: int
    revoked: bool = False
    person: str = ""


@dataclass(frozen=True)
class NewKey:
    """A key just made. The secret is shown this one time."""

    key: Key
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Actor:
    """Who does something, for the access log: a login, "key:<name>" or "box", and from which address."""

    who: str = "box"
    address: str = ""


@dataclass(frozen=True)
class AccessEntry:
    """One line of the access log. `what` is a word whose text is `access.log.<what>`; `about`: whom it was done to."""

    id: int
    at_ms: int
    who: str
    address: str
    what: str
    about: str
    details: dict[str, object]

    @property
    def text(self) -> str:
        """The catalogue key of what was done."""
        return f"access.log.{self.what}"


@dataclass(frozen=True)
class UserChanged:
    """Something about this person is different now, and stored."""

    user_id: int


@dataclass(frozen=True)
class SessionsEnded:
    """Sessions of this person have ended, except the one whose token's hash is `kept`; live pages must check again."""

    user_id: int
    kept: str = ""


@dataclass(frozen=True)
class RescueEnded:
    """The way back into the panel was used or is closed; lamps need not tell its code any more."""
