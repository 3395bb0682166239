"""Every exception that a server, a network or a library can raise here has its place in the table of causes."""

import asyncio
import builtins
import errno
import inspect
import pkgutil
import socket
import ssl
from collections.abc import Iterator
from importlib import import_module

import aiohttp
import pytest
from aiohttp import client_exceptions, http_exceptions
from hosts import Exchange, serve

import auditor.probe
from auditor.errors import AuditorError
from auditor.model import Cause, Probe, Unreached
from auditor.probe import open_probe
from auditor.probe.causes import DETAIL_LIMIT, causes, unreached
from auditor.probe.decode import UndecodableError
from auditor.probe.faults import BrokenOffError, ConnectError
from auditor.probe.resolver import PrivateAddressError
from auditor.settings import FrontierSettings, Header, ProbeSettings

# By name: a class that a new version of a library adds, or one of ours, must be given its cause here and in the table.
EXPECTED: dict[Cause, str] = {
    Cause.PRIVATE_ADDRESS: "PrivateAddressError",
    Cause.SHORTAGE: "NoThreadError",
    Cause.PROXY_UNREACHABLE: "ClientProxyConnectionError",
    Cause.PROXY_REFUSED: "ClientHttpProxyError",
    Cause.DNS_FAILURE: "ClientConnectorDNSError LookUpError gaierror herror UnicodeError UnicodeDecodeError "
    "UnicodeEncodeError UnicodeTranslateError",
    Cause.CONNECT_FAILURE: "ClientConnectorError UnixClientConnectorError ConnectError ConnectionRefusedError OSError "
    "BlockingIOError ChildProcessError FileExistsError FileNotFoundError InterruptedError IsADirectoryError "
    "NotADirectoryError PermissionError ProcessLookupError",
    Cause.TLS_FAILURE: "HandshakeError ClientSSLError ClientConnectorSSLError ClientConnectorCertificateError "
    "ServerFingerprintMismatch SSLError SSLZeroReturnError SSLWantReadError SSLWantWriteError SSLSyscallError "
    "SSLEOFError SSLCertVerificationError",
    Cause.TIMEOUT: "TimeoutError ServerTimeoutError ConnectionTimeoutError SocketTimeoutError",
    Cause.CONNECTION_LOST: "ClientConnectionError ClientConnectionResetError ClientOSError ServerConnectionError "
    "ServerDisconnectedError ClientPayloadError BrokenOffError StrayError TransferEncodingError "
    "ContentLengthError ConnectionError BrokenPipeError ConnectionAbortedError ConnectionResetError EOFError "
    "IncompleteReadError",
    Cause.PROTOCOL_ERROR: "ClientError ClientResponseError ContentTypeError TooManyRedirects InvalidURL "
    "InvalidUrlClientError InvalidUrlRedirectClientError NonHttpUrlClientError NonHttpUrlRedirectClientError "
    "RedirectClientError UploadAbortedError WSServerHandshakeError HttpProcessingError BadHttpMessage HttpBadRequest "
    "PayloadEncodingError ContentEncodingError DecompressSizeError LineTooLong InvalidHeader BadStatusLine "
    "BadHttpMethod InvalidURLError UndecodableError TooMuchError",
}
BY_NAME = {name: cause for cause, names in EXPECTED.items() for name in names.split()}
ELSEWHERE = {
    "WSMessageTypeError",  # of WebSockets, which nobody speaks here
    "_GiveupOnSendfile",  # the socket module's own, for sending files
}


def reachable() -> Iterator[type[Exception]]:
    """The classes of aiohttp, of ssl and socket, of the system, and our own."""
    ours = [import_module(f"auditor.probe.{module.name}") for module in pkgutil.iter_modules(auditor.probe.__path__)]
    for module in (client_exceptions, http_exceptions, ssl, socket, *ours):
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, Exception) and not issubclass(kind, AuditorError):
                yield kind
    for kind in vars(builtins).values():
        if inspect.isclass(kind) and issubclass(kind, OSError | UnicodeError | EOFError):
            yield kind


