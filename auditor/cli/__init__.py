"""The command line: argv → Settings, one module per command. With reports/progress the only place that prints."""

from auditor.cli.main import main

__all__ = ["main"]
