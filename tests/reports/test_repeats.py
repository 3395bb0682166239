"""Pictures that stand in many rows: found in a stream of any length, in memory that doesn't grow with it."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reports.test_reports import PNG, REF, write

from auditor.model import Audit, Kind, NotAnImage
from auditor.reports.repeats import CONTENTS, EXAMPLES, FEWEST, Repeats
from auditor.reports.topk import TopK

DIGEST = "ab" * 32


def stream(rows: int, frequent: int, seed: int) -> Iterator[str]:
    """Contents of so many rows: some just above 0.1 % each, spread at random, and all others seen once."""
    rng = random.Random(seed)
    each = rows // 1000 + 1
    places = rng.sample(range(rows), frequent * each)
    shown = {place: f"frequent-{number % frequent}" for number, place in enumerate(places)}
    return (shown.get(place, f"once-{place}") for place in range(rows))


def check_stream(rows: int, frequent: int) -> None:
    """Follow a stream, and see that nothing frequent is missed and nothing is held beyond the bound."""
    top = TopK(CONTENTS)
    truth: Counter[str] = Counter()
    for content in stream(rows, frequent, seed=rows):
        top.add(content)
        if content.startswith("frequent"):
            truth[content] += 1
    held = dict(top.most_common(CONTENTS))
    assert len(truth) == frequent
    assert min(truth.values()) > rows / 1000
    assert truth.keys() <= held.keys()
    assert all(held[content] - top.surplus(content) <= count <= held[content] for content, count in truth.items())
    assert len(top._counts) <= CONTENTS
    assert sum(map(len, top._by_count.values())) <= CONTENTS
    assert len(top._surplus) <= CONTENTS


@pytest.mark.parametrize("frequent", [1, 50, 900])
def test_every_content_above_a_thousandth_is_found(frequent: int) -> None:
    """In 50,000 rows, whatever is in more than 0.1 % of them is held, with a count that brackets the truth."""
    check_stream(50_000, frequent)


@pytest.mark.long
@pytest.mark.parametrize("frequent", [1, 50, 900])
def test_every_content_above_a_thousandth_of_a_million_is_found(frequent: int) -> None:
    """The same in a million rows: pytest -m long tests/reports/test_repeats.py (some ten seconds)."""
    check_stream(1_000_000, frequent)


def test_examples_are_few_and_go_with_their_content() -> None:
    """A content keeps some of its addresses, each once, and none is kept of a content that had to go."""
    repeats = Repeats()
    for number in range(3 * CONTENTS):
        repeats.add(f"once-{number}", f"https://h.example/{number}.jpg")
    for number in range(2 * FEWEST):
        repeats.add("often", f"https://h.example/often-{number // 2}.jpg")
    assert len(repeats._urls) == CONTENTS
    (fact,) = repeats.facts()
    assert fact["content"] == "often"
    assert fact["product_rows_at_least"] == 2 * FEWEST <= fact["product_rows_at_most"]
    assert fact["urls"] == [f"https://h.example/often-{number}.jpg" for number in range(EXAMPLES)]


def with_content(number: int, digest: str = DIGEST, **facts: Any) -> Audit:
    """One image with a content, under an address of its own."""
    url = f"https://h.example/{number}.jpg?sig=SECRET"
    return Audit(REF._replace(url=url), PNG._replace(digest=digest, **facts), ())


def test_summary_lists_what_many_rows_show(tmp_path: Path) -> None:
    """A content of many rows is listed with count and examples; one of few rows, twice in one row or no image isn't."""
    often = [[with_content(number), with_content(-number)] for number in range(FEWEST)]
    rarely = [[with_content(number, "cd" * 32)] for number in range(FEWEST - 1)]
    other_size = [[with_content(number, content_length=5 + number)] for number in range(FEWEST)]
    page = [[with_content(number, "ef" * 32, body=NotAnImage(Kind.HTML))] for number in range(FEWEST)]
    unmeasured = [[with_content(number, "ee" * 32, content_length=None)] for number in range(FEWEST)]
    write(tmp_path, [*often, *rarely, *other_size, *page, *unmeasured], jsonl=None)
    (listed,) = json.loads((tmp_path / "summary.json").read_text())["repeated_contents"]
    assert listed == {
        "content": f"{DIGEST}-1234",
        "product_rows_at_least": FEWEST,
        "product_rows_at_most": FEWEST,
        "urls": [f"https://h.example/{number}.jpg?sig=…" for number in range(EXAMPLES)],
    }
