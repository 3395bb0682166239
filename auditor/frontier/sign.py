"""What an attempt tells beside its answer: whether it may fare better later, and whose trouble it is."""

from auditor.model import Answered, Cause, Probe, TlsFault, Unreached

RETRIED_CAUSES = frozenset(
    {Cause.TIMEOUT, Cause.CONNECTION_LOST, Cause.DNS_TEMPORARY, Cause.PROXY_UNREACHABLE, Cause.PROXY_REFUSED}
)
# No HTTP answer came about. A name that doesn't exist isn't among them: the name server has answered, the host isn't
# asked at all, and nothing tells the seller more than that. Nor is what isn't HTTP: somebody is there.
_MUTE = frozenset(
    {
        Cause.CONNECT_FAILURE,
        Cause.TLS_FAILURE,
        Cause.TIMEOUT,
        Cause.CONNECTION_LOST,
        Cause.DNS_TEMPORARY,
        Cause.PROXY_REFUSED,
    }
)
_REFUSALS = (429, 503)  # RFC 6585 section 4; and what nginx answers by default where it limits rates


def is_transient(probe: Probe) -> bool:
    """Whether the same request may fare better a little later."""
    if isinstance(probe, Answered):
        status = probe.status
        return status in (408, 429) or 500 <= status < 600
    return probe.cause in RETRIED_CAUSES or probe.tls is TlsFault.BROKEN_OFF


def is_shortage(probe: Probe) -> bool:
    """Whether this machine had no means to ask, so that nothing is known of the host."""
    return isinstance(probe, Unreached) and probe.cause is Cause.SHORTAGE


def is_mute(probe: Unreached) -> bool:
    """Whether the host was asked, or was to be, and not even the headers of an HTTP answer came."""
    return probe.cause in _MUTE and not probe.heard


def is_refusal(probe: Probe) -> bool:
    """Whether the host says that this is too much at the moment."""
    return isinstance(probe, Answered) and probe.status in _REFUSALS


def is_gentle(probe: Probe) -> bool:
    """Whether what seems too much for the host may as well be the trouble of this URL alone."""
    if isinstance(probe, Answered):
        return probe.status in _REFUSALS and probe.retry_after is None
    return is_slow(probe)


def is_slow(probe: Probe) -> bool:
    """Whether the host took too long."""
    return isinstance(probe, Unreached) and probe.cause is Cause.TIMEOUT


def has_no_way(probe: Unreached) -> bool:
    """Whether not even a way to the host was found: no route, or no name server."""
    return probe.no_route or probe.cause is Cause.DNS_TEMPORARY
