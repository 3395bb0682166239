"""Foreign exceptions → why there was no answer: one table, most specific first."""

import errno
import os
import pkgutil
import socket
import ssl
import sys
from functools import cache

from auditor.model import Cause, TlsFault, Unreached
from auditor.probe.decode import UndecodableError
from auditor.probe.descriptors import is_shortage
from auditor.probe.faults import (
    BadHttpMessage,
    BrokenOffError,
    ConnectError,
    HandshakeError,
    LookUpError,
    TooMuchError,
)
from auditor.probe.resolver import NoThreadError, PrivateAddressError
from auditor.probe.surplus import HEARD
from auditor.probe.tls import fault_of

# aiohttp's classes stand here by name: it is loaded only where something is asked through it.
CAUSES: tuple[tuple[type[BaseException] | str, Cause], ...] = (
    (PrivateAddressError, Cause.PRIVATE_ADDRESS),
    (NoThreadError, Cause.SHORTAGE),
    ("aiohttp.ClientProxyConnectionError", Cause.PROXY_UNREACHABLE),
    ("aiohttp.ClientHttpProxyError", Cause.PROXY_REFUSED),
    # The connector's errors wrap the system's; what they wrap says more (see _innermost), but a class decides first.
    ("aiohttp.ClientConnectorCertificateError", Cause.TLS_FAILURE),
    ("aiohttp.ClientConnectorSSLError", Cause.TLS_FAILURE),
    ("aiohttp.ServerFingerprintMismatch", Cause.TLS_FAILURE),
    ("aiohttp.ClientSSLError", Cause.TLS_FAILURE),
    (ssl.SSLError, Cause.TLS_FAILURE),
    (ssl.CertificateError, Cause.TLS_FAILURE),
    ("aiohttp.ClientConnectorDNSError", Cause.DNS_FAILURE),
    (socket.gaierror, Cause.DNS_FAILURE),
    (socket.herror, Cause.DNS_FAILURE),
    (LookUpError, Cause.DNS_FAILURE),
    (UnicodeError, Cause.DNS_FAILURE),  # the idna codec refuses labels over 63 characters or empty ones
    (TimeoutError, Cause.TIMEOUT),
    (HandshakeError, Cause.TLS_FAILURE),
    (ConnectError, Cause.CONNECT_FAILURE),
    ("aiohttp.ServerDisconnectedError", Cause.CONNECTION_LOST),
    ("aiohttp.ClientConnectionResetError", Cause.CONNECTION_LOST),
    ("aiohttp.ClientConnectorError", Cause.CONNECT_FAILURE),
    # The parser raises these two where a connection ends before its body does.
    ("aiohttp.http_exceptions.TransferEncodingError", Cause.CONNECTION_LOST),
    ("aiohttp.http_exceptions.ContentLengthError", Cause.CONNECTION_LOST),
    ("aiohttp.http_exceptions.HttpProcessingError", Cause.PROTOCOL_ERROR),
    (BadHttpMessage, Cause.PROTOCOL_ERROR),
    (TooMuchError, Cause.PROTOCOL_ERROR),
    (UndecodableError, Cause.PROTOCOL_ERROR),
    ("aiohttp.ClientPayloadError", Cause.CONNECTION_LOST),
    ("aiohttp.ClientResponseError", Cause.PROTOCOL_ERROR),
    ("aiohttp.InvalidURL", Cause.PROTOCOL_ERROR),
    ("aiohttp.ClientOSError", Cause.CONNECTION_LOST),
    (BrokenOffError, Cause.CONNECTION_LOST),
    ("aiohttp.ClientConnectionError", Cause.CONNECTION_LOST),
    ("aiohttp.ClientError", Cause.PROTOCOL_ERROR),
    (ConnectionRefusedError, Cause.CONNECT_FAILURE),
    (ConnectionError, Cause.CONNECTION_LOST),
    (EOFError, Cause.CONNECTION_LOST),
    (OSError, Cause.CONNECT_FAILURE),
)

# What the resolver answers while it can't reach a name server: it may fare better a little later.
TEMPORARY_DNS = frozenset({socket.EAI_AGAIN})

# What the system says where it knows no way to an address.
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})

# Of these the cause says more than they do themselves.
_WRAPPING = ("aiohttp.ClientPayloadError", "aiohttp.ClientResponseError", "aiohttp.http_exceptions.HttpProcessingError")

DETAIL_LIMIT = 200  # characters: a proxy may say whatever it likes


def causes() -> tuple[tuple[type[BaseException], Cause], ...]:
    """The table, with aiohttp's classes where it is loaded. Where it isn't nobody can have one of them."""
    return _resolved("aiohttp" in sys.modules)


