"""Whether and when a URL is asked again."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

from auditor.frontier.sign import is_transient
from auditor.model import Answered, Probe
from auditor.settings import FrontierSettings


def retry_after_seconds(value: str, now: float) -> float | None:
    """Read Retry-After, in seconds or as an HTTP date; `now` is in seconds since the epoch. None if it is neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, TypeError):
        return None


class RetryRule:
    """Whether and when a URL is asked again.

    Exponential backoff with full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015), or what
    Retry-After says (RFC 9110 section 10.2.3), within its cap. `wall` gives seconds since the epoch; `uniform` is
    `random.uniform` or its double.
    """

    def __init__(
        self, settings: FrontierSettings, wall: Callable[[], float], uniform: Callable[[float, float], float]
    ) -> None:
        self._settings = settings
        self._wall = wall
        self._uniform = uniform

    def __call__(self, probe: Probe, attempts: int) -> float | None:
        """Seconds until this URL is asked again after so many attempts, or None when its answer is final."""
        if not is_transient(probe) or attempts > self._settings.retries:
            return None
        pause = self.pause(probe) if isinstance(probe, Answered) else None
        if pause is not None:
            return pause
        return self._uniform(0.0, min(self._settings.backoff_cap, self._settings.backoff * 2.0 ** (attempts - 1)))

    def pause(self, probe: Answered) -> float | None:
        """Seconds for which the host wants to be left alone, as far as we do that; None if it doesn't say."""
        if probe.retry_after is None:
            return None
        asked = retry_after_seconds(probe.retry_after, self._wall())
        return None if asked is None else min(asked, self._settings.retry_after_cap)
