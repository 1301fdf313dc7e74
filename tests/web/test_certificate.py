"""The certificate of the box: trusted by who trusts its authority, renewed in time, limited to the office."""

from __future__ import annotations

import asyncio
import ssl
import stat
import time
from pathlib import Path

import pytest
from blockbuster import BlockBuster

from appliance.core.errors import Unavailable
from web import certificate_order, own_names
from web.certificate import Certificate

pytestmark = pytest.mark.web

DAY_MS = 86_400_000


def now_ms() -> int:
    """The machine's clock."""
    return time.time_ns() // 1_000_000


async def fetched(certificate: Certificate, folder: Path, name: str) -> dict[str, object]:
    """Connect as a browser that trusts the authority and return the certificate it was shown."""

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=certificate.context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=name)
        shown = writer.get_extra_info("peercert")
        writer.close()
        await writer.wait_closed()
    return dict(shown)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "soribox.local"])
async def test_a_browser_that_trusts_the_authority_accepts_the_box(tmp_path: Path, name: str) -> None:
    certificate = Certificate(tmp_path, "192.0.2.7", now_ms)
    await certificate.keep()
    assert await fetched(certificate, tmp_path, name)


async def test_the_box_is_not_accepted_under_a_strange_name(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, "192.0.2.7", now_ms)
    await certificate.keep()
    with pytest.raises(ssl.SSLCertVerificationError):
        await fetched(certificate, tmp_path, "bank.example.com")


async def test_keys_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    await Certificate(tmp_path, "192.0.2.7", now_ms).keep()
    for name in ("ca.key", "server.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


async def test_what_is_good_is_kept(tmp_path: Path) -> None:
    assert await Certificate(tmp_path, "192.0.2.7", now_ms).keep()
    before = (tmp_path / "server.crt").read_bytes()
    assert not await Certificate(tmp_path, "192.0.2.7", now_ms).keep()
    assert (tmp_path / "server.crt").read_bytes() == before


async def test_two_who_want_the_first_certificate_get_the_same(tmp_path: Path) -> None:
    order = await asyncio.to_thread(certificate_order.order, tmp_path / "tls", "127.0.0.1", now_ms())
    pipe = asyncio.subprocess.PIPE
    makers = [await asyncio.create_subprocess_exec(*certificate_order.MAKER, stdin=pipe, stdout=pipe) for _ in range(2)]
    (first, _), (second, _) = await asyncio.gather(*(maker.communicate(order) for maker in makers))
    assert first == second
    certificate = Certificate(tmp_path / "tls", "127.0.0.1", now_ms)
    assert not await certificate.keep()
    assert await fetched(certificate, tmp_path / "tls", "localhost")


async def test_it_is_renewed_before_it_ends_and_the_authority_stays(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, "192.0.2.7", now_ms)
    await certificate.keep()
    authority, first = certificate.authority, certificate.facts.until_ms
    later = Certificate(tmp_path, "192.0.2.7", lambda: now_ms() + 370 * DAY_MS)
    assert await later.keep()
    assert later.authority == authority
    assert later.facts.until_ms > first + 300 * DAY_MS


async def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    clock = [now_ms() - 380 * DAY_MS]
    certificate = Certificate(tmp_path, "192.0.2.7", lambda: clock[0])
    await certificate.keep()
    first = (await fetched(certificate, tmp_path, "localhost"))["serialNumber"]
    clock[0] = now_ms()
    assert await certificate.keep()
    assert (await fetched(certificate, tmp_path, "localhost"))["serialNumber"] != first


async def test_a_new_address_gets_into_the_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = Certificate(tmp_path, "127.0.0.1", now_ms)
    await certificate.keep()
    monkeypatch.setattr(own_names, "addresses", lambda: ("10.1.2.3", "127.0.0.1"))
    assert await certificate.keep()
    shown = await fetched(certificate, tmp_path, "10.1.2.3")
    assert ("IP Address", "10.1.2.3") in shown["subjectAltName"]  # type: ignore[operator]  # names, which ssl types more widely


async def test_an_address_the_authority_may_not_vouch_for_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate(tmp_path, "127.0.0.1", now_ms)
    await certificate.keep()
    monkeypatch.setattr(own_names, "addresses", lambda: ("127.0.0.1", "198.51.100.4"))
    await certificate.keep()
    shown = await fetched(certificate, tmp_path, "127.0.0.1")
    assert ("IP Address", "198.51.100.4") not in shown["subjectAltName"]  # type: ignore[operator]


async def test_a_damaged_note_leads_to_a_new_certificate(tmp_path: Path) -> None:
    await Certificate(tmp_path, "192.0.2.7", now_ms).keep()
    (tmp_path / "made.json").write_text("{")
    certificate = Certificate(tmp_path, "192.0.2.7", now_ms)
    assert await certificate.keep()
    assert await fetched(certificate, tmp_path, "localhost")


async def test_a_folder_that_cannot_be_used_is_told_in_words(tmp_path: Path, blocking_is_an_error: BlockBuster) -> None:
    blocker = tmp_path / "tls"
    blocker.write_text("not a folder")
    with pytest.raises(Unavailable) as told:
        await Certificate(blocker, "192.0.2.7", now_ms).keep()
    assert told.value.key == "certificate.missing"
