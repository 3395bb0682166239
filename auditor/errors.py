"""What stops a run. Trouble with one row, host or image is data and never raised.

    AuditorError              exit 2, or 3 once a run has begun
    ├── FeedError             a feed that can't be opened, recognised or read on
    ├── SettingsError         a flag, policy or text catalogue that makes no sense
    └── ReportError           a report that can't be written
"""


class AuditorError(Exception):
    """One clear sentence for the user: what stops the run, and what to do."""


class FeedError(AuditorError):
    """A feed can't be opened, recognised or read to its end."""


class SettingsError(AuditorError):
    """A setting, a policy or a text catalogue makes no sense."""


class ReportError(AuditorError):
    """A report can't be written."""
