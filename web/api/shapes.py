"""What goes over the API beside the features' own plain types: requests, and answers that are put together.

All moments are milliseconds since 1970, UTC. Telephone numbers are in stored form (E.164, or raw) unless a field says
that it is made for people to read. Adding a field is fine; changing or removing one is a new version of the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from appliance.access.types import Key, Role, User
from appliance.calls.call import CallView
from appliance.lines.types import Extension, Trunk
from appliance.phones.types import RegisteredPhone, TrunkView

T = TypeVar("T")

Limit = Annotated[int, Meta(ge=1, le=500)]
Whole = Annotated[int, Meta(ge=0, le=2**53)]  # what every store and every JSON reader holds exactly


class Request(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The root of all that is sent to us: a misspelt field is refused, not ignored."""


class Items(Struct, Generic[T], frozen=True):
    """All of something. `next_cursor` leads to the next page; empty on the last one."""

    items: tuple[T, ...]
    next_cursor: str = ""


# ------------------------------------------------------------------------------------------------ people and keys


class Me(Struct, frozen=True):
    """Whoever asks. `kind` is "user", "key" or "box"; `permissions` are the ones that are given."""

    kind: str
    name: str
    role: Role
    permissions: tuple[str, ...]
    user: User | None = None


class UserSent(Request, frozen=True):
    """A person to be added. Without a password the box makes one, which must be changed at the first sign-in."""

    login: str
    name: str
    role: Role = Role.AGENT
    extension: str = ""
    language: str = ""
    password: str = ""


class UserChange(Request, frozen=True):
    """What is to be different about a person; what is left out stays."""

    name: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    extension: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class UserMade(Struct, frozen=True):
    """A person just added. `password` is told this one time; empty when it was chosen by the sender."""

    user: User
    password: str


class PasswordMade(Struct, frozen=True):
    """A password that the box has made. It is told this one time."""

    password: str


class KeySent(Request, frozen=True):
    """A key to be made for a program. With a `person` (a login) it acts at the phone at which they sit."""

    name: str
    role: Role = Role.AGENT
    person: str = ""


class KeyMade(Struct, frozen=True):
    """A key just made. `secret` is told this one time."""

    key: Key
    secret: str


class AccessWanted(Request, frozen=True):
    """Which lines of the access log, the newest first: those before the line with this id."""

    before: Whole = 0
    limit: Limit = 100


class AccessSeen(Struct, frozen=True):
    """One line of the access log. `what` is the same in every language, `text` is for people."""

    id: int
    at_ms: int
    who: str
    address: str
    what: str
    about: str
    text: str
    details: dict[str, Any]


class Link(Struct, frozen=True):
    """A way in that works once, for fifteen minutes."""

    address: str


class SetUpState(Struct, frozen=True):
    """Whether the box was set up; `code` is what the first page asks for, while it was not."""

    set_up: bool
    code: str = ""


class SetUpSent(Request, frozen=True):
    """What the first page asks for."""

    code: str
    login: str
    name: str
    password: str
    office_name: str
    language: str = "ko"
    time_zone: str = "Asia/Seoul"
    area_code: str = "02"


# ---------------------------------------------------------------------------------------------------------- lines


class ExtensionSent(Request, frozen=True):
    """An extension to be added."""

    number: str
    name: str
    shown_number: str = ""
    may_call_out: bool = True
    may_forward_out: bool = True
    pickup_group: str = ""


class ExtensionChange(Request, frozen=True):
    """What is to be different about an extension; what is left out stays."""

    name: str | UnsetType = UNSET
    shown_number: str | UnsetType = UNSET
    may_call_out: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    may_forward_out: bool | UnsetType = UNSET
    pickup_group: str | UnsetType = UNSET


class ExtensionMade(Struct, frozen=True):
    """An extension just added, or given a new password. The password is told this one time."""

    extension: Extension
    password: str


class ExtensionSeen(Struct, frozen=True):
    """An extension and the phones that are registered on it now."""

    extension: Extension
    phones: tuple[RegisteredPhone, ...]


class TrunkSent(Request, frozen=True):
    """A trunk to be added. `kind` is "register" or "address"; the password is written and never read."""

    # The API's own promise, not derived: it must stay when the type inside changes.
    # pylint: disable=duplicate-code
    name: str
    host: str
    kind: str = "register"
    port: Whole = 5060
    transport: str = "udp"
    username: str = ""
    auth_username: str = ""
    password: str = ""
    realm: str = ""
    expires: Whole = 120
    addresses: tuple[str, ...] = ()
    trusted: bool = True
    called_from: str = "request"
    international_prefixes: tuple[str, ...] = ("00",)
    dial_e164: bool = False
    main_number: str = ""
    channels: Whole = 0
    enabled: bool = True


