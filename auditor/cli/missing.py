"""`--missing`: a list of products without a picture, and what the user is told of it."""

from typing import TYPE_CHECKING, Any

from auditor.cli import candidates
from auditor.cli.option import option
from auditor.cli.streams import tell

if TYPE_CHECKING:
    from auditor.aftermath.missing import Missing
    from auditor.texts import Texts


def missing_option(command: Any, *, required: bool = False) -> Any:
    """Give a command the option `--missing`."""
    return option(
        "--missing",
        storable=False,
        required=required,
        metavar="FILE",
        shell_complete=candidates.files,
        help="The products that show no picture: a list or table of ASINs or SKUs, an export of suppressed listings, "
        "or JSON with the mainImage of each product.",
    )(command)


def tell_missing(missing: "Missing", words: "Texts") -> None:
    """Say on stderr what a list was taken for and what it holds, so that nothing of it is left out unsaid."""
    name = missing.name if isinstance(missing.name, str) else words.said(missing.name)
    tell(words.phrase("missing-list", file=name, what=words.said(missing.what), count=len(missing.products)))
    for name in ("showing", "others", "silent", "unreadable"):
        if count := getattr(missing, name):
            tell(words.phrase(f"missing-{name}", count=count))
