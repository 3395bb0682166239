"""What the user is told of a list of products without a picture."""

from typing import TYPE_CHECKING

from auditor.cli.streams import tell

if TYPE_CHECKING:
    from auditor.aftermath.missing import Missing
    from auditor.texts import Texts


def tell_missing(missing: "Missing", words: "Texts") -> None:
    """Say on stderr what a list was taken for and what it holds, so that nothing of it is left out unsaid."""
    name = missing.name if isinstance(missing.name, str) else words.said(missing.name)
    tell(words.phrase("missing-list", file=name, what=words.said(missing.what), count=len(missing.products)))
    for name in ("showing", "others", "silent", "unreadable"):
        if count := getattr(missing, name):
            tell(words.phrase(f"missing-{name}", count=count))