KINDS = sorted({kind for kind in reachable() if kind.__name__ not in ELSEWHERE}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_class_has_its_cause_from_the_table(kind: type[Exception]) -> None:
    """Known to this test by name, and to the table by itself or by what it is derived from."""
    assert kind.__name__ in BY_NAME, "a new class: say here and in the table what it means"
    found = next((cause for listed, cause in causes() if issubclass(kind, listed)), None)
    assert found is BY_NAME[kind.__name__]


def test_no_name_here_is_out_of_date() -> None:
    """The list above holds no class that is gone."""
    assert set(BY_NAME) - {kind.__name__ for kind in KINDS} <= {"IncompleteReadError"}


def test_nothing_stands_behind_what_covers_it() -> None:
    """The most specific comes first: no line of the table can never be reached."""
    for place, (kind, cause) in enumerate(causes()):
        hidden = [earlier for earlier, other in causes()[:place] if issubclass(kind, earlier) and other is not cause]
        assert not hidden, f"{kind} stands behind {hidden}"


class _NeverHeardOfError(Exception):
    """One that no table can know."""


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (_NeverHeardOfError("odd"), "_NeverHeardOfError"),
        (_NeverHeardOfError(), "_NeverHeardOfError"),
        (_UnprintableError(), "_UnprintableError"),
        (_NeverHeardOfError("caf\udce9\r\nx"), "_NeverHeardOfError"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_unknown_exception_is_a_protocol_error_with_its_name(error: Exception, detail: str) -> None:
    """Never a crash of the run, and always something that can be written to a file."""
    assert unreached(error) == Unreached(Cause.PROTOCOL_ERROR, detail)


def test_detail_is_bounded() -> None:
    """However long an exception of ours is, its words are cut."""
    assert len(unreached(UndecodableError("x" * 100_000)).detail) == DETAIL_LIMIT


@pytest.mark.parametrize(
    ("inner", "cause"),
    [
        (aiohttp.ServerDisconnectedError(), Cause.CONNECTION_LOST),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), Cause.CONNECTION_LOST),
        (http_exceptions.BadStatusLine("?"), Cause.PROTOCOL_ERROR),
    ],
)
def test_broken_connection_is_told_by_what_broke_it(inner: Exception, cause: Cause) -> None:
    """What breaks a connection before its answer keeps its meaning."""
    error = BrokenOffError(False)
    error.__cause__ = inner
    found = unreached(error)
    assert found.cause is cause
    assert found.detail in (type(inner).__name__, "BadHttpMessage", "ClientOSError: Connection reset by peer")


HEAD = b"HTTP/1.1 200 OK\r\nSet-Cookie: s3cret\r\n"
FAULTS = {
    "status": b"HTTP/1.1 s3cret\r\nSet-Cookie: s3cret\r\n\r\n",
    "no HTTP": b"SSH-2.0-s3cret\r\n\r\n",
    "field": HEAD + b"s3cret s3cret\x01: s3cret\r\n\r\n",
    "value": HEAD + b"X: s3cret\x00s3cret\r\n\r\n",
    "headers cut": HEAD,
    "too many": HEAD + b"X: s3cret\r\n" * 300 + b"\r\n",
    "too long": HEAD + b"X: " + b"s3cret" * 20_000 + b"\r\n\r\n",
    "length": HEAD + b"Content-Length: s3cret\r\n\r\n",
    "chunk size": HEAD + b"Transfer-Encoding: chunked\r\n\r\ns3cret\r\n",
    "chunk cut": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "body cut": HEAD + b"Content-Length: 100\r\n\r\n",
    "coding": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + b"s3cret" * 3 + b"s3",
}


@pytest.mark.usefixtures("either_client")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_detail_is_the_same_however_an_answer_is_cut_into_packets(fault: bytes) -> None:
    """Two equal runs write equal reports, and none holds what a server sent or was told."""

    async def main(pieces: int) -> Probe:
        async def answer(exchange: Exchange) -> None:
            size = -(-len(fault) // pieces)
            for start in range(0, len(fault), size):
                await exchange.send(fault[start : start + size])
                if pieces > 1:
                    await asyncio.sleep(0.005)
            exchange.close()

        own = Header("X-Audit", "s3cret")
        async with serve(answer) as host:
            settings = ProbeSettings(allow_private=True, extra_headers=(own,))
            async with open_probe(settings, FrontierSettings()) as look:
                return await look(host.url("/s3cret.jpg?s3cret"))

    whole, cut = asyncio.run(main(1)), asyncio.run(main(24))
    assert isinstance(whole, Unreached), whole
    assert whole == cut
    assert whole.detail
    assert "s3cret" not in whole.detail


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (aiohttp.ConnectionTimeoutError("Connection timeout to host http://a/?s3cret"), "TimeoutError"),
        (aiohttp.InvalidURL("http://a/?s3cret"), "InvalidURL"),
        (aiohttp.ClientOSError(104, "s3cret"), "ClientOSError: Connection reset by peer"),
        (
            ConnectionRefusedError(111, "Connect call failed ('10.0.0.1', 80)"),
            "ConnectionRefusedError: Connection refused",
        ),
        (OSError("Multiple exceptions: [Errno 111] s3cret, [Errno 113] s3cret"), "OSError"),
        (socket.gaierror(-2, "Name or service not known"), "gaierror: Name or service not known"),
        (http_exceptions.LineTooLong(b"s3cret"), "BadHttpMessage"),
        (http_exceptions.InvalidHeader(b"s3cret"), "BadHttpMessage"),
        (http_exceptions.TransferEncodingError("s3cret"), "TransferEncodingError"),
        (BrokenOffError(True), "BrokenOffError"),
        (ValueError("s3cret"), "ValueError"),
        (PrivateAddressError("a resolves to 10.0.0.1"), "PrivateAddressError: a resolves to 10.0.0.1"),
    ],
)
def test_detail_is_made_of_fixed_words(error: Exception, detail: str) -> None:
    """A library's classes give their names, the system its own words, and our exceptions theirs."""
    assert unreached(error).detail == detail


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH])
def test_lack_of_a_route_is_told(number: int) -> None:
    """It may be us who are cut off; a refused connection is none of that."""
    assert unreached(ConnectError(OSError(number, "no way"))).no_route
    assert not unreached(ConnectError(ConnectionRefusedError(errno.ECONNREFUSED, "no"))).no_route
