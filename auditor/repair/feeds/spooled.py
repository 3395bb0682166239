"""What a repair holds for a while in files without a name."""

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.errors import AuditorError, reason


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what the system says of temporary files into one sentence."""
    try:
        yield
    except OSError as error:
        raise AuditorError(
            "The temporary files of a repair can't be written: {why}. Make room, or name another folder in TMPDIR.",
            why=reason(error),
        ) from error