@cache
def _resolved(with_aiohttp: bool) -> tuple[tuple[type[BaseException], Cause], ...]:  # noqa: FBT001  # a key of a cache
    return tuple(
        (pkgutil.resolve_name(kind) if isinstance(kind, str) else kind, cause)
        for kind, cause in CAUSES
        if with_aiohttp or not isinstance(kind, str)
    )


def _is(error: BaseException, *kinds: str) -> bool:
    """Whether an error is of one of these classes of aiohttp's."""
    return "aiohttp" in sys.modules and isinstance(error, tuple(map(pkgutil.resolve_name, kinds)))


def unreached(error: BaseException) -> Unreached:
    """Say why there was no answer. An exception the table lacks is a protocol error with its name, never a crash."""
    heard = HEARD in vars(error)
    no_route = getattr(_innermost(error), "errno", None) in _NO_ROUTE
    found = _by_table(error)
    return found._replace(heard=heard, no_route=no_route) if heard or no_route else found


def _by_table(error: BaseException) -> Unreached:
    told = _innermost(error)
    if is_shortage(told):
        return Unreached(Cause.SHORTAGE, _detail(told))
    if _is(error, "aiohttp.ClientHttpProxyError"):
        status, message = getattr(error, "status", 0), getattr(error, "message", "")
        return Unreached(Cause.PROXY_DENIED if status == 407 else Cause.PROXY_REFUSED, _clean(f"{status} {message}"))
    hidden = _hidden_tls_fault(error)
    if hidden is not None:
        return Unreached(Cause.TLS_FAILURE, _detail(told), hidden)
    for kind, cause in causes():
        if isinstance(error, kind) or isinstance(told, kind):
            if cause is Cause.TLS_FAILURE:
                return Unreached(cause, _detail(told), fault_of(told))
            temporary = cause is Cause.DNS_FAILURE and getattr(told, "errno", None) in TEMPORARY_DNS
            return Unreached(Cause.DNS_TEMPORARY if temporary else cause, _detail(told))
    return Unreached(Cause.PROTOCOL_ERROR, _detail(told))


def _hidden_tls_fault(error: BaseException) -> TlsFault | None:
    """What a library tells as a lost connection, though TLS was what failed."""
    lost = error.__cause__ if isinstance(error, BrokenOffError) else error
    inner = lost.__cause__ if lost is not None else None
    if isinstance(inner, ssl.SSLError) and fault_of(inner) is TlsFault.CLIENT_CERTIFICATE:
        return TlsFault.CLIENT_CERTIFICATE  # with TLS 1.3 a host says so only after the handshake
    if type(error).__name__ != "ClientConnectorError" or not error.args[0].is_ssl:
        return None
    # A connection that isn't refused has come about: it ended before TLS was agreed on.
    inner = _innermost(error)
    broken = isinstance(inner, ConnectionError) and not isinstance(inner, ConnectionRefusedError)
    return TlsFault.BROKEN_OFF if broken else None


def _innermost(error: BaseException) -> BaseException:
    """The system's own error inside a library's, where there is one: that is what a person can look up."""
    inner = getattr(error, "os_error", None) or getattr(error, "certificate_error", None)
    if inner is None and (isinstance(error, BrokenOffError) or _is(error, *_WRAPPING)):
        inner = error.__cause__
    return inner if isinstance(inner, BaseException) else error


def _detail(error: BaseException) -> str:
    """Name an exception, with its words where those are the system's or ours.

    A library's quote URLs and what a server sent, secrets among it, and differ with how that came in packets.
    """
    if _is(error, "aiohttp.http_exceptions.HttpProcessingError") and not _is(
        error, "aiohttp.http_exceptions.PayloadEncodingError"
    ):
        return "BadHttpMessage"  # headers make no sense: what is found first depends on packets, too
    if isinstance(error, TimeoutError):
        return "TimeoutError"  # which of our limits came first depends on packets, too
    name, words = type(error).__name__, _words(error)
    return _clean(f"{name}: {words}" if words else name)


def _words(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    if number is None and type(error).__module__.startswith("auditor.") and not isinstance(error, BrokenOffError):
        return str(error)
    if isinstance(error, ssl.SSLError):
        return str(getattr(error, "verify_message", "") or error.strerror or "")
    if isinstance(error, socket.gaierror | socket.herror):
        return error.strerror or ""
    # Not its strerror: asyncio writes addresses there.
    return os.strerror(number) if isinstance(error, OSError) and isinstance(number, int) else ""


def _clean(text: str) -> str:
    """Put text on one line, without what can't be printed or written, and cut it."""
    text = "".join(character if character.isprintable() else " " for character in text[: 4 * DETAIL_LIMIT])
    return " ".join(text.split())[:DETAIL_LIMIT]
