"""A loopback image host with every fault, and the feed that points at it."""

from auditor.demo.feed import Planting, expected, write_feed, write_placeholders
from auditor.demo.host import Host, serve
from auditor.demo.plant import Plant
from auditor.demo.scenes import CLOSER, PLANTS, SAMPLE

__all__ = [
    "CLOSER",
    "PLANTS",
    "SAMPLE",
    "Host",
    "Plant",
    "Planting",
    "expected",
    "serve",
    "write_feed",
    "write_placeholders",
]
