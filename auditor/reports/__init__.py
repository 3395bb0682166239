"""Sinks: what is said of a run, and where.

lines.py      the columns of failing.csv, each declared once
tables.py     failing.csv and asins.csv
jsonl.py      all.jsonl
outcome.py    how a row ends, by its worst finding
totals.py     the counters, in feed order
summary.py    summary.json, and the short summary on stdout
progress.py   how far the run is, on stderr
bar.py        the bar that shows it
part.py       a file that appears whole or not at all
verdict.py    what is said of a single picture
backlog.py    finished rows that wait behind a slow one
"""

from auditor.reports.backlog import Backlog
from auditor.reports.reports import About, Reports, check_paths
from auditor.reports.row import RowReport, Tally
from auditor.reports.summary import printed
from auditor.reports.totals import Totals
from auditor.reports.verdict import Picture, outcome, spoken

__all__ = [
    "About",
    "Backlog",
    "Picture",
    "Reports",
    "RowReport",
    "Tally",
    "Totals",
    "check_paths",
    "outcome",
    "printed",
    "spoken",
]
