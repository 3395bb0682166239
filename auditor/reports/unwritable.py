"""What is said of a file that can't be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import ReportError, reason


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into one sentence, as `ReportError`."""
    try:
        yield
    except OSError as error:
        raise ReportError(
            "{path} can't be written: {why}. Choose another place for it, or make room.",
            path=path,
            why=reason(error),
        ) from error
