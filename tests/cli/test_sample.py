"""`--sample` and `--fail-on` as their user sees them."""

import asyncio
import gzip
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from commands import HEADER, Ran, auditor, check, plain_environment, write_feed

LINKS = [f"ftp://h.example/{number}.jpg" for number in range(200)]  # no request is needed for these


def skus(folder: Path) -> list[str]:
    """The SKUs of asins.csv, in its order."""
    return [line.split(",")[1] for line in (folder / "asins.csv").read_text().splitlines()[1:]]


@pytest.mark.parametrize("sample", ["20", "10%", "0.1", ".1", "2.5 %"])
def test_a_sample_says_what_it_is(tmp_path: Path, sample: str) -> None:
    """Every row read has its place in the sum, and the summaries say of how many it is."""
    write_feed(tmp_path, *LINKS)
    ran = asyncio.run(check(tmp_path, "--sample", sample))
    assert (ran.code, ran.err) == (1, ""), ran
    summary = json.loads((tmp_path / "summary.json").read_text())
    rows, part = summary["rows"], summary["sample"]
    chosen = rows.pop("read")
    assert chosen == sum(rows.values()) == part["chosen"] == len(skus(tmp_path))
    assert part == {"of": 200, "chosen": chosen, "left_out": 200 - chosen, "unreadable_left_out": 0}
    assert f"Rows read {chosen:,} = " in ran.out
    assert f"A sample: {chosen:,} of 200 product rows were checked" in ran.out
    assert chosen == 20 if sample == "20" else 0 < chosen < 60
    assert [int(sku[1:]) for sku in skus(tmp_path)] == sorted(int(sku[1:]) for sku in skus(tmp_path))


async def piped(folder: Path, feed: str) -> Ran:
    """Check a sample of standard input."""
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "auditor", "check", "-", "--sample", "20"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env=plain_environment(),
    )
    out, err = await ran.communicate(feed.encode())
    return Ran(ran.returncode or 0, out.decode(), err.decode())


def test_a_pipe_has_the_same_sample(tmp_path: Path) -> None:
    """Standard input is read once, and the products are those of the file."""
    write_feed(tmp_path, *LINKS)
    asyncio.run(check(tmp_path, "--sample", "20"))
    from_file = skus(tmp_path)
    ran = asyncio.run(piped(tmp_path, (tmp_path / "feed.tsv").read_text()))
    assert ran.code == 1, ran
    assert skus(tmp_path) == from_file


def test_unreadable_rows_left_out_are_told(tmp_path: Path) -> None:
    """A sample that misses them says that there are some."""
    rows = "".join("S\0\tA\tu\n" if number % 2 else f"S{number}\tA\tftp://h/a\n" for number in range(100))
    (tmp_path / "feed.tsv").write_text(HEADER + rows)
    ran = asyncio.run(check(tmp_path, "--sample", "10", "--lang", "vi"))
    summary = json.loads((tmp_path / "summary.json").read_text())
    left = summary["sample"]["unreadable_left_out"]
    assert left == 50 - summary["findings"]["by_code"].get("row-malformed", 0) > 0
    assert f"{left} dòng không đọc được" in ran.out


def test_a_run_without_sample_says_nothing_of_one(tmp_path: Path) -> None:
    """Neither summary mentions it."""
    write_feed(tmp_path, *LINKS[:2])
    ran = asyncio.run(check(tmp_path))
    assert "sample" not in ran.out.lower()
    assert "sample" not in json.loads((tmp_path / "summary.json").read_text())


@pytest.mark.parametrize(
    "sample", ["0", "-1", "0%", "0.0", "101%", "1.5", "50001", "1" * 5000, "x", "", "nan", "٣", "1e3", "10%%", "1/2"]
)
def test_what_is_no_sample_is_refused(tmp_path: Path, sample: str) -> None:
    """Exit code 2, and how to write it."""
    write_feed(tmp_path, *LINKS[:2])
    ran = asyncio.run(check(tmp_path, f"--sample={sample}"))
    assert ran.code == 2, ran
    assert "write a number of product rows from 1 to 50000, or a share such as 10% or 0.1" in " ".join(ran.err.split())


def test_fail_on_decides_the_exit_code_alone(tmp_path: Path) -> None:
    """Never: exit code 0 with the same reports, and 2 where the run couldn't begin."""
    write_feed(tmp_path, *LINKS[:2])
    asyncio.run(check(tmp_path, "--fail-on", "fail"))
    before = (tmp_path / "failing.csv").read_text()
    ran = asyncio.run(check(tmp_path, "--fail-on", "never"))
    assert (ran.code, ran.err) == (0, ""), ran
    assert (tmp_path / "failing.csv").read_text() == before
    assert "failing 2 " in ran.out
    assert asyncio.run(auditor("check", "nowhere.tsv", "--fail-on", "never", cwd=tmp_path)).code == 2
    assert asyncio.run(check(tmp_path, "--fail-on", "sometimes")).code == 2


def test_a_feed_that_breaks_off_is_incomplete_all_the_same(tmp_path: Path) -> None:
    """Exit code 3 with --fail-on never and a sample, what was found being in the part files."""
    rows = "".join(f"S{number} {os.urandom(40).hex()}\tA\tftp://h/a\n" for number in range(20_000))
    (tmp_path / "feed.tsv").write_bytes(gzip.compress((HEADER + rows).encode(), 1)[:-200_000])
    ran = asyncio.run(check(tmp_path, "--fail-on", "never", "--sample", "30"))
    assert ran.code == 3, ran
    assert "It stopped after 30 product rows" in ran.err
    assert (tmp_path / "failing.csv.part").read_text().count("url-scheme") == 30
