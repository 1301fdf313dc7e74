"""The README.txt of a package: what is in it, and how to check it by hand. In both languages, the office's first."""

from __future__ import annotations

from appliance.evidence.dossier import Dossier
from appliance.evidence.keys import grouped
from appliance.i18n.catalog import LANGUAGES, text

_COMMANDS = """\
    sha256sum -c SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
    openssl pkey -pubin -in public-key.pem -outform DER | sha256sum
    soribox evidence verify FILE.zip
"""


def readme(dossier: Dossier) -> bytes:
    """Return the text. Lines end as Notepad wants them."""
    languages = sorted(LANGUAGES, key=lambda language: language != dossier.language)
    said = ("\n" + "-" * 72 + "\n\n").join(_in(language, dossier) for language in languages)
    return ("\ufeff" + said).replace("\n", "\r\n").encode()


def _in(language: str, dossier: Dossier) -> str:
    paragraphs = (
        text(language, "evidence.readme.what", office=dossier.office or "Soribox", id=dossier.id),
        text(language, "evidence.readme.files"),
        text(language, "evidence.readme.sides"),
        text(language, "evidence.readme.check"),
        _COMMANDS.rstrip(),
        text(language, "evidence.readme.answers"),
        text(language, "evidence.readme.fingerprint") + "\n    " + grouped(dossier.key.fingerprint),
        text(language, "evidence.readme.json"),
    )
    return "\n\n".join(paragraphs) + "\n"
