"""Foreign exceptions → why there was no answer: one table, most specific first."""

import socket
import ssl

import aiohttp
from aiohttp import http_exceptions

from auditor.model import Cause, Unreached
from auditor.probe.descriptors import is_shortage
from auditor.probe.resolver import PrivateAddressError

CAUSES: tuple[tuple[type[BaseException], Cause], ...] = (
    (PrivateAddressError, Cause.PRIVATE_ADDRESS),
    # The connector's errors wrap the system's; what they wrap says more (see _innermost), but a class decides first.
    (aiohttp.ClientConnectorCertificateError, Cause.TLS_FAILURE),
    (aiohttp.ClientConnectorSSLError, Cause.TLS_FAILURE),
    (aiohttp.ServerFingerprintMismatch, Cause.TLS_FAILURE),
    (aiohttp.ClientSSLError, Cause.TLS_FAILURE),
    (ssl.SSLError, Cause.TLS_FAILURE),
    (ssl.CertificateError, Cause.TLS_FAILURE),
    (aiohttp.ClientConnectorDNSError, Cause.DNS_FAILURE),
    (socket.gaierror, Cause.DNS_FAILURE),
    (socket.herror, Cause.DNS_FAILURE),
    (UnicodeError, Cause.DNS_FAILURE),  # the idna codec refuses labels over 63 characters or empty ones
    (TimeoutError, Cause.TIMEOUT),
    (aiohttp.ServerDisconnectedError, Cause.CONNECTION_LOST),
    (aiohttp.ClientConnectionResetError, Cause.CONNECTION_LOST),
    (aiohttp.ClientConnectorError, Cause.CONNECT_FAILURE),
    (http_exceptions.TransferEncodingError, Cause.PROTOCOL_ERROR),
    (http_exceptions.ContentLengthError, Cause.CONNECTION_LOST),
    (http_exceptions.HttpProcessingError, Cause.PROTOCOL_ERROR),
    (aiohttp.ClientPayloadError, Cause.CONNECTION_LOST),
    (aiohttp.ClientResponseError, Cause.PROTOCOL_ERROR),
    (aiohttp.InvalidURL, Cause.PROTOCOL_ERROR),
    (aiohttp.ClientOSError, Cause.CONNECTION_LOST),
    (aiohttp.ClientConnectionError, Cause.CONNECTION_LOST),
    (aiohttp.ClientError, Cause.PROTOCOL_ERROR),
    (ConnectionRefusedError, Cause.CONNECT_FAILURE),
    (ConnectionError, Cause.CONNECTION_LOST),
    (OSError, Cause.CONNECT_FAILURE),
)

# What the resolver answers while it can't reach a name server: it may fare better a little later.
TEMPORARY_DNS = frozenset({socket.EAI_AGAIN})

DETAIL_LIMIT = 200  # characters: an exception may quote what a hostile server sent


def unreached(error: BaseException) -> Unreached:
    """Say why there was no answer. An exception the table lacks is a protocol error with its name, never a crash."""
    told = _innermost(error)
    if is_shortage(told):
        return Unreached(Cause.SHORTAGE, _detail(told))
    for kind, cause in CAUSES:
        if isinstance(error, kind) or isinstance(told, kind):
            temporary = cause is Cause.DNS_FAILURE and getattr(told, "errno", None) in TEMPORARY_DNS
            return Unreached(Cause.DNS_TEMPORARY if temporary else cause, _detail(told))
    return Unreached(Cause.PROTOCOL_ERROR, _detail(told))


def _innermost(error: BaseException) -> BaseException:
    """The system's own error inside a library's, where there is one: that is what a person can look up."""
    inner = getattr(error, "os_error", None) or getattr(error, "certificate_error", None)
    if inner is None and isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        inner = error.__cause__
    return inner if isinstance(inner, BaseException) else error


def _detail(error: BaseException) -> str:
    message = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    name = type(error).__name__
    text = f"{name}: {message}" if message else name
    return " ".join(text.split())[:DETAIL_LIMIT]
