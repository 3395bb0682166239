"""What clients raise of their own: as little as `causes.py` needs to tell faults apart.

Those of the lean client whose names reports show are called as aiohttp calls the same fault: which client asked must
make no difference.
"""


class BrokenOffError(Exception):
    """A connection broke before the headers of its answer were there. `__cause__` says how.

    `reused`: it had brought an answer before, so the server may just have been about to close it. It is none of the
    classes on which aiohttp asks again by itself, on a connection that may be as old.
    """

    def __init__(self, reused: bool) -> None:  # noqa: FBT001  # exceptions are made by position
        super().__init__(reused)
        self.reused = reused


class TooMuchError(Exception):
    """More came around a body than it may cost."""


class BadHttpMessage(Exception):  # noqa: N818  # aiohttp's name for it
    """What came is no HTTP, or breaks a limit of ours."""


class ServerDisconnectedError(ConnectionError):
    """The connection was closed before an answer's headers were there."""


class ClientOSError(ConnectionError):
    """The system or TLS broke the connection off before an answer's headers were there; `__cause__` says how."""


class ContentLengthError(EOFError):
    """The connection was closed before as many bytes had come as Content-Length promised."""


class TransferEncodingError(EOFError):
    """The connection was closed before the last chunk."""


class SocketTimeoutError(TimeoutError):
    """Nothing came for too long."""


class ConnectionTimeoutError(TimeoutError):
    """No connection came about in time."""


class ConnectError(Exception):
    """No address of the host could be connected to. `os_error` is the system's own word for it."""

    def __init__(self, os_error: BaseException) -> None:
        super().__init__(os_error)
        self.os_error = os_error


class LookUpError(ConnectError):
    """The name couldn't be looked up."""


class HandshakeError(ConnectError):
    """The connection came about, and TLS on it didn't."""
