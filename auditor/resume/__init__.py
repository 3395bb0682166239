"""Where a run begins: at the first row, or where the same command was cut short.

identity.py   what two runs must share for one to go on with the other
reading.py    the rows as they are read: those done before are passed over, and a digest tells what was read
beginning.py  finds the place, or says why there is none
"""

from auditor.resume.beginning import Beginner, Begun
from auditor.resume.identity import identity
from auditor.resume.reading import Reading

__all__ = ["Beginner", "Begun", "Reading", "identity"]