class TrunkChange(Request, frozen=True):
    """What is to be different about a trunk; what is left out stays."""

    name: str | UnsetType = UNSET
    host: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    port: Whole | UnsetType = UNSET
    transport: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    auth_username: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    realm: str | UnsetType = UNSET
    expires: Whole | UnsetType = UNSET
    addresses: tuple[str, ...] | UnsetType = UNSET
    trusted: bool | UnsetType = UNSET
    called_from: str | UnsetType = UNSET
    international_prefixes: tuple[str, ...] | UnsetType = UNSET
    dial_e164: bool | UnsetType = UNSET
    main_number: str | UnsetType = UNSET
    channels: Whole | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class TrunkSeen(Struct, frozen=True):
    """A trunk and how it is, as measured; no status while nothing was measured."""

    trunk: Trunk
    status: TrunkView | None


class NumberSent(Request, frozen=True):
    """One of the office's own numbers, as people write it or as E.164. Without a label it is called like itself."""

    number: str
    trunk: str
    label: str = ""
    group: str = "main"
    may_be_shown: bool = True
    menu: str = ""  # the id of the voice menu that its callers hear first


class NumberChange(Request, frozen=True):
    """What is to be different about an own number; what is left out stays."""

    label: str | UnsetType = UNSET
    trunk: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    may_be_shown: bool | UnsetType = UNSET
    menu: str | UnsetType = UNSET


class ShownNumber(Struct, frozen=True):
    """One of the office's own numbers that may be shown on a call out. `usual`: shown when nothing is chosen."""

    number: str
    label: str
    usual: bool


# ------------------------------------------------------------------------------------------------------ customers


class CustomerSent(Request, frozen=True):
    """A customer as it shall be. Numbers may be written as people write them."""

    name: str
    company: str = ""
    numbers: tuple[str, ...] = ()
    memo: str = ""


class CustomerReplaced(CustomerSent, frozen=True):
    """A customer as it shall be, and the `updated_ms` that the sender has seen (none: overwrite whatever is there)."""

    seen_ms: Whole | None = None


class CustomersWanted(Request, frozen=True):
    """Which customers: any part of a name, company or number."""

    text: str = ""
    limit: Limit = 20


# ---------------------------------------------------------------------------------------------------------- calls


class CallsWanted(Request, frozen=True):
    """Which calls, the newest first. Empty and zero mean "any"; `number` is a part of a number."""

    from_ms: Whole = 0
    to_ms: Whole = 0
    direction: str = ""
    result: str = ""
    extension: str = ""
    number: str = ""
    group: str = ""
    cursor: str = ""
    limit: Limit = 50


class CustomerNamed(Struct, frozen=True):
    """Whom a number belongs to."""

    id: int
    name: str
    company: str


@dataclass(frozen=True)
class CallSeen(CallView):
    """A call, and the customer on its far side: null for strangers, and for whoever may not see customers."""

    customer: CustomerNamed | None = None


class StepSeen(Struct, frozen=True):
    """One line of a call's timeline. `key` is the same in every language, `text` is for people."""

    at_ms: int
    key: str
    text: str


class RecordingSeen(Struct, frozen=True):
    """A recording. `state` is live, joining, ready or failed; the rest is there when it is ready."""

    call: str
    state: str
    duration_ms: int = 0
    size: int = 0
    sha256: str = ""
    file: str = ""  # what to call it when it is saved: ends in .flac or .opus
    audio: str = ""  # address below this API


class CallRecorded(Struct, frozen=True):
    """A call together with its recording."""

    call: CallSeen
    recording: RecordingSeen


# --------------------------------------------------------------------------------------------------------- system


class TrunkState(Struct, frozen=True):
    """How a trunk is, for everybody: nothing of how it is reached. `state` is empty while nothing was measured."""

    id: str
    name: str
    enabled: bool
    state: str


class Live(Struct, frozen=True):
    """Everything that goes on at this moment."""

    calls: tuple[CallView, ...]
    extensions: tuple[ExtensionSeen, ...]
    trunks: tuple[TrunkState, ...]


class PartSeen(Struct, frozen=True):
    """How one part of the box is. `key` is the same in every language, `text` is for people."""

    part: str
    level: str
    key: str
    text: str
    since_ms: int


class HealthSeen(Struct, frozen=True):
    """How the box is: as well as its worst part."""

    level: str
    parts: tuple[PartSeen, ...]


class SettingSeen(Struct, frozen=True):
    """One setting, with what it is for."""

    key: str
    value: str | bool | int
    default: str | bool | int
    help: str


# The answers that tell a secret, and where: it is told once, also to whoever sends the same request again.
SECRETS: dict[type[Struct], str] = {
    UserMade: "password",
    PasswordMade: "password",
    KeyMade: "secret",
    Link: "address",
    ExtensionMade: "password",
}
