"""How many requests at once one host gets: found out, in place of guessed."""

import math

START = 8  # requests at once to a host of which nothing is known
LEAST = 0.01  # requests at once: one in a hundred times what an answer takes
KNEE = 3 / 4  # of the size at which a host last had enough: up to there it grows quickly again, from there slowly
STRIDE = 1 / 8  # of that size, for each further step
PATIENCE = 200.0  # good answers for the first such step: fewer than one answer of a hundred is then a refusal
LONGEST = 1600.0  # the same, where the host had enough at about this size again and again: it doubles each time
HASTE = 8.0  # good answers for a step at least, once the size has passed where the host last had enough
TOLERANCE = 8  # gentle signs within a round trip that are believed from the first, once many proved to be about one URL
GOOD = 3  # other URLs done since it had enough, for what is refused again to be the URL's own trouble
ALWAYS, NEVER = -1, 1 << 30
SMOOTH = 1 / 8  # the weight of one answer's time in their average (RFC 6298 section 2)


class Limit:
    """The requests at once that a host bears: additive increase, multiplicative decrease (Chiu and Jain, 1989).

    It begins at `start` or the ceiling, and doubles with each round trip until the host first has enough. Then it
    halves, at most once for the requests that were under way, grows by one a round trip to near the size at which that
    was, and from there in small steps; ever quicker ones where the host takes what it refused before. A `size` below 1
    is a request now and then. A limit that doesn't `adapt` stays at its ceiling.

    A slow answer, or a refusal without Retry-After, may be the trouble of one URL. Such a gentle sign counts like any
    other until a URL has it again while others are done: then it is forgiven, and ever more of them must come together
    to count.
    """

    __slots__ = (
        "_adapt",
        "_doubling",
        "_first_step",
        "_halved",
        "_mark",
        "_patience",
        "_seconds",
        "_signed",
        "_signs",
        "_start",
        "_tolerance",
        "ceiling",
        "era",
        "paced",
        "size",
    )

    def __init__(self, ceiling: int, *, start: int = START, adapt: bool = True) -> None:
        self.ceiling = ceiling
        self.size = float(min(start, ceiling) if adapt else ceiling)
        self._start = start
        self.era = 0  # how often it was halved: what was asked in an earlier one says nothing new
        self.paced = False  # whether requests are also spread over time, as they are once the host refused one
        self._adapt = adapt
        self._doubling = adapt
        self._mark = math.inf
        self._first_step = self._patience = PATIENCE
        self._seconds = 0.0
        self._halved = 0  # how many URLs were done when it had enough last
        self._signed = 0  # and at the last gentle sign
        self._signs = 0.0  # of these, those of the last round trip
        self._tolerance = 1  # as many of them count as one that isn't gentle

    def anew(self) -> "Limit":
        """Give a limit to begin again with, for a host that was away."""
        fresh = Limit(self.ceiling, start=self._start, adapt=self._adapt)
        fresh.era = self.era + 1
        return fresh

    @property
    def room(self) -> int:
        """Requests at once, at least 1."""
        return max(1, math.ceil(self.size) if self.paced else int(self.size))

    @property
    def wake(self) -> int:
        """How many others must be under way for a good answer to change something."""
        if self.paced:
            return ALWAYS
        return NEVER if self.size >= self.ceiling else math.ceil(self.size / 2) - 1

    @property
    def untried(self) -> bool:
        """Whether the host never had enough."""
        return self._doubling or not self._adapt

    @property
    def interval(self) -> float:
        """Seconds between two requests, so that they don't come all at once."""
        return self._seconds / self.size if self.paced else 0.0

    def answered(self, seconds: float) -> None:
        """Note a good answer, after so many seconds, while at least `wake` other requests were under way."""
        self._seconds += (seconds - self._seconds) * (SMOOTH if self._seconds else 1)
        if self.size >= self.ceiling:
            # It has been at its ceiling for long enough to be trusted with what comes at once.
            self.paced = self.paced and self.size < 2 * self._start
            return
        self.size = min(float(self.ceiling), self.size + self._gain())
        if self.size >= self._mark:
            self._mark *= 1 + STRIDE
            self._patience = max(HASTE, self._patience / 2)

    def _gain(self) -> float:
        """What one good answer adds."""
        if self._doubling:
            return 1.0
        if self.size < KNEE * self._mark:
            return min(1.0, STRIDE * self._mark) / max(1.0, self.size)
        step = STRIDE * self._mark
        return step / max(self._patience, step * max(1.0, self.size))

    def enough(self, era: int, seconds: float, *, refused: bool, done: int = 0) -> bool:
        """Note that the host had enough: it refused, or was too slow. Says whether that was news.

        `era` is the limit's when this was asked: one burst of refusals halves it once. `done` URLs of the host are.
        """
        if not self._adapt or era != self.era:
            return False
        self._halved, self._signs = done, 0.0
        self.era += 1
        self._doubling = False
        if refused:
            self.paced = True
            self._seconds = self._seconds or seconds
        again = KNEE * self._mark <= self.size <= self._mark * (1 + STRIDE)
        self._patience = self._first_step = min(LONGEST, 2 * self._first_step) if again else PATIENCE
        self._mark = self.size
        self.size = max(LEAST if self.paced else 1.0, self.size / 2)
        return True

    def counts(self, era: int, done: int) -> bool:
        """Note a gentle sign. Says whether it means that the host had enough, with those of the last round trip."""
        if era == self.era:
            round_trip = max(self._start, self.size)
            self._signs = 1 + self._signs * max(0.0, 1 - (done - self._signed) / round_trip)
            self._signed = done
        return self._signs >= self._tolerance

    def forgive(self, done: int) -> bool:
        """Note that a gentle sign came from the same URL again. Says whether that proves it to be the URL's own."""
        if not self._adapt or done - self._halved < GOOD:
            return False
        self._tolerance = min(TOLERANCE, 2 * self._tolerance)
        self._doubling = self.size < self.ceiling
        return True
