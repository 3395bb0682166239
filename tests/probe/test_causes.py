"""Every exception that a server, a network or a library can raise here has its place in the table of causes."""

import builtins
import inspect
import pkgutil
import socket
import ssl
from collections.abc import Iterator
from importlib import import_module

import aiohttp
import pytest
from aiohttp import client_exceptions, http_exceptions

import auditor.probe
from auditor.errors import AuditorError
from auditor.model import Cause, Unreached
from auditor.probe.causes import CAUSES, DETAIL_LIMIT, unreached
from auditor.probe.wire import BrokenOffError

# By name: a class that a new version of a library adds, or one of ours, must be given its cause here and in the table.
EXPECTED: dict[Cause, str] = {
    Cause.PRIVATE_ADDRESS: "PrivateAddressError",
    Cause.PROXY_UNREACHABLE: "ClientProxyConnectionError",
    Cause.PROXY_REFUSED: "ClientHttpProxyError",
    Cause.DNS_FAILURE: "ClientConnectorDNSError gaierror herror UnicodeError UnicodeDecodeError UnicodeEncodeError "
    "UnicodeTranslateError",
    Cause.CONNECT_FAILURE: "ClientConnectorError UnixClientConnectorError ConnectionRefusedError OSError "
    "BlockingIOError ChildProcessError FileExistsError FileNotFoundError InterruptedError IsADirectoryError "
    "NotADirectoryError PermissionError ProcessLookupError",
    Cause.TLS_FAILURE: "ClientSSLError ClientConnectorSSLError ClientConnectorCertificateError "
    "ServerFingerprintMismatch SSLError SSLZeroReturnError SSLWantReadError SSLWantWriteError SSLSyscallError "
    "SSLEOFError SSLCertVerificationError",
    Cause.TIMEOUT: "TimeoutError ServerTimeoutError ConnectionTimeoutError SocketTimeoutError",
    Cause.CONNECTION_LOST: "ClientConnectionError ClientConnectionResetError ClientOSError ServerConnectionError "
    "ServerDisconnectedError ClientPayloadError BrokenOffError TransferEncodingError ContentLengthError "
    "ConnectionError BrokenPipeError ConnectionAbortedError ConnectionResetError EOFError IncompleteReadError",
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
    found = next((cause for listed, cause in CAUSES if issubclass(kind, listed)), None)
    assert found is BY_NAME[kind.__name__]


def test_no_name_here_is_out_of_date() -> None:
    """The list above holds no class that is gone."""
    assert set(BY_NAME) - {kind.__name__ for kind in KINDS} <= {"IncompleteReadError"}


def test_nothing_stands_behind_what_covers_it() -> None:
    """The most specific comes first: no line of the table can never be reached."""
    for place, (kind, cause) in enumerate(CAUSES):
        hidden = [earlier for earlier, other in CAUSES[:place] if issubclass(kind, earlier) and other is not cause]
        assert not hidden, f"{kind} stands behind {hidden}"


class _NeverHeardOfError(Exception):
    """One that no table can know."""


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (_NeverHeardOfError("odd"), "_NeverHeardOfError: odd"),
        (_NeverHeardOfError(), "_NeverHeardOfError"),
        (_UnprintableError(), "_UnprintableError"),
        (_NeverHeardOfError("caf\udce9\r\nx"), "_NeverHeardOfError: caf? x"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_unknown_exception_is_a_protocol_error_with_its_name(error: Exception, detail: str) -> None:
    """Never a crash of the run, and always something that can be written to a file."""
    assert unreached(error) == Unreached(Cause.PROTOCOL_ERROR, detail)


def test_detail_is_bounded() -> None:
    """An exception may quote all that a server sent."""
    assert len(unreached(http_exceptions.BadHttpMessage("x" * 100_000)).detail) == DETAIL_LIMIT


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
    assert found.detail.startswith(type(inner).__name__)
