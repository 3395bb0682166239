"""Checks of a product row, before any of its URLs is looked at."""

import re

from auditor.checks.check import codes, fail, warn
from auditor.checks.wording import quote
from auditor.model import BadRow, ImageRef, Values, Verdict

ASIN = re.compile(r"[A-Z0-9]{10}")


def row_malformed(row: BadRow) -> Values:
    """Tell that a row can't be read. The feed's reader has found out why."""
    return {"reason": row.reason.value}


def product_id_missing(ref: ImageRef) -> Values | None:
    """Look for a row with neither ASIN nor SKU: nobody can tell which product its images belong to."""
    return None if ref.asin or ref.sku else {}


def asin_malformed(ref: ImageRef) -> Values | None:
    """Look for an ASIN that isn't ten capital letters and digits."""
    return None if not ref.asin or ASIN.fullmatch(ref.asin) else {"asin": quote(ref.asin)}


def main_image_missing(ref: ImageRef) -> Values | None:
    """Look for an empty cell of the main image. Parents and deletions never come here: the feeds leave them out."""
    return {} if ref.slot == "MAIN" else None


UNREADABLE = (fail("row-malformed", Verdict.WRONG, row_malformed),)
PRODUCT = (
    fail("product-id-missing", Verdict.WRONG, product_id_missing),
    warn("asin-malformed", Verdict.WRONG, asin_malformed),
)
EMPTY = (warn("main-image-missing", Verdict.WRONG, main_image_missing),)

CODES = codes(UNREADABLE, PRODUCT, EMPTY)
