"""How many rows are under way."""


class Window:
    """How many rows are read but not yet reported. Tickets are numbers from 0, in feed order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.opened = 0
        self.closed = 0

    @property
    def room(self) -> int:
        """How many more rows may be read."""
        return self.size - (self.opened - self.closed)

    def open(self, count: int) -> int:
        """Let so many rows in; give the ticket of the first, which the others' follow."""
        first = self.opened
        self.opened += count
        return first

    def close(self, count: int) -> None:
        """Note that the oldest `count` rows are reported."""
        self.closed += count
