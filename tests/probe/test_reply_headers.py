"""An answer's headers as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe.faults import BadHttpMessage
from auditor.probe.reply_headers import places_of, texts_of

VALUES = st.binary(max_size=12).map(lambda value: value.replace(b"\0", b""))
# Such as break off in the middle of a letter, end in blanks, or are nothing else.
TRICKY = st.sampled_from([b"", b" ", b"\xe2\x82", b"\xf0\x9f\x98", b"\xff", b"a \t", b"caf\xc3\xa9\t", b"\xc3 "])


@given(st.lists(VALUES | TRICKY, max_size=8))
def test_each_value_is_read_as_if_it_stood_alone(values: list[bytes]) -> None:
    """What stands before or behind a value makes no difference to it, broken UTF-8 neither."""
    alone = [value.rstrip(b" \t").decode("utf-8", "replace") for value in values]
    assert texts_of(values) == [*alone, None]


@given(st.lists(VALUES, max_size=3), VALUES, VALUES, st.lists(VALUES, max_size=3))
def test_a_nul_is_refused(before: list[bytes], left: bytes, right: bytes, after: list[bytes]) -> None:
    """No value with a NUL is taken for two."""
    with pytest.raises(BadHttpMessage):
        texts_of([*before, left + b"\0" + right, *after])


def test_the_first_of_each_name_is_told() -> None:
    """Of a header that comes twice the first counts, and one that lacks is None."""
    names = (b"ETag", b"content-type", b"etag", b"X")
    told = places_of(names).told(texts_of([b"one", b"image/jpeg ", b"two", b"x"]))
    assert tuple(told) == (None, None, "image/jpeg", "one", None, None)
