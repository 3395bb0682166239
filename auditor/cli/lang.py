"""`--lang`: which of the languages there are texts for."""

from typing import Any

import click

from auditor import texts
from auditor.cli.option import option
from auditor.settings import ReportSettings


def language_option(command: Any) -> Any:
    """Give a command the option `--lang`."""
    return option(
        "--lang",
        "language",
        group="Reports",
        type=click.Choice(texts.names()),
        default=ReportSettings().language,
        show_default=True,
        help="The language of the texts.",
    )(command)
