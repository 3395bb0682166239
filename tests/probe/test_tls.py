"""TLS against real handshakes on loopback: what kept a secure connection from coming about is told apart."""

import asyncio
import socket
import ssl
import struct
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import secure
import trustme
import uvloop
from images import made

from auditor import texts
from auditor.checks import Judge
from auditor.errors import SettingsError
from auditor.frontier import is_transient
from auditor.model import Answered, Cause, ImageInfo, ImageRef, Probe, TlsFault, Unreached
from auditor.policies import load
from auditor.probe import open_probe
from auditor.settings import FrontierSettings, ProbeSettings

pytestmark = pytest.mark.usefixtures("either_client")

Loop = Callable[[], asyncio.AbstractEventLoop] | None

JPEG = made("JPEG", size=(1200, 900))
LIMITS: dict[str, Any] = {"timeout": 10.0, "stall_timeout": 10.0, "allow_private": True}
NOW = datetime.now(UTC)
CA = trustme.CA()
STRANGER = trustme.CA()
INTERMEDIATE = CA.create_child_ca()

LOOPS = pytest.mark.parametrize("loop", [None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


@pytest.fixture(name="ca_file")
def _ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    CA.cert_pem.write_to_path(path)
    return path


def look_at(talk: secure.Talk, loop: Loop = None, **settings: Any) -> Probe:
    """Look once at an https server on localhost."""

    async def main(port: int) -> Probe:
        async with open_probe(ProbeSettings(**(LIMITS | settings)), FrontierSettings()) as look:
            return await look(f"https://localhost:{port}/a.jpg")

    with secure.serve(talk) as port, asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main(port))


def symptom(probe: Probe) -> str:
    """What a seller reads of it."""
    judge = Judge(load("amazon-us-2022"), allow_private=True)
    ref = ImageRef("feed.tsv", 2, "B000000001", "S1", "", "MAIN", "https://localhost/a.jpg")
    _, link = judge.link(ref, ())
    assert link is not None
    findings = judge.answer(ref, link, probe)
    assert [finding.code for finding in findings] == ["tls-failure"]
    return texts.load("en").of(findings[0]).symptom


def leaf(
    name: str = "localhost", by: trustme.CA = CA, valid: tuple[datetime, datetime] | None = None
) -> trustme.LeafCert:
    """A certificate for a name."""
    begin, end = valid or (None, None)
    return by.issue_cert(name, not_before=begin, not_after=end)


STRANGER_LEAF = leaf(by=STRANGER)
BY_INTERMEDIATE = leaf(by=INTERMEDIATE)


def outdated() -> ssl.SSLContext:
    """A server that speaks TLS 1.0 and 1.1 only."""
    context = secure.context_of(leaf())
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that these versions are deprecated is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def weak_cipher() -> ssl.SSLContext:
    """A server of TLS 1.2 whose only cipher is one that is no longer taken."""
    context = secure.context_of(leaf())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("NULL-SHA256:@SECLEVEL=0")
    return context


def demanding() -> ssl.SSLContext:
    """A server that lets nobody in without a certificate."""
    context = secure.context_of(leaf())
    context.verify_mode = ssl.CERT_REQUIRED
    CA.configure_trust(context)
    return context


def reset(connection: socket.socket) -> None:
    """Break off with RST in place of an answer."""
    connection.recv(secure.HELLO)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def self_signed() -> ssl.SSLContext:
    """A server whose certificate nobody else has signed."""
    return secure.context_with(STRANGER.private_key_pem, [STRANGER.cert_pem])


# The beginning of a ServerHello that promises 122 bytes and brings 22.
HALF_HELLO = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + b"a" * 20
ALERT_UNRECOGNIZED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"
ALERT_INTERNAL_ERROR = b"\x15\x03\x03\x00\x02\x02\x50"
LONG_AGO = (NOW - timedelta(days=60), NOW - timedelta(days=1))
NEXT_MONTH = (NOW + timedelta(days=2), NOW + timedelta(days=60))
ROOT_SENT = [*STRANGER_LEAF.cert_chain_pems, STRANGER.cert_pem]


def https(context: ssl.SSLContext) -> secure.Talk:
    """Serve the picture behind a handshake."""
    return secure.https(context, JPEG)


FAULTS = {
    "expired": (https(secure.context_of(leaf(valid=LONG_AGO))), TlsFault.EXPIRED, "has expired"),
    "not yet valid": (https(secure.context_of(leaf(valid=NEXT_MONTH))), TlsFault.NOT_YET_VALID, "isn't valid yet"),
    "wrong host": (https(secure.context_of(leaf("other.example"))), TlsFault.WRONG_HOST, "issued for other names"),
    "unknown issuer": (https(secure.context_of(STRANGER_LEAF)), TlsFault.NO_CHAIN, "No known authority"),
    "unknown root": (
        https(secure.context_with(STRANGER_LEAF.private_key_pem, ROOT_SENT)),
        TlsFault.UNKNOWN_ISSUER,
        "isn't known",
    ),
    "self-signed": (https(self_signed()), TlsFault.SELF_SIGNED, "vouches for itself"),
    "missing intermediate": (
        https(secure.context_with(BY_INTERMEDIATE.private_key_pem, [BY_INTERMEDIATE.cert_chain_pems[0]])),
        TlsFault.NO_CHAIN,
        "No known authority",
    ),
    "old protocol": (https(outdated()), TlsFault.OUTDATED, "encryption"),
    "weak cipher": (https(weak_cipher()), TlsFault.REFUSED, "refuses"),
    "plain HTTP": (secure.saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TlsFault.NO_TLS, "doesn't speak https"),
    "garbage": (secure.saying(b"\x00garbage" * 30), TlsFault.NO_TLS, "doesn't speak https"),
    "closed": (secure.saying(b""), TlsFault.BROKEN_OFF, "broke off"),
    "closed in the middle": (secure.saying(HALF_HELLO), TlsFault.BROKEN_OFF, "broke off"),
    "reset": (reset, TlsFault.BROKEN_OFF, "broke off"),
    "no certificate for this name": (secure.saying(ALERT_UNRECOGNIZED_NAME), TlsFault.REFUSED, "refuses"),
    "alert": (secure.saying(ALERT_INTERNAL_ERROR), TlsFault.OTHER, "No secure connection"),
}


@LOOPS
@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_a_secure_connection_is_told(name: str, loop: Loop, ca_file: Path) -> None:
    """The fact says which fault it is, the seller's sentence too, without the name of any exception."""
    talk, fault, words = FAULTS[name]
    probe = look_at(talk, loop, ca_file=ca_file)
    assert isinstance(probe, Unreached)
    assert (probe.cause, probe.tls) == (Cause.TLS_FAILURE, fault), probe
    assert probe.detail
    told = symptom(probe)
    assert words in told
    assert "Error" not in told
    assert "SSL" not in told


@LOOPS
def test_client_certificate_is_asked_for(loop: Loop, ca_file: Path) -> None:
    """A host for invited programs only says so, though with TLS 1.3 it lets everyone in for a moment."""
    probe = look_at(https(demanding()), loop, ca_file=ca_file)
    assert isinstance(probe, Unreached)
    assert (probe.cause, probe.tls) == (Cause.TLS_FAILURE, TlsFault.CLIENT_CERTIFICATE), probe
    assert "visitor" in symptom(probe)


@LOOPS
def test_handshake_that_hangs_is_a_timeout(loop: Loop, ca_file: Path) -> None:
    """A server that accepts and says nothing costs no more than the time for connecting."""
    probe = look_at(secure.silent, loop, ca_file=ca_file, connect_timeout=0.2)
    assert isinstance(probe, Unreached)
    assert probe.cause is Cause.TIMEOUT, probe


def test_only_a_broken_handshake_is_tried_again() -> None:
    """An overloaded host may do better a little later; a certificate won't."""
    again = {fault for fault in TlsFault if is_transient(Unreached(Cause.TLS_FAILURE, "", fault))}
    assert again == {TlsFault.BROKEN_OFF}


@LOOPS
def test_authority_of_a_file_is_trusted(loop: Loop, ca_file: Path) -> None:
    """With --ca-file an image behind a private authority is read like any other."""
    probe = look_at(https(secure.context_of(leaf())), loop, ca_file=ca_file)
    assert isinstance(probe, Answered), probe
    assert isinstance(probe.body, ImageInfo)
    assert isinstance(look_at(https(secure.context_of(leaf())), loop), Unreached)


@LOOPS
def test_connection_is_given_up_without_a_goodbye(loop: Loop, ca_file: Path) -> None:
    """A host that never answers the end of TLS holds no connection open: the next one has the only thread there is."""

    async def main(port: int) -> list[Probe]:
        async with open_probe(ProbeSettings(**LIMITS, ca_file=ca_file), FrontierSettings()) as look:
            return [await look(f"https://localhost:{port}/a.jpg") for _ in range(3)]

    talk = secure.lingering(secure.context_of(leaf()), JPEG)
    with secure.serve(talk) as port, asyncio.Runner(loop_factory=loop) as runner:
        assert all(isinstance(probe, Answered) for probe in runner.run(main(port)))


def test_whole_chain_is_enough(ca_file: Path) -> None:
    """A certificate under an intermediate one is trusted when the host sends both."""
    assert isinstance(look_at(https(secure.context_of(BY_INTERMEDIATE)), ca_file=ca_file), Answered)


def test_authorities_of_the_system_stay_trusted(ca_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--ca-file adds to what the system trusts and replaces nothing."""
    system = tmp_path / "system.pem"
    STRANGER.cert_pem.write_to_path(system)
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    assert isinstance(look_at(https(secure.context_of(STRANGER_LEAF)), ca_file=ca_file), Answered)


@LOOPS
@pytest.mark.parametrize("name", ["expired", "wrong host", "unknown issuer", "self-signed"])
def test_insecure_checks_no_certificate(name: str, loop: Loop) -> None:
    """With --insecure the image itself is looked at, whoever sends it."""
    assert isinstance(look_at(FAULTS[name][0], loop, insecure=True), Answered)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read: No such file"),
        (b"", "no certificate"),
        (b"hello", "no certificate"),
        (STRANGER_LEAF.private_key_pem.bytes(), "no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no certificate"),
    ],
)
def test_bad_ca_file_is_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    """A CA file that is missing or holds no certificate stops the run before it begins, and is named."""
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_bytes(content)

    async def main() -> None:
        async with open_probe(ProbeSettings(ca_file=path), FrontierSettings()):
            pass

    with pytest.raises(SettingsError, match=f"authority.pem .*{words}"):
        asyncio.run(main())
