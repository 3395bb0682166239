"""Loopback servers that speak TLS, well or badly: in threads, because asyncio's own keep their alerts to themselves."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme

Talk = Callable[[socket.socket], None]

HELLO = 4096  # bytes: more than a client's first message has
PATIENCE = 20.0  # seconds after which a server thread gives up: never reached by a test that passes


@contextmanager
def serve(talk: Talk) -> Iterator[int]:
    """Let `talk` have each connection, one after the other; gives the port on 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    ended = threading.Event()

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                if ended.is_set():
                    return
                connection.settimeout(PATIENCE)
                with suppress(OSError):
                    talk(connection)

    thread = threading.Thread(target=accept, name="secure")
    thread.start()
    try:
        yield port
    finally:
        ended.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()  # wakes the thread up
        thread.join()
        listener.close()


def https(context: ssl.SSLContext, body: bytes, seen: list[bytes] | None = None) -> Talk:
    """A server of one resource behind a handshake; `seen` gets the heads of its requests."""

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secure:
            try:
                secure.do_handshake()
            except ssl.SSLError:
                # Closing over what the client has already sent would make a reset of it, which overtakes the alert.
                while socket.socket.recv(secure, HELLO):
                    pass
                return
            head = b""
            while b"\r\n\r\n" not in head:
                piece = secure.recv(HELLO)
                if not piece:
                    return
                head += piece
            if seen is not None:
                seen.append(head)
            length = f"Content-Length: {len(body)}\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\n"
            secure.sendall(b"HTTP/1.1 200 OK\r\n" + length.encode() + body)

    return talk


def lingering(context: ssl.SSLContext, body: bytes) -> Talk:
    """The same, but it never closes, nor answers the client's goodbye."""

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(HELLO)
            secure.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            with suppress(ConnectionError):
                while socket.socket.recv(secure, HELLO):
                    pass

    return talk


def saying(answer: bytes) -> Talk:
    """A server that answers the client's first message with these bytes and closes."""

    def talk(connection: socket.socket) -> None:
        connection.recv(HELLO)
        connection.sendall(answer)

    return talk


def silent(connection: socket.socket) -> None:
    """Accept the connection and never begin the handshake."""
    while connection.recv(HELLO):
        pass


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's context with a certificate and its chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def context_with(key: trustme.Blob, chain: list[trustme.Blob]) -> ssl.SSLContext:
    """A server's context that sends this chain, whatever it should send."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "chain.pem"
        pem.write_bytes(key.bytes() + b"".join(blob.bytes() for blob in chain))
        context.load_cert_chain(pem)
    return context
