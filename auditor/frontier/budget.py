"""How many retries there may be in all."""

SHARE = 0.2  # of the URLs done: what Finagle's RetryBudget and Envoy's retry budgets take
HOST_FLOOR = 50  # retries that each host may always have
FLOOR = 500  # and a run


class Budget:
    """Retries at most a fifth of the URLs done, above a floor: a bad night doesn't multiply the requests.

    After Finagle's RetryBudget; the SRE book, chapter "Handling Overload", gives the reason.
    """

    __slots__ = ("_floor", "spent")

    def __init__(self, floor: int) -> None:
        self._floor = floor
        self.spent = 0

    def allows(self, done: int) -> bool:
        """Whether one more retry is within it, when so many URLs are done."""
        return self.spent < self._floor + SHARE * done

    def spend(self) -> None:
        """Note a retry."""
        self.spent += 1
