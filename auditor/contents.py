"""The same picture recognised again, under whatever address."""

import re
from pathlib import Path

from auditor.errors import SettingsError, reason
from auditor.model import Answered, NotAnImage, Probe

CONTENT = re.compile(r"[0-9a-f]{64}-\d{1,18}", re.ASCII)


def content_of(probe: Probe | None) -> str | None:
    """Name what an image holds: the digest of its first bytes, and the length of the whole; None where either lacks.

    The first bytes alone aren't enough: pictures on white that one program has saved often share them.
    """
    if not isinstance(probe, Answered) or probe.digest is None or probe.content_length is None:
        return None
    if probe.body is None or isinstance(probe.body, NotAnImage):
        return None
    return f"{probe.digest}-{probe.content_length}"


def read_contents(path: Path | None) -> frozenset[str]:
    """Read contents from a file, one a line, with remarks behind a #. Without a file there are none.

    Raises SettingsError for what can't be read or names none.
    """
    if path is None:
        return frozenset()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingsError(
            "The file of placeholders {path} can't be read: {why}.", path=path, why=reason(error)
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("The file of placeholders {path} is no text in UTF-8.", path=path) from None
    found = set()
    for number, line in enumerate(lines, 1):
        content = line.partition("#")[0].strip().strip('",').lower()
        if content and not CONTENT.fullmatch(content):
            raise SettingsError(
                "Line {number} of the file of placeholders {path} names no content: copy it from repeated_contents in "
                "summary.json.",
                number=number,
                path=path,
            )
        found.add(content)
    return frozenset(found - {""})
