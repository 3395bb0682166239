"""Single pictures in place of a feed: a seller tries one before uploading it.

    names.py   what was named: pictures or feeds
    file.py    a file on this computer → its size and what it is
    check.py   pictures → verdicts

It stands beside `run`: addresses go through the library, and so through the same frontier, engine and probe; files are
read here and judged by the same checks.
"""

from auditor.pictures.check import check
from auditor.pictures.names import are_pictures, is_address

__all__ = ["are_pictures", "check", "is_address"]
