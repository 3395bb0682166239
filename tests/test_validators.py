"""Validators: which texts are some, and when their dates were."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.validators import is_date, is_etag, moment, same_etag


@given(st.integers(0, 253_402_300_799))
def test_dates_are_read_back(when: int) -> None:
    """Whatever second until the year 9999 a host writes as HTTP has it."""
    text = formatdate(when, usegmt=True)
    assert is_date(text)
    assert moment(text) == when


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    """What is no validator is told as such, and what is one could stand in a request."""
    for header in (text, f'"{text}"', f'W/"{text}"'):
        if is_etag(header) or is_date(header):
            assert header.isascii()
            assert header.isprintable()
            assert " " not in header or is_date(header)
        assert (moment(header) is None) is not is_date(header)


@pytest.mark.parametrize(
    ("one", "other", "same"), [('"a"', 'W/"a"', True), ('W/"a"', 'W/"a"', True), ('"a"', '"A"', False)]
)
def test_weakness_makes_no_difference(one: str, other: str, same: bool) -> None:  # noqa: FBT001  # drawn
    """Both name the same state."""
    assert same_etag(one, other) is same
