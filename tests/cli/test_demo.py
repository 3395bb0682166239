"""`auditor demo`, and the sample feed with its golden report."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from auditor.demo import CLOSER, SAMPLE, serve, write_feed

DATA = Path(__file__).parents[2] / "data"


async def auditor(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    """Run the command to its end."""
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auditor", *arguments, stdout=PIPE, stderr=PIPE, cwd=cwd
    )
    out, err = await ran.communicate()
    return ran.returncode or 0, out.decode(), err.decode()


def test_demo_finds_what_it_planted_and_two_runs_agree(tmp_path: Path) -> None:
    """Exit code 0, every kind of fault found, and on the same port byte-identical reports."""

    async def main() -> list[dict[str, bytes]]:
        async with serve() as free:
            port = str(free.port)
        reports = []
        for _ in range(2):
            code, out, err = await auditor("demo", "--rows", "600", "--port", port, cwd=tmp_path)
            assert code == 0, out + err
            assert "no false alarm" in out
            folder = tmp_path / "auditor-demo"
            reports.append({name: (folder / name).read_bytes() for name in ("failing.csv", "asins.csv", "all.jsonl")})
        return reports

    first, second = asyncio.run(main())
    assert first == second


def test_a_closer_look_finds_what_headers_do_not_show(tmp_path: Path) -> None:
    """With --closer, what only further looks find is planted and found, and no picture that is good is blamed."""
    code, out, err = asyncio.run(auditor("demo", "--rows", "600", "--closer", cwd=tmp_path))
    assert code == 0, out + err
    assert "no false alarm" in out
    for plant in CLOSER:
        assert f"  {plant.code}  " in out
    folder = tmp_path / "auditor-demo"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("all.jsonl", "asins.csv", "failing.csv", "feed.tsv", "placeholders.txt", "summary.json")
    ]


def test_sample_feed_gives_its_golden_report(tmp_path: Path) -> None:
    """`data/sample.tsv`, checked against the demo host, gives `data/sample-failing.csv`, but for the port."""

    async def main() -> tuple[int, int]:
        async with serve() as host:
            write_feed(tmp_path / "sample.tsv", host.base, 60, SAMPLE)
            limits = ("--allow-private", "--retries", "0", "--include", "warn", "--timeout", "3")
            code, out, err = await auditor("check", "sample.tsv", *limits, cwd=tmp_path)
            assert code == 1, out + err
            return host.port, code

    port, _ = asyncio.run(main())
    found = re.sub(rf"\b{port}\b", "8765", (tmp_path / "failing.csv").read_bytes().decode())
    golden = DATA / "sample-failing.csv"
    if "AUDITOR_GOLDEN" in os.environ:  # set it to write the golden report anew, and look at the difference
        golden.write_bytes(found.encode())
    assert found == golden.read_bytes().decode()
