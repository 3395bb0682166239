"""The only place that makes a finding: every code of the published contract, and the judge that applies them."""

from auditor.checks.image import SUFFIXES
from auditor.checks.judge import CODES, Admission, Judge
from auditor.checks.passing import Passing

__all__ = ["CODES", "SUFFIXES", "Admission", "Judge", "Passing"]
