"""What goes over the API of announcements. The rules of `shapes.py` hold here as well."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from appliance.announcements.types import Source
from web.api.shapes import Request, Whole


class AnnouncementSent(Request, frozen=True):
    """An announcement to be spoken. `language` is ko or en, `speed` in percent; `music`: for callers who wait."""

    name: str
    text: str
    language: str = "ko"
    speed: Whole = 100
    music: bool = False


class AnnouncementUploaded(Request, frozen=True):
    """What is said in the address about a file that is the body. `language` may be empty."""

    name: str
    language: str = ""
    music: bool = False


class AnnouncementChange(Request, frozen=True):
    """What is to be different about an announcement; what is left out stays. What is spoken is spoken again.

    `text` and `speed` mean nothing for one that was uploaded.
    """

    name: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    speed: Whole | UnsetType = UNSET
    music: bool | UnsetType = UNSET


class UseSeen(Struct, frozen=True):
    """Something that plays an announcement. `kind` is "group"."""

    kind: str
    id: str
    name: str


class AnnouncementSeen(Struct, frozen=True):
    """An announcement. `source` is uploaded, spoken or built_in; `audio` the address of its WAV below this API."""

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
