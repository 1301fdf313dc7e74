"""Phones over TLS at a real Kamailio, with a certificate made here."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sip.api import Registration
from tests.support.edge import edge_in, password
from tests.support.kamailio import free_ports
from tests.support.raw_ua import raw_ua, raw_worker

pytestmark = pytest.mark.sip


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "box under test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "server.crt", folder / "server.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


async def test_a_phone_registers_over_tls_and_is_called_over_it(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    (port,) = free_ports(1)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with edge_in(tmp_path, tls_port=port, certificate=certificate, key=key) as edge:
        await edge.let_in("101")
        async with (
            raw_ua(
                ("127.0.0.1", port), "101", password("101"), host="127.0.0.5", transport="tls", tls=trusting
            ) as phone,
            raw_worker(edge.kamailio.core) as worker,
        ):
            assert (await phone.register()).code == 200
            assert (await edge.heard(Registration)).address == f"tls:127.0.0.5:{phone.port}"
            worker.request("INVITE", f"sip:101@127.0.0.1:{edge.kamailio.plan.sip_port}")
            phone.reply(await phone.heard("INVITE"), 200, body="v=0\r\n")
            assert await worker.wait_for(lambda m: m.code == 200) is not None
