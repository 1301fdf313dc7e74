"""SIP messages as text (RFC 3261): read, write, and the digest answers of RFC 2617. Knows no socket."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

_SHORT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}
REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    407: "Proxy Authentication Required",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    503: "Service Unavailable",
    603: "Decline",
}


@dataclass
class Message:
    """One request or reply. Header names are kept as written and compared without regard to case or short form."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @property
    def is_request(self) -> bool:
        """Whether this asks rather than answers."""
        return not self.start.startswith("SIP/2.0 ")

    @property
    def method(self) -> str:
        """The method of a request; of a reply the one it answers."""
        return self.start.split(" ", 1)[0] if self.is_request else self.get("cseq").split()[-1]

    @property
    def code(self) -> int:
        """The status of a reply; 0 for a request."""
        return 0 if self.is_request else int(self.start.split(" ", 2)[1])

    @property
    def uri(self) -> str:
        """The Request-URI."""
        return self.start.split(" ")[1]

    @property
    def cseq(self) -> int:
        """The sequence number."""
        return int(self.get("cseq").split()[0])

    @property
    def branch(self) -> str:
        """The branch of the topmost Via: the transaction's name."""
        return parameter(self.all("via")[0], "branch")

    def all(self, name: str) -> list[str]:
        """Return every value of a header, in order; comma lists of Via and routes are taken apart."""
        values = [value for known, value in self.headers if _SHORT.get(known.lower(), known.lower()) == name]
        if name in ("via", "route", "record-route"):
            return [part.strip() for value in values for part in value.split(",")]
        return values

    def get(self, name: str) -> str:
        """Return the first value of a header, or nothing."""
        values = self.all(name)
        return values[0] if values else ""

    def encoded(self) -> bytes:
        """Return the message as it goes on the wire."""
        body = self.body.encode()
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def read(data: bytes) -> Message:
    """Read one whole message. Raises ValueError when it is none."""
    head, separator, body = data.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    if not separator or "SIP/2.0" not in lines[0]:
        raise ValueError("not a SIP message")
    pairs = [line.partition(":")[::2] for line in lines[1:] if ":" in line]
    headers = [(name.strip(), value.strip()) for name, value in pairs]
    kept = [pair for pair in headers if pair[0].lower() not in ("content-length", "l")]
    return Message(lines[0], kept, body.decode("utf-8", "replace"))


def parameter(value: str, name: str) -> str:
    """Return the parameter `name` of a header value, or nothing."""
    found = re.search(rf";\s*{name}=([^;>,\s]+)", value)
    return found[1] if found else ""


def address_of(value: str) -> str:
    """Return the URI of a name-addr or addr-spec."""
    found = re.search(r"<([^>]+)>", value)
    return found[1] if found else value.split(";")[0].strip()


def user_of(value: str) -> str:
    """Return the user part of the URI in a header value."""
    found = re.match(r"sips?:([^@;>]+)@", address_of(value))
    return found[1] if found else ""


def reply_to(request: Message, code: int, tag: str, headers: list[tuple[str, str]], body: str = "") -> Message:
    """Build the reply to a request; `tag` goes into To when there is none yet and the reply is more than 100."""
    kept = [pair for pair in request.headers if pair[0].lower() in ("via", "v", "from", "f", "call-id", "i", "cseq")]
    to = request.get("to")
    if code > 100 and not parameter(to, "tag"):
        to = f"{to};tag={tag}"
    routes = [("Record-Route", value) for value in request.all("record-route")]
    return Message(f"SIP/2.0 {code} {REASONS.get(code, 'Whatever')}", [*kept, ("To", to), *routes, *headers], body)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _fields(value: str) -> dict[str, str]:
    return {name.lower(): quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', value)}


def challenge(realm: str, nonce: str = "") -> str:
    """Return the value of a WWW-Authenticate or Proxy-Authenticate header."""
    return f'Digest realm="{realm}", nonce="{nonce or secrets.token_hex(8)}", algorithm=MD5, qop="auth"'


def credentials(asked: str, method: str, uri: str, user: str, password: str) -> str:
    """Return the value of the Authorization header that answers the challenge `asked`."""
    given = _fields(asked)
    first = _md5(f"{user}:{given['realm']}:{password}")
    second = _md5(f"{method}:{uri}")
    parts = f'Digest username="{user}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{uri}", algorithm=MD5'
    if "qop" not in given:
        response = _md5(f"{first}:{given['nonce']}:{second}")
        return f'{parts}, response="{response}"'
    own = secrets.token_hex(4)
    response = _md5(f"{first}:{given['nonce']}:00000001:{own}:auth:{second}")
    return f'{parts}, qop=auth, nc=00000001, cnonce="{own}", response="{response}"'


def is_right(given: str, method: str, user: str, password: str) -> bool:
    """Say whether an Authorization header's value proves knowledge of the password."""
    fields = _fields(given)
    if fields.get("username") != user:
        return False
    first = _md5(f"{user}:{fields['realm']}:{password}")
    second = _md5(f"{method}:{fields['uri']}")
    middle = f"{fields['nc']}:{fields['cnonce']}:auth:" if "qop" in fields else ""
    return fields.get("response") == _md5(f"{first}:{fields['nonce']}:{middle}{second}")
