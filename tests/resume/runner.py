"""Whole runs in processes of their own, with a checkpoint every few rows: what tests kill.

They are forked from one that has imported everything, which takes longer than the runs.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from auditor.engines.nursery import Nursery
from auditor.run import Interrupt, run
from auditor.settings import FrontierSettings, ProbeSettings, ReportSettings, Settings, UnattendedSettings


def main(folder: Path, workers: int) -> int:
    """Check the feed in a folder, with every report, by so many workers."""
    settings = Settings(
        feeds=(str(folder / "feed.tsv"),),
        probe=ProbeSettings(allow_private=True),
        frontier=FrontierSettings(concurrency=8, per_host=8, adapt=False, window=40, recent=20, backoff=0.01),
        report=ReportSettings(
            out=folder / "failing.csv",
            jsonl=folder / "all.jsonl",
            summary=folder / "summary.json",
            quiet=True,
            block=500,
        ),
        workers=workers,
        unattended=UnattendedSettings(checkpoint_rows=4, checkpoint_seconds=0.05),
    )
    with (folder / "said.txt").open("w", encoding="utf-8") as said, Nursery() as nursery:
        tell = partial(print, file=said, flush=True)
        return asyncio.run(run(settings, Interrupt(lambda: None), tell, nursery)).exit_code


def serve() -> None:
    """Run what each line of stdin names, workers and a folder; print the number of its process, then its exit code."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = 70
            try:
                workers, folder = line.strip().split(" ", 1)
                code = main(Path(folder), int(workers))
            finally:
                os._exit(code)
        print(child, flush=True)  # noqa: T201  # the test reads it
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201  # likewise


if __name__ == "__main__":
    serve()
