"""Sinks: what is said of a run, and where.

lines.py      the columns of failing.csv, each declared once
tables.py     failing.csv and asins.csv
jsonl.py      all.jsonl
totals.py     the counters, in feed order
summary.py    summary.json, and the short summary on stdout
progress.py   the line on stderr
part.py       a file that appears whole or not at all
backlog.py    finished rows that wait behind a slow one
"""

from auditor.reports.backlog import Backlog
from auditor.reports.reports import About, Reports, check_paths
from auditor.reports.row import RowReport, Tally
from auditor.reports.summary import printed
from auditor.reports.totals import Totals

__all__ = ["About", "Backlog", "Reports", "RowReport", "Tally", "Totals", "check_paths", "printed"]
