"""The whole story over the demo's host: check, repair, publish, verify."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from repairs import audit, listed, mend, publish, settings_in

from auditor.checks import CODES
from auditor.demo import PLANTS, Planting, serve, write_feed
from auditor.model import Severity
from auditor.repair.remedy import REMEDIES

# Of the faults that have a remedy: plants of which only the first bytes are real, and redirects to nothing good.
HOPELESS = frozenset(
    {"avif", "heic", "svg", "huge", "see-other", "moved-for-good", "moved-nowhere", "moved-in-circles"}
)

FAILING = frozenset(code.slug for code in CODES.values() if code.severity is Severity.FAIL)


def codes(folder: Path) -> Mapping[tuple[int, str], frozenset[str]]:
    """What an audit has found of each image."""
    with (folder / "all.jsonl").open(encoding="utf-8") as lines:
        next(lines)
        audits = [json.loads(line) for line in lines]
    return {(one["row"], one.get("slot", "")): frozenset(each["code"] for each in one["findings"]) for one in audits}


def cells(feed: Path) -> list[list[str]]:
    """The cells of a feed."""
    return [line.split("\t") for line in feed.read_text(encoding="utf-8").split("\n")]


def mendable(planting: Planting) -> bool:
    """Whether a plant's faults are such as a repair mends."""
    return planting.plant.code in REMEDIES and planting.plant.name not in HOPELESS


def test_every_convertible_fault_is_gone_and_the_others_are_listed(tmp_path: Path) -> None:
    """Afterwards the mended images have none of the faults planted; no passing image has another address."""

    async def main() -> tuple[tuple[Planting, ...], Mapping[tuple[int, str], frozenset[str]]]:
        async with serve() as host, publish(tmp_path / "out") as shop:
            plants = [plant._replace(copies=1) for plant in PLANTS if plant.code != "timeout"]
            plantings = write_feed(tmp_path / "feed.tsv", host.base, len(plants) + 20, plants)
            settings = settings_in(tmp_path)
            assert await audit(settings) == 1
            repaired, _ = await mend(tmp_path, settings, shop.url("/fixed"))
            assert repaired is not None
            assert repaired.exit_code == 1
            assert await audit(settings_in(tmp_path, "corrected.tsv")) == 1
        return plantings, codes(tmp_path)

    plantings, after = asyncio.run(main())
    mended = [planting for planting in plantings if mendable(planting)]
    assert {planting.plant.code for planting in mended} == {*REMEDIES} - {"image-too-large"}
    for planting in mended:
        assert not after[planting.row, planting.slot] & {*REMEDIES, *planting.plant.codes}, planting.plant.name
    told = {(int(row["row"]), row["slot"]) for row in listed(tmp_path)}
    before, corrected = cells(tmp_path / "feed.tsv"), cells(tmp_path / "corrected.tsv")
    for planting in plantings:
        row = planting.row - 1
        if not planting.plant.codes:
            assert before[row] == corrected[row] or any(other.row == planting.row for other in mended)
            assert (planting.row, planting.slot) not in told
        elif FAILING & after[planting.row, planting.slot]:
            assert (planting.row, planting.slot) in told, planting.plant.name
    changed = {row + 1 for row, (old, new) in enumerate(zip(before, corrected, strict=True)) if old != new}
    assert changed == {planting.row for planting in mended}
