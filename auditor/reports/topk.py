"""The most frequent keys of a stream, in bounded memory and in constant time per key."""

from collections import OrderedDict


class TopK:
    """Space-Saving (Metwally, Agrawal, El Abbadi, 2005), with its keys kept by count.

    It holds at most `capacity` keys, and every key that makes up more than 1/capacity of the stream is among them; a
    count may be too high, by what `surplus` says, never too low.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._counts: dict[str, int] = {}
        self._surplus: dict[str, int] = {}  # of those that took another's place
        self._by_count: dict[int, OrderedDict[str, None]] = {}
        self._least = 1

    def add(self, key: str) -> str | None:
        """Count one more of `key`; when there is no room, it takes the place of the rarest, which is returned."""
        counts, gone = self._counts, None
        if key in counts:
            count = counts[key]
            self._take(key, count)
        elif len(counts) < self._capacity:
            count, self._least = 0, 1
        else:
            count = self._least
            gone = next(iter(self._by_count[count]))
            self._take(gone, count)
            del counts[gone]
            self._surplus.pop(gone, None)
            self._surplus[key] = count
        counts[key] = count + 1
        self._by_count.setdefault(count + 1, OrderedDict())[key] = None
        return gone

    def surplus(self, key: str) -> int:
        """How many of a key's count may be other keys'."""
        return self._surplus.get(key, 0)

    def most_common(self, number: int) -> list[tuple[str, int]]:
        """The `number` keys with the highest counts; equal counts by name, so that two equal runs agree."""
        return sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))[:number]

    def state(self) -> list[list[str | int]]:
        """All that it holds: each key with its count and surplus, the next to lose its place first."""
        return [
            [key, count, self._surplus.get(key, 0)] for count, keys in sorted(self._by_count.items()) for key in keys
        ]

    def restore(self, state: object) -> None:
        """Hold what another one's `state` says. Raises ValueError if it is none."""
        if not isinstance(state, list) or len(state) > self._capacity:
            raise ValueError
        last = 1
        for key, count, surplus in state:
            counted = type(key) is str and key not in self._counts and type(count) is type(surplus) is int
            if not counted or not last <= count or not 0 <= surplus < count:
                raise ValueError
            last = count
            self._counts[key] = count
            self._by_count.setdefault(count, OrderedDict())[key] = None
            if surplus:
                self._surplus[key] = surplus
        self._least = min(self._by_count, default=1)

    def _take(self, key: str, count: int) -> None:
        """Take a key out of those with its count; it, or what takes its place, will be one of the next count."""
        keys = self._by_count[count]
        del keys[key]
        if not keys:
            del self._by_count[count]
            if count == self._least:
                self._least = count + 1
