"""Sinks: what is said of a run, and where.

lines.py      the columns of failing.csv, each declared once
tables.py     failing.csv, asins.csv and fixed.csv
jsonl.py      all.jsonl
outcome.py    how a row ends, by its worst finding
totals.py     the counters, in feed order
night.py      tonight's findings, on their way into the state file
changes.py    what is said of how they differ from the last ones
events.py     what happens, a line each
metrics.py    the figures for Prometheus
summary.py    summary.json, and the short summary on stdout
progress.py   how far the run is, on stderr
bar.py        the bar that shows it
part.py       a file that appears whole or not at all
checkpoint.py how far a run has come, for another to go on from
disk.py       the one place where bytes become files
lock.py       one run at a time
verdict.py    what is said of a single picture
backlog.py    finished rows that wait behind a slow one
"""

from auditor.reports.backlog import Backlog
from auditor.reports.checkpoint import Checkpoint, Checkpoints, Mark
from auditor.reports.disk import Disk, SystemDisk
from auditor.reports.lock import lock_reports
from auditor.reports.part import PartFile
from auditor.reports.reports import About, Reports, check_paths, output_paths
from auditor.reports.row import RowReport, Tally
from auditor.reports.summary import headline, printed
from auditor.reports.tables import csv_lines, fixed_path
from auditor.reports.totals import Totals
from auditor.reports.unwritable import telling
from auditor.reports.verdict import Picture, outcome, spoken

__all__ = [
    "About",
    "Backlog",
    "Checkpoint",
    "Checkpoints",
    "Disk",
    "Mark",
    "PartFile",
    "Picture",
    "Reports",
    "RowReport",
    "SystemDisk",
    "Tally",
    "Totals",
    "check_paths",
    "csv_lines",
    "fixed_path",
    "headline",
    "lock_reports",
    "outcome",
    "output_paths",
    "printed",
    "spoken",
    "telling",
]
