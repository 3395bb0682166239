"""Seller feeds: from paths to product rows, streamed. One module per feed format stands in `formats`.

`open_feeds` raises for all that is known to be wrong before anything starts and tells what was recognised;
`read_opened` then reads the rows of those feeds, and `read_feeds` does both.
"""

from auditor.feeds.feed import Batch, Feed, read_opened
from auditor.feeds.opening import Feeds, open_feeds, read_feeds
from auditor.feeds.sample import Sampling

__all__ = ["Batch", "Feed", "Feeds", "Sampling", "open_feeds", "read_feeds", "read_opened"]
