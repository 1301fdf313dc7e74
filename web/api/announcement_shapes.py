"""What goes over the API of announcements. The rules of `shapes.py` hold here as well."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from appliance.announcements.types import Source
from web.api.shapes import Request, Whole


class AnnouncementSent(Request, frozen=True):
    """An announcement to be spoken. `language` is ko or en, `speed` in percent; `music`: for callers who wait.

    `text` may hold {office}, {open_hours} and {number}. `voice` is plain, low, soft or bright; empty: plain.
    """

    name: str
    text: str
    language: str = "ko"
    speed: Whole = 100
    music: bool = False
    voice: str = ""


class AnnouncementUploaded(Request, frozen=True):
    """What is said in the address about a file that is the body. `language` may be empty."""

    name: str
    language: str = ""
    music: bool = False


class AnnouncementChange(Request, frozen=True):
    """What is to be different about an announcement; what is left out stays. What is spoken is spoken again.

    `text`, `voice` and `speed` mean nothing for one that was uploaded or recorded.
    """

    name: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    speed: Whole | UnsetType = UNSET
    music: bool | UnsetType = UNSET
    voice: str | UnsetType = UNSET


class NewRecording(Request, frozen=True):
    """An announcement that is to be spoken at a phone, which is called. `extension`: empty is one's own."""

    name: str
    extension: str = ""


class RecordingAt(Request, frozen=True):
    """The phone at which an announcement is to be spoken anew. `extension`: empty is one's own."""

    extension: str = ""


class RecordingBegun(Struct, frozen=True):
    """The call in which the announcement is spoken: the phone rings, says what to do, and asks before it keeps it."""

    call: str


class UseSeen(Struct, frozen=True):
    """Something that plays an announcement. `kind` is "group"."""

    kind: str
    id: str
    name: str


class AnnouncementSeen(Struct, frozen=True):
    """An announcement. `source` is uploaded, spoken, recorded or built_in; `audio` the address of its WAV here.

    `said` is `text` with what it says of the office. `dial` follows `*6` on a phone that is to record it anew.
    """

    # The API's own promise, not derived: it must stay when the type inside changes.
    # pylint: disable=duplicate-code
    id: str
    name: str
    source: Source
    language: str
    music: bool
    text: str
    speed: int
    duration_ms: int
    size: int
    changed_ms: int
    used_by: tuple[UseSeen, ...]
    audio: str
    voice: str
    said: str
    dial: int
    version: int
    changed_by: str


class VersionSeen(Struct, frozen=True):
    """What an announcement was before. `made_by` made it at `at_ms`."""

    version: int
    at_ms: int
    made_by: str
    source: Source
    language: str
    text: str
    voice: str
    speed: int
    duration_ms: int
    size: int
    audio: str
