"""Makes the box's certificates: `python -m web.certificate_maker`, a child process that ends when it is done.

A process of its own, because the library is large and is needed for a moment a year. Reads one JSON object from
standard input (see `Order`), writes the files, and prints what it made as JSON. Knows nothing of the panel.

The authority is the box's own and cannot be misused: it may only vouch for names and addresses of private networks
and of this box (RFC 5280 section 4.2.1.10), so that an office that trusts it trusts it for nothing else.
"""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from web.certificate_order import NOTE, is_there

_AUTHORITY_LIFE = datetime.timedelta(days=3650)
_SERVER_LIFE = datetime.timedelta(days=397)  # browsers refuse more than 398
_EARLIER = datetime.timedelta(days=1)  # for machines whose clock is behind
_FRESH = datetime.timedelta(minutes=5)

_PRIVATE_NAMES = ("local", "localhost", "lan", "home.arpa", "internal", "home", "office")
_PRIVATE_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """What is wanted: a certificate in `folder` for these names and addresses. `now_ms`: 1970, UTC."""

    folder: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    now_ms: int


@dataclass(frozen=True)
class Made:
    """What was made, for whoever must not read certificates: until when it holds and what it was asked for."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    until_ms: int
    authority_until_ms: int
    fingerprint: str  # SHA-256 of the authority, as browsers show it


def make(order: Order) -> Made:
    """Make a server certificate, and the authority when there is none that lasts long enough; the folder exists."""
    folder = Path(order.folder)
    now = datetime.datetime.fromtimestamp(order.now_ms / 1000, datetime.UTC)
    authority, authority_key = _authority(folder, order, now)
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + _SERVER_LIFE, authority.not_valid_after_utc)
    certificate = _server(order, authority, authority_key, key, now, until)
    _write(folder / "server.key", _pem(key), secret=True)
    _write(folder / "server.crt", certificate.public_bytes(serialization.Encoding.PEM))
    made = Made(
        order.names,
        order.addresses,
        int(until.timestamp() * 1000),
        int(authority.not_valid_after_utc.timestamp() * 1000),
        authority.fingerprint(hashes.SHA256()).hex(":").upper(),
    )
    _write(folder / NOTE, json.dumps(asdict(made)).encode())
    return made


def _authority(
    folder: Path, order: Order, now: datetime.datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    file, key_file = folder / "ca.crt", folder / "ca.key"
    if file.exists() and key_file.exists():
        kept = x509.load_pem_x509_certificate(file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and kept.not_valid_after_utc > now + _SERVER_LIFE:
            return kept, key
    key = ec.generate_private_key(ec.SECP256R1())
    made = _new_authority(order, key, now)
    _write(key_file, _pem(key), secret=True)
    _write(file, made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _new_authority(order: Order, key: ec.EllipticCurvePrivateKey, now: datetime.datetime) -> x509.Certificate:
    name = _name(f"Soribox {order.names[0]} {now:%Y-%m-%d}")
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.NameConstraints(list(_permitted(order)), None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _permitted(order: Order) -> Iterable[x509.GeneralName]:
    for name in dict.fromkeys((*_PRIVATE_NAMES, *order.names)):
        yield x509.DNSName(name)
    own = [address for address in order.addresses if not _is_in(address, _PRIVATE_NETWORKS)]
    for network in (*_PRIVATE_NETWORKS, *own):
        yield x509.IPAddress(ipaddress.ip_network(network))


def _is_in(address: str, networks: Iterable[str]) -> bool:
    one = ipaddress.ip_address(address)
    return any(one in ipaddress.ip_network(network) for network in networks)


def _server(
    order: Order,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    until: datetime.datetime,
) -> x509.Certificate:
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_name(order.names[0]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(_vouched(order, authority))), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _vouched(order: Order, authority: x509.Certificate) -> Iterable[x509.GeneralName]:
    """Yield the names and addresses the authority may vouch for: one name too many spoils the whole certificate."""
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    suffixes = [limit.value for limit in limits if isinstance(limit, x509.DNSName)]
    networks = [str(limit.value) for limit in limits if isinstance(limit, x509.IPAddress)]
    for name in order.names:
        if any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes):
            yield x509.DNSName(name)
    for address in order.addresses:
        if _is_in(address, networks):
            yield x509.IPAddress(ipaddress.ip_address(address))


def _name(text: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Soribox"), x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, *, secret: bool = False) -> None:
    """Replace `file` in one step; a power cut leaves the old or the new one."""
    beside = file.with_name(f".{file.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if secret else 0o644)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.rename(file)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it however this process ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _just_made(order: Order) -> Made | None:
    """Return what another maker made while this one waited for its turn.

    Edge and core start at the same time and both want the first certificate; whoever has read the first one's key must
    not find a second one's certificate beside it.
    """
    folder = Path(order.folder)
    if not is_there(folder):
        return None
    try:
        made = Made(**json.loads((folder / NOTE).read_bytes()))
    except (ValueError, TypeError):
        return None
    full_life_ms = (_SERVER_LIFE - _FRESH).total_seconds() * 1000
    covers = set(order.names) <= set(made.names) and set(order.addresses) <= set(made.addresses)
    return made if covers and made.until_ms - order.now_ms > full_life_ms else None


def main() -> None:
    """Carry out the order on standard input."""
    given = json.load(sys.stdin)
    order = Order(given["folder"], tuple(given["names"]), tuple(given["addresses"]), int(given["now_ms"]))
    with _one_at_a_time(Path(order.folder)):
        made = _just_made(order) or make(order)
    json.dump(asdict(made), sys.stdout)


if __name__ == "__main__":
    main()
