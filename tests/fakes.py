"""The small doubles: a probe that answers by rule, and an event loop whose time jumps to whatever is due next."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from auditor.model import Answered, Format, ImageInfo, Probe

T = TypeVar("T")

GOOD = Answered(206, content_type="image/jpeg", content_length=90_000, body=ImageInfo(Format.JPEG, 1600, 1200))


class FakeProbe:
    """Answers each URL by `rule` after `seconds(url)` of the loop's time; counts how many at once."""

    def __init__(
        self, rule: Callable[[str], Probe] = lambda _: GOOD, seconds: Callable[[str], float] = lambda _: 0.0
    ) -> None:
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self._rule = rule
        self._seconds = seconds

    async def __call__(self, url: str) -> Probe:
        """One attempt."""
        self.asked.append(url)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self._seconds(url))
            return self._rule(url)
        finally:
            self.at_once -= 1


@dataclass(frozen=True)
class Clock:
    """A clock that stands, at so many seconds since the epoch. Workers can be told of it."""

    now: float

    def __call__(self) -> float:
        """Say so."""
        return self.now


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that never waits: it adds to `now` what it would have waited."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Look for what is ready, and let time pass."""
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time: hours pass in milliseconds, and always the same way."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    def run_in_executor(  # type: ignore[override]  # the base class's stub is wider
        self,
        executor: Any,  # noqa: ARG002  # the base class's signature
        func: Callable[..., T],
        *args: Any,
    ) -> asyncio.Future[T]:
        """Run at once: a thread would take real time, in which virtual time would run away."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except OSError as error:
            done.set_exception(error)
        return done


def run_virtually(main: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """Run to the end; returns the outcome and the virtual seconds that it took."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        outcome = runner.run(main)
        return outcome, runner.get_loop().time()
