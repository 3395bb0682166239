"""Whether it is us who are cut off, and not a hundred thousand images that are dead."""

from auditor.errors import OutageError

HOSTS = 20  # different ones without an answer: so many don't break down in the same minute
SILENCE = 60.0  # seconds without an answer from anywhere
NO_WAY_HOSTS = 3  # where no way is found to any of them: no route, no name server
NO_WAY_FAILURES = 20  # or so many of fewer hosts: all of a feed may be at one
NO_WAY_SILENCE = 5.0  # seconds
PAUSE = 1.0  # seconds until somebody is asked during an outage; then twice as long each time
LONGEST = 30.0  # seconds


class Outage:
    """Tells an outage on our side from dead hosts: nobody has answered for long, or nobody can be reached.

    `wait` is how many seconds one may last. `heard` is when anybody answered last, and is set by whoever notes that.
    """

    __slots__ = ("_failures", "_hosts", "_others", "_pause", "ask_at", "began", "count", "heard", "seconds", "wait")

    def __init__(self, wait: float) -> None:
        self.wait = wait
        self.heard: float | None = None
        self.began: float | None = None
        self.ask_at = 0.0
        self.count = 0
        self.seconds = 0.0
        self._pause = PAUSE
        self._hosts: set[str] = set()
        self._failures = 0
        self._others = 0  # of these, such as had a way

    def failed(self, host: str, now: float, *, no_way: bool) -> None:
        """Note that a host gave no answer; `no_way` that not even a way to it was found."""
        if self.heard is None:
            self.heard = now
        if len(self._hosts) < HOSTS:
            self._hosts.add(host)
        self._failures += 1
        self._others += not no_way

    def suspected(self, now: float, *, stalled: bool = False) -> bool:
        """Whether it looks like an outage. Once nothing else is left to do, there is no use in waiting for silence."""
        silence = 0.0 if self.heard is None else now - self.heard
        if len(self._hosts) >= HOSTS and (stalled or silence >= SILENCE):
            return True
        several = len(self._hosts) >= NO_WAY_HOSTS or self._failures >= NO_WAY_FAILURES
        return several and not self._others and (stalled or silence >= NO_WAY_SILENCE)

    def begin(self, now: float) -> None:
        """Note that there is one."""
        self.began = now
        self.count += 1
        self._pause = PAUSE
        self.ask_at = now + PAUSE

    def asked(self, now: float) -> None:
        """Note that somebody is asked whether it is over."""
        self._pause = min(LONGEST, 2 * self._pause)
        self.ask_at = now + self._pause

    def end(self, now: float) -> None:
        """Note that somebody answered."""
        if self.began is not None:
            self.seconds += now - self.began
            self.began = None
        self._hosts.clear()
        self._failures = self._others = 0

    def check(self, now: float) -> None:
        """Raise `OutageError` if it has lasted too long."""
        if self.began is not None and now - self.began >= self.wait:
            raise OutageError(
                "No host has answered for {seconds:,.0f} seconds: this computer seems to be cut off. Run it again when "
                "the network is back.",
                seconds=now - (self.began if self.heard is None else self.heard),
            )
