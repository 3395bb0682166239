"""Cells that a spreadsheet can't mistake for formulas."""

import re

# OWASP, "CSV Injection": a cell that begins with one of these runs as a formula. The full-width forms count in Excel
# for East Asian locales.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def safe_cell(text: str) -> str:
    """Make one cell safe and single-line: control characters become spaces, a formula gets an apostrophe in front."""
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    if text and (text[0] in _FORMULA or text.lstrip()[:1] in _FORMULA):
        return "'" + text
    return text
