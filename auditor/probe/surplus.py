"""What hosts send beyond what they are asked for, and which of them do: no connection to those is kept.

A server may send more than it was asked for: a second answer, or a body longer than it said. HTTP/1.1 numbers neither
questions nor answers, so what comes too much is only known for what it is by when it comes:

- Behind an answer, or while the connection is at rest: it is surplus. No connection to that host is kept any more.
- Before the next question is sent, but still unread in this machine: looked for before a connection is used again.
- After the next question is sent: it can't be told from the answer to that. When it is taken for it, the true answer
  becomes surplus in its turn. If that has arrived by the time the look is over, the look isn't believed and is made
  once more on a new connection, as is every other that then waits on a connection to that host used before.

What remains: an answer that comes too much just after the next question was sent, on a connection that is then asked
on and on without a rest. It is one answer behind from there, and each of its looks gets the answer to the one before,
until the connection rests for longer than the host takes to answer, or has been asked as often as any is. Then the
surplus shows, and the looks under way on used connections are made anew; those that had ended keep what they were
given. A connection's first answer is always its own. Inside TLS what has arrived unread can't be told from TLS's own
messages: a connection on which there is something isn't used again, but the host isn't held to send too much for that.
"""

from collections.abc import Hashable

QUESTIONS = 1000  # asked on one connection at most: nginx's own default, and an end to being one answer behind
BABBLERS = 10_000  # hosts remembered to send more than they are asked for; then the first is forgotten


HEARD = "heard"  # what is set on an error that came after the headers of an answer


class StrayError(ConnectionError):
    """An answer may be one that came too much for an earlier question on its connection."""


class Hearing:
    """A reply that is let go of once it was read: `with reply:`.

    Raises `StrayError` then for one that is doubtful, whatever was read.
    """

    __slots__ = ()

    def leave(self) -> None:
        """Let go of it."""
        raise NotImplementedError

    def is_doubtful(self) -> bool:
        """Whether this may be what came too much for an earlier question. Looked at once it is left."""
        raise NotImplementedError

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, trace: object) -> None:
        self.leave()
        if error is not None:
            error.__dict__[HEARD] = True
        if (error is None or isinstance(error, Exception)) and self.is_doubtful():
            raise StrayError from error


class Babblers(dict[Hashable, None]):
    """The hosts that were seen to send more than they are asked for, each under what its connections are kept by."""

    def add(self, host: Hashable) -> None:
        """Remember one more."""
        self[host] = None
        if len(self) > BABBLERS:
            del self[next(iter(self))]
