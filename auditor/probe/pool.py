"""Connections that wait for their next question, by where they lead. `surplus.py` says which aren't asked again."""

from auditor.probe.connection import Connection, Place
from auditor.probe.surplus import QUESTIONS, Babblers


class Pool:
    """Keeps connections at rest: of all hosts no more than may be busy at once, of one host no more than its share.

    A feed of many hosts would else leave thousands behind it, each with a file descriptor, until they time out.
    """

    def __init__(self, most: int, per_host: int) -> None:
        self._most = most
        self._per_host = per_host
        self._resting: dict[Place, list[Connection]] = {}
        self.babblers = Babblers()
        self._count = 0

    def take(self, place: Place) -> Connection | None:
        """The connection that was used last: the host is least likely to have given it up."""
        resting = self._resting.get(place)
        while resting:
            connection = resting.pop()
            self._count -= 1
            if not resting:
                del self._resting[place]
            if connection.asked < QUESTIONS and not connection.closed:
                return connection
            connection.look_for_surplus()
            connection.drop()
        return None

    def give(self, connection: Connection) -> None:
        """Keep a connection, in place of the oldest of the host that nobody has asked for longest if need be."""
        place = connection.place
        if self.babblers and place in self.babblers:
            connection.drop()
            return
        resting = self._resting.get(place)
        if resting is None:
            resting = self._resting[place] = []
        resting.append(connection)
        self._count += 1
        if len(resting) > self._per_host:
            self._close(resting[0])
        elif self._count > self._most:
            self._close(self._oldest())

    def forget(self, connection: Connection) -> None:
        """Keep a connection no longer, if it is kept."""
        resting = self._resting.get(connection.place, [])
        if connection in resting:
            resting.remove(connection)
            self._count -= 1
            if not resting:
                del self._resting[connection.place]

    def mistrust(self, place: Place) -> None:
        """Keep no connection to a host any more."""
        self.babblers.add(place)
        for connection in list(self._resting.get(place, ())):
            self._close(connection)

    async def make_room(self) -> bool:
        """Close the connection that nobody has asked for longest. Says whether there was one."""
        if not self._count:
            return False
        oldest = self._oldest()
        self.forget(oldest)
        await oldest.end()
        return True

    def close(self) -> None:
        """Close all of them."""
        for connection in [connection for resting in self._resting.values() for connection in resting]:
            self._close(connection)

    def _oldest(self) -> Connection:
        return next(iter(self._resting.values()))[0]

    def _close(self, connection: Connection) -> None:
        self.forget(connection)
        connection.drop()
