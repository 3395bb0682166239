"""Reports of our own, which lie beside feeds and would else be taken for some. Pure."""

from codecs import BOM_UTF8

# What they begin with; tests hold these to the reports.
_BEGINNINGS = (
    b"asin,sku,marketplace,slot,severity,kind,code,",
    b"asin,sku,failing_images,codes",
    b"asin,sku,slot,amazon_code,",
    b"asin,sku,batch_id,submitted_utc,",
    b"asin,sku,standing,next,",
    b"asin,sku,marketplace,slot,code,meaning,since,",
    b'{"schema":',
    b'{\n  "started": ',
    b'{\n  "changes": ',
)


def is_own(head: bytes) -> bool:
    """Say whether a file is a report of ours, by its first bytes."""
    return head.removeprefix(BOM_UTF8).startswith(_BEGINNINGS)
