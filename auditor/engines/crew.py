"""How many workers there are to be: fewer while this machine runs short, again more when it no longer does.

Additive increase, multiplicative decrease, as TCP does (Chiu and Jain, 1989): quick to make room, slow to take it
back. Whoever calls says what time it is, in seconds of any clock.
"""

from auditor.frontier import SHORTAGE_WAIT

LEAVING = 0.25  # of the workers, each second of a shortage at the most: a short one costs few
CALM = 5.0  # seconds without a shortage until workers come back
RETURNING = 1 / 16  # of the full number, each second of calm


class Crew:
    """Counts workers. `size` is their full number, `away` how many of them went, `hands` how many there are."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.away = 0
        self._leaving = 0  # how many may still go in this second
        self._next_leave = 0.0  # when the next second begins
        self._next_return = 0.0

    @property
    def hands(self) -> int:
        """How many there are."""
        return self.size - self.away

    def leave(self, now: float) -> bool:
        """Note that this machine had no means for a worker. Says whether that one shall go; the last one stays."""
        self._next_return = now + CALM
        if now >= self._next_leave:
            self._next_leave = now + SHORTAGE_WAIT
            self._leaving = max(1, int(self.hands * LEAVING))
        if not self._leaving or self.hands <= 1:
            return False
        self._leaving -= 1
        self.away += 1
        return True

    def come_back(self, now: float) -> int:
        """Say how many workers shall come back now. Asked after each look while some are missing."""
        if now < self._next_return:
            return 0
        self._next_return = now + 1.0
        back = min(self.away, max(1, int(self.size * RETURNING)))
        self.away -= back
        return back
