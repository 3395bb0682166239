"""Connections that wait for their next question, by what they may be asked for."""

from auditor.probe.connection import Connection


class Pool:
    """Keeps connections at rest: of all hosts no more than may be busy at once, of one host no more than its share.

    A feed of many hosts would else leave thousands behind it, each with a file descriptor, until they time out.
    """

    def __init__(self, most: int, per_host: int) -> None:
        self._most = most
        self._per_host = per_host
        self._resting: dict[str, list[Connection]] = {}
        self._count = 0

    def take(self, origin: str) -> Connection | None:
        """The connection that was used last: the host is least likely to have given it up."""
        resting = self._resting.get(origin)
        while resting:
            connection = resting.pop()
            self._count -= 1
            if not resting:
                del self._resting[origin]
            if not connection.closed:
                return connection
        return None

    def give(self, connection: Connection) -> None:
        """Keep a connection, in place of the oldest of the host that nobody has asked for longest if need be."""
        resting = self._resting.setdefault(connection.origin, [])
        resting.append(connection)
        self._count += 1
        if len(resting) > self._per_host:
            self._close(resting[0])
        elif self._count > self._most:
            self._close(next(iter(self._resting.values()))[0])

    def forget(self, connection: Connection) -> None:
        """Keep a connection no longer, if it is kept."""
        resting = self._resting.get(connection.origin, [])
        if connection in resting:
            resting.remove(connection)
            self._count -= 1
            if not resting:
                del self._resting[connection.origin]

    def close(self) -> None:
        """Close all of them."""
        for connection in [connection for resting in self._resting.values() for connection in resting]:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        self.forget(connection)
        connection.drop()
