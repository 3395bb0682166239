"""The feed that points at the host: mostly good rows, and each plant in rows of its own.

The same base, number of rows and plants give the same bytes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from auditor.demo.images import no_image
from auditor.demo.plant import SLOT_COLUMNS, Plant
from auditor.demo.scenes import PLANTS
from auditor.demo.scenes.good import GOOD, SWATCH
from auditor.settings import ProbeSettings

COLUMNS = ("item_sku", "asin", *SLOT_COLUMNS.values())
FAMILY = 5  # rows whose other pictures are shared, as variations of a product share theirs


class Planting(NamedTuple):
    """One image that the feed asks for, and what it is. `row` is the physical line; the header is line 1."""

    row: int
    slot: str
    plant: Plant


def write_feed(path: Path, base: str, rows: int = 3000, plants: Sequence[Plant] = PLANTS) -> tuple[Planting, ...]:
    """Write a tab-separated feed of so many product rows that point at `base`, and return what is planted where.

    Raises ValueError if the plants and their copies are more than the rows.
    """
    sown = _sow(rows, plants)
    lines = ["\t".join(COLUMNS)]
    plantings: list[Planting] = []
    for number in range(1, rows + 1):
        plant = sown.get(number)
        cells = _ordinary(number) | (dict(plant.cells) if plant else {})
        port = urlsplit(base).port
        lines.append("\t".join(cells[column].format(base=base, port=port, number=number) for column in COLUMNS))
        plantings.extend(_images(number + 1, cells, plant))
    path.write_bytes(("\n".join(lines) + "\n").encode())
    return tuple(plantings)


def write_placeholders(path: Path) -> None:
    """Write the contents that stand for no product here, as --placeholders takes them."""
    content = no_image()("")
    digest = hashlib.sha256(content[: ProbeSettings().first_range]).hexdigest()
    path.write_text(f"{digest}-{len(content)}  # no image\n", encoding="utf-8")


def expected(plantings: Sequence[Planting]) -> Mapping[tuple[int, str], frozenset[str]]:
    """Every finding, warnings too, that each (row, slot) must get: for most of them none."""
    return {(planting.row, planting.slot): planting.plant.codes for planting in plantings}


def _sow(rows: int, plants: Sequence[Plant]) -> dict[int, Plant]:
    """Which row gets which plant: spread evenly, each plant once before any comes a second time."""
    rounds = range(max((plant.copies for plant in plants), default=0))
    waiting = [plant for turn in rounds for plant in plants if turn < plant.copies]
    if len(waiting) > rows:
        raise ValueError(f"{len(waiting)} plants need more than {rows} rows")
    return {1 + place * rows // len(waiting): plant for place, plant in enumerate(waiting)}


def _ordinary(number: int) -> dict[str, str]:
    """The cells of a row without faults. As in real feeds, an ASIN is often missing and variations share pictures."""
    family = f"family-{number // FAMILY:06d}"
    return {
        "item_sku": f"DEMO-{number:06d}",
        "asin": f"B0{number:08d}" if number % 3 else "",
        "main_image_url": GOOD.cells["main_image_url"],
        "other_image_url1": f"{{base}}/good/{family}.jpg" if number % 2 else "",
        "other_image_url2": f"{{base}}/good/{family}-back.jpg" if number % 10 == 1 else "",
        "swatch_image_url": f"{{base}}/swatch/{family}.jpg" if number % 10 == 3 else "",
    }


def _images(row: int, cells: Mapping[str, str], plant: Plant | None) -> Iterator[Planting]:
    """The images of one row. A main image that is missing counts as one: that is where its finding stands."""
    for slot, column in SLOT_COLUMNS.items():
        if plant and slot == plant.slot:
            yield Planting(row, slot, plant)
        elif cells[column]:
            yield Planting(row, slot, SWATCH if slot == "SWCH" else GOOD)
