"""What an attempt tells beside its answer: whether it may fare better later, and whose trouble it is."""

from auditor.model import Answered, Cause, Probe, TlsFault, Unreached

RETRIED_CAUSES = frozenset(
    {Cause.TIMEOUT, Cause.CONNECTION_LOST, Cause.DNS_TEMPORARY, Cause.PROXY_UNREACHABLE, Cause.PROXY_REFUSED}
)


def is_transient(probe: Probe) -> bool:
    """Whether the same request may fare better a little later."""
    if isinstance(probe, Answered):
        status = probe.status
        return status in (408, 429) or 500 <= status < 600
    return probe.cause in RETRIED_CAUSES or probe.tls is TlsFault.BROKEN_OFF


def is_shortage(probe: Probe) -> bool:
    """Whether this machine had no means to ask, so that nothing is known of the host."""
    return isinstance(probe, Unreached) and probe.cause is Cause.SHORTAGE
