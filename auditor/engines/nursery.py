"""A process that has everything imported and forks a worker whenever it is asked to.

Importing takes 0.4 s of a processor's time, a fork 1 ms, and forked workers share what was imported: two are ready
after 0.1 s and 0.07 s of processor's time, and take 59 MiB (PSS) together with the program. But a program may be forked
safely only while it has a single thread, which it has not once its loop runs. So this process is forked before, while
that still may be, and stays as simple as it is then, for the workers that are needed later. Where it isn't safe (there
is a second thread, or the system's own libraries have some, as on macOS), it is a new Python instead, which imports
everything anew, once: two workers are then ready after 0.7 s and 0.5 s, and take 79 MiB.

It ends when the program does, however that comes about, and takes with it whatever of the workers is left after some
seconds. In a group of its own, and deaf to Ctrl-C and SIGTERM: the program says when to stop.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import NoReturn, Self

from auditor.engines.worker import work
from auditor.errors import AuditorError, Sentence, reason

SUPPORTED = hasattr(os, "fork") and hasattr(socket, "send_fds")
LEAVING = 3  # seconds for workers to end after the program has
_STOPS = (signal.SIGINT, signal.SIGTERM)
_PROGRAM = "import sys; from auditor.engines.nursery import main; main(int(sys.argv[1]))"


class NoWorkerError(AuditorError):
    """A worker can't be started; perhaps the next one can."""


def no_worker(why: Sentence) -> NoWorkerError:
    """The sentence for it."""
    return NoWorkerError(
        "No worker process can be started: {why}. Close other programs, or run without any by --workers 1.", why=why
    )


class Nursery:
    """The program's end of it. Close it when no workers are needed any more."""

    def __init__(self, *, fork: bool | None = None) -> None:
        """With `fork` None, it is forked where that is safe."""
        if fork is None:
            fork = sys.platform == "linux" and threading.active_count() == 1
        self._control, theirs = socket.socketpair()
        self._wait: Callable[[], object] = _nothing
        self._fault: OSError | None = None
        with theirs, _deaf():
            try:
                (self._fork if fork else self._spawn)(theirs)
            except OSError as error:
                self._fault = error  # told when a worker is wanted: perhaps none is

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def worker(self) -> socket.socket:
        """Start a worker; return what leads to it. Raises `AuditorError`."""
        try:
            if self._fault is not None:
                raise self._fault
            ours, theirs = socket.socketpair()
            with theirs:
                socket.send_fds(self._control, [b"w"], [theirs.fileno()])
        except OSError as error:
            raise no_worker(reason(error)) from error
        return ours

    def close(self) -> None:
        """See it off, with its workers. Closing twice is fine."""
        self._control.close()
        wait, self._wait = self._wait, _nothing
        wait()

    def _fork(self, theirs: socket.socket) -> None:
        pid = os.fork()
        if not pid:
            self._control.close()
            _tend(theirs)
        self._wait = partial(_wait_for, pid)

    def _spawn(self, theirs: socket.socket) -> None:
        handle = theirs.fileno()
        command = (sys.executable, "-P", "-c", _PROGRAM, str(handle))
        child = subprocess.Popen(command, pass_fds=[handle])  # noqa: S603  # this Python, with the line above
        self._wait = child.wait


def main(control: int) -> NoReturn:
    """Be the nursery, in a Python of its own."""
    _tend(socket.socket(fileno=control))


def _tend(control: socket.socket) -> NoReturn:
    """Fork workers until nobody can ask for one any more."""
    try:
        os.setpgid(0, 0)
        for name in _STOPS:
            signal.signal(name, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        signal.signal(signal.SIGCHLD, _reap)
        _let_go_of_streams()
        gc.freeze()  # or the collector would write to all that is shared
        while True:
            message, handles, _, _ = socket.recv_fds(control, 1, 1)
            if not message:
                break
            _bear(control, socket.socket(fileno=handles[0]))
        _see_off()
    finally:
        os._exit(1)


def _bear(control: socket.socket, end: socket.socket) -> None:
    """Fork a worker. Where that fails, its end is closed, and so whoever waits at the other one knows."""
    with end, suppress(OSError):
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # it has processes of its own
            control.close()
            work(end)


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _see_off() -> NoReturn:
    """Wait for all workers; after some seconds end what is left, with this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(0, signal.SIGKILL))
    signal.alarm(LEAVING)
    with suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def _let_go_of_streams() -> None:
    """Nobody's input is read here, and nothing is said to whoever reads stdout to its end."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)


def _nothing() -> None:
    """There is nothing to wait for."""


def _wait_for(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


@contextmanager
def _deaf() -> Iterator[None]:
    """Let a signal wait until a new process has said that it isn't for it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
