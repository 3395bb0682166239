"""Numbers as a language writes them: 1,234.5 in English is 1.234,5 in Vietnamese."""

import string
from collections.abc import Mapping
from typing import Any


class Numbers(string.Formatter):
    """Fills in sentences as `str.format` does, with the marks of one language in their numbers.

    `marks` has a `group` mark for thousands and a `decimal` mark.
    """

    def __init__(self, marks: Mapping[str, str]) -> None:
        self._marks = str.maketrans({",": marks["group"], ".": marks["decimal"]})

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format one value; only numbers have marks to change."""
        text: str = super().format_field(value, format_spec)
        return text.translate(self._marks) if isinstance(value, int | float) else text
