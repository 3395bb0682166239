"""The demo feed is the same each time, and says what it plants where."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from auditor.demo import PLANTS, SAMPLE, Planting, expected, write_feed
from auditor.demo.feed import COLUMNS
from auditor.demo.plant import SLOT_COLUMNS

BASE = "http://127.0.0.1:8765"
SAMPLE_FEED = Path(__file__).parents[2] / "data" / "sample.tsv"
SAMPLE_ROWS = 60


def cells_of(path: Path) -> dict[int, dict[str, str]]:
    """The rows of a feed by physical line."""
    with path.open(encoding="utf-8", newline="") as lines:
        return dict(enumerate(csv.DictReader(lines, delimiter="\t"), start=2))


def test_same_base_same_bytes(tmp_path: Path) -> None:
    """Two feeds for the same port are byte-identical, and so is what they plant."""
    one, two = tmp_path / "one.tsv", tmp_path / "two.tsv"
    assert write_feed(one, BASE) == write_feed(two, BASE)
    assert one.read_bytes() == two.read_bytes()


def test_plantings_are_the_images_of_the_feed(tmp_path: Path) -> None:
    """Each cell with a URL is one planting, and each planting one such cell or a main image that is missing."""
    path = tmp_path / "feed.tsv"
    plantings = write_feed(path, BASE)
    cells = cells_of(path)
    asked = {(row, slot) for row, cell in cells.items() for slot, column in SLOT_COLUMNS.items() if cell[column]}
    planted = [(planting.row, planting.slot) for planting in plantings]
    assert len(cells) == 3000
    assert len(planted) == len(set(planted))
    missing = {(planting.row, planting.slot) for planting in plantings if planting.plant.code == "main-image-missing"}
    assert set(planted) == asked | missing
    assert not asked & missing


def test_plantings_point_at_their_plants(tmp_path: Path) -> None:
    """What is planted at a row and slot is what its URL points at."""
    path = tmp_path / "feed.tsv"
    plantings = write_feed(path, BASE, 1000)
    cells = cells_of(path)
    for row, slot, plant in plantings:
        if plant.answer:
            assert cells[row][SLOT_COLUMNS[slot]].startswith(f"{BASE}/{plant.name}/")


def test_every_plant_has_its_copies(tmp_path: Path) -> None:
    """Each plant stands in as many rows as it says, under distinct URLs."""
    path = tmp_path / "feed.tsv"
    plantings = write_feed(path, BASE)
    cells = cells_of(path)
    counts = Counter(planting.plant.name for planting in plantings)
    for plant in PLANTS:
        urls = [cells[row][SLOT_COLUMNS[slot]] for row, slot, planted in plantings if planted.name == plant.name]
        assert plant.name in ("good", "swatch") or counts[plant.name] == plant.copies
        assert plant.name in ("good", "swatch", "no-main") or len(set(urls)) == len(urls)


def test_expected_names_all_findings() -> None:
    """What is expected of a row and slot are the plant's code and the warnings that go along; of good ones nothing."""
    named = {plant.name: plant for plant in PLANTS}
    plantings = [Planting(2, "MAIN", named["renamed-webp"]), Planting(3, "PT01", named["good"])]
    assert expected(plantings) == {
        (2, "MAIN"): {"format-not-accepted", "extension-mismatch"},
        (3, "PT01"): frozenset(),
    }


def test_the_table_is_sound() -> None:
    """Names are unique, cells are columns, at least 35 codes of fault and 15 good pictures are planted."""
    assert len({plant.name for plant in PLANTS}) == len(PLANTS)
    assert all(set(plant.cells) <= set(COLUMNS) and plant.slot in SLOT_COLUMNS for plant in PLANTS)
    assert all(plant.about.endswith(".") for plant in PLANTS)
    assert len({plant.code for plant in PLANTS if plant.code}) >= 35
    assert sum(plant.code is None for plant in PLANTS) >= 15


def test_too_few_rows(tmp_path: Path) -> None:
    """Fewer rows than plants is an error, not a feed that lacks some."""
    with pytest.raises(ValueError, match="need more than 10 rows"):
        write_feed(tmp_path / "feed.tsv", BASE, 10)


def test_sample_is_up_to_date(tmp_path: Path) -> None:
    """data/sample.tsv is what this code writes for the fixed port of `auditor demo --serve`."""
    path = tmp_path / "sample.tsv"
    write_feed(path, BASE, SAMPLE_ROWS, SAMPLE)
    assert SAMPLE_FEED.read_bytes() == path.read_bytes()
