"""What the way of an ordinary row costs, in steps of the interpreter: the same at every load of the machine."""

import asyncio
import sys
from pathlib import Path
from types import ModuleType

import pytest
from commands import write_feed
from hosts import Exchange, serve
from images import saved
from PIL import Image

# As measured with Python 3.11 and some more, for the next check that is worth it. Versions differ by less.
MOST = 2500
ROWS = 400


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark; scripts are no package."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    sys.modules.pop("instructions", None)
    import instructions as script

    return script


def test_an_ordinary_row_takes_few_steps(instructions: ModuleType, tmp_path: Path) -> None:
    """No change makes a catalogue's audit slower unseen. `benchmarks/instructions.py` tells where the steps are."""
    jpeg = saved(Image.new("RGB", (1600, 1600)), "JPEG")

    async def answer(exchange: Exchange) -> None:
        await exchange.answer_range(jpeg, Content_Type="image/jpeg", ETag='"a"', Server="loopback")

    async def audit() -> list[tuple[float, float, str]]:
        async with serve(answer) as host:
            runs = []
            for rows in (ROWS, 2 * ROWS):
                folder = tmp_path / str(rows)
                folder.mkdir()
                write_feed(folder, *(host.url(f"/{number}.jpg") for number in range(rows)))
                runs.append(await asyncio.to_thread(instructions.steps_of, folder / "feed.tsv", rows))
            assert len(host.asked) == 2 * ROWS
            return runs[1].per_row(runs[0], ROWS)  # type: ignore[no-any-return]  # a script's

    found = asyncio.run(audit())
    assert 1000 < sum(steps for steps, *_ in found) < MOST, found[:10]
