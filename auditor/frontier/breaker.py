"""Whether a host is worth asking."""

from auditor.model import Cause, Unreached

PAUSE = 5.0  # seconds until a suspended host is asked for the first time
LONGEST = 300.0  # seconds: the pause doubles up to here


class Breaker:
    """Suspends a host after so many failures in a row to get any HTTP answer; after any answer it is thrown away.

    The pattern is from Nygard, "Release It!". `after` 0 never suspends. A suspended host is asked now and then;
    `last` says that what it does next time decides about all that waits for it.
    """

    __slots__ = ("_after", "_failures", "cause", "due", "last", "opened", "pause")

    def __init__(self, after: int) -> None:
        self._after = after
        self._failures = 0
        self.opened = False
        self.pause = PAUSE
        self.due = 0.0  # when the host is to be asked
        self.last = False
        self.cause = Cause.CONNECT_FAILURE

    def failed(self, probe: Unreached, now: float) -> bool:
        """Note that there was no answer. Says whether this suspends the host."""
        self._failures += 1
        self.cause = probe.cause
        if self.opened or not self._after or self._failures < self._after:
            return False
        self.opened = True
        self.due = now + self.pause
        return True

    def stay(self, now: float) -> None:
        """Note that a suspended host was asked in vain."""
        self.last = False
        self.pause = min(LONGEST, 2 * self.pause)
        self.due = now + self.pause

    @property
    def asked(self) -> bool:
        """Whether it was asked since it was suspended."""
        return self.pause > PAUSE

    @property
    def verdict(self) -> Unreached:
        """What is said of the URLs that weren't asked for."""
        return Unreached(Cause.HOST_SUSPENDED, self.cause.value)
