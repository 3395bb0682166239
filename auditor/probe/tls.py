"""TLS: whom we trust, and what kept a secure connection from coming about."""

import ssl
from collections.abc import Mapping
from pathlib import Path

from auditor.errors import SettingsError, reason
from auditor.model import TlsFault
from auditor.settings import ProbeSettings

# Whom a connector trusts: True is the system's authorities.
Trust = ssl.SSLContext | bool

# X509_V_ERR_*: openssl/x509_vfy.h, and the manual page X509_STORE_CTX_get_error(3).
_VERIFY_CODES: Mapping[int, TlsFault] = {
    2: TlsFault.NO_CHAIN,  # unable to get issuer certificate: of one that isn't the host's own
    9: TlsFault.NOT_YET_VALID,
    10: TlsFault.EXPIRED,
    18: TlsFault.SELF_SIGNED,
    19: TlsFault.UNKNOWN_ISSUER,  # self-signed certificate in the chain
    20: TlsFault.NO_CHAIN,  # unable to get local issuer certificate
    21: TlsFault.NO_CHAIN,  # unable to verify the leaf signature
    62: TlsFault.WRONG_HOST,
    64: TlsFault.WRONG_HOST,  # likewise for an IP address
    66: TlsFault.OUTDATED,  # the host's key is too small
    67: TlsFault.OUTDATED,  # an authority's key is
    68: TlsFault.OUTDATED,  # a signature by MD5 or SHA-1
}

# Reasons as OpenSSL names them: openssl/sslerr.h. An alert is the host's word for what it didn't like.
_REASONS: Mapping[str, TlsFault] = {
    **dict.fromkeys(
        (
            "UNSUPPORTED_PROTOCOL",
            "NO_PROTOCOLS_AVAILABLE",
            "WRONG_SSL_VERSION",
            "VERSION_TOO_LOW",
            "TLSV1_ALERT_PROTOCOL_VERSION",
            "TLSV1_ALERT_INSUFFICIENT_SECURITY",
            "NO_CIPHERS_AVAILABLE",
            "WRONG_CIPHER_RETURNED",
            "DH_KEY_TOO_SMALL",
            "EE_KEY_TOO_SMALL",
            "WRONG_SIGNATURE_TYPE",
            "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
            "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        ),
        TlsFault.OUTDATED,
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": TlsFault.CLIENT_CERTIFICATE,
    # No cipher in common, no certificate for this name, or (TLS 1.2) none of ours: hosts use these for all three.
    **dict.fromkeys(
        (
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            "SSL/TLS_ALERT_HANDSHAKE_FAILURE",  # the same since OpenSSL 3.2
            "TLSV1_UNRECOGNIZED_NAME",
            "TLSV1_ALERT_UNRECOGNIZED_NAME",
            "SSL/TLS_ALERT_UNRECOGNIZED_NAME",
        ),
        TlsFault.REFUSED,
    ),
    **dict.fromkeys(
        (
            "WRONG_VERSION_NUMBER",
            "HTTP_REQUEST",
            "HTTPS_PROXY_REQUEST",
            "RECORD_LAYER_FAILURE",
            "PACKET_LENGTH_TOO_LONG",
        ),
        TlsFault.NO_TLS,
    ),
    "UNEXPECTED_EOF_WHILE_READING": TlsFault.BROKEN_OFF,
}


def fault_of(error: BaseException) -> TlsFault:
    """Tell what kept a secure connection from coming about."""
    code = getattr(error, "verify_code", None)
    if code is not None:
        return _VERIFY_CODES.get(code, TlsFault.OTHER)
    if isinstance(error, ssl.SSLEOFError | ConnectionError):
        return TlsFault.BROKEN_OFF
    return _REASONS.get(getattr(error, "reason", None) or "", TlsFault.OTHER)


def trust(settings: ProbeSettings) -> Trust:
    """Whom to trust, as a connector takes it. Raises `SettingsError`."""
    if settings.ca_file is None and not settings.insecure:
        return True
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is not None:
        _add_authorities(context, settings.ca_file)
    return context


def _add_authorities(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:  # an OSError too, so it comes first
        raise SettingsError(
            "The CA file {path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).", path=path
        ) from None
    except OSError as error:
        raise SettingsError("The CA file {path} can't be read: {why}.", path=path, why=reason(error)) from None
