"""The messages in one cell's comment, and the codes they begin with. Pure."""

import re
from collections.abc import Iterator

from auditor.aftermath.complaint import Grade, known_grade

_MESSAGES = re.compile(r"(?:_x000[dD]_\s*)+")  # between the messages of one comment
# A code, and maybe its type before it: “8541: …”, “Error 8541 - …”, “[ERROR] (8541) …”.
_WARNINGS = frozenset({"5000", "99040"})  # which Amazon's own texts call so, where a comment doesn't say
_CODE = re.compile(r"\s*(?:\W?(?P<type>[^\W\d_]+)\W{1,3})?\(?(?P<code>\d{2,6})\)?\s*(?:[:.\u2013-]|$|(?<=\)\s))")


def messages_in(text: str) -> Iterator[str]:
    """Cut a comment into its messages; a line that begins with a code is one of its own."""
    for part in filter(str.strip, _MESSAGES.split(text)):
        begun: list[str] = []
        for line in part.splitlines():
            if any(map(str.strip, begun)) and code_in(line)[0]:
                yield "\n".join(begun)
                begun = []
            begun.append(line)
        yield "\n".join(begun)


def code_in(message: str) -> tuple[str, Grade]:
    """Return the code that a message begins with, and its type: as stands before it, else that of the code."""
    match = _CODE.match(message)
    if match is None:
        return "", Grade.ERROR
    untold = Grade.WARNING if match["code"] in _WARNINGS else Grade.ERROR
    grade = known_grade(match["type"]) if match["type"] else untold
    return (match["code"], grade) if grade else ("", Grade.ERROR)
