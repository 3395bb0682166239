"""The most frequent keys of a stream, in bounded memory."""


class TopK:
    """Space-Saving (Metwally, Agrawal, El Abbadi, 2005).

    It holds at most `capacity` keys, and every key that makes up more than 1/capacity of the stream is among them; a
    count may be too high, never too low.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._counts: dict[str, int] = {}

    def add(self, key: str) -> None:
        """Count one more of `key`; when there is no room, it takes the place of the rarest."""
        counts = self._counts
        if key in counts or len(counts) < self._capacity:
            counts[key] = counts.get(key, 0) + 1
        else:
            rarest = min(counts, key=counts.__getitem__)
            counts[key] = counts.pop(rarest) + 1

    def most_common(self, number: int) -> list[tuple[str, int]]:
        """The `number` keys with the highest counts; equal counts by name, so that two equal runs agree."""
        return sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))[:number]
