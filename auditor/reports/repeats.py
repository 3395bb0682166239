"""Pictures that stand in many product rows: a picture that says “no image” is one of them."""

from typing import Any

from auditor.reports.topk import TopK
from auditor.urls import redact, repair

CONTENTS = 2000  # counted: whatever makes up more than 0.05 % of all product rows is among them
LISTED = 100
FEWEST = 10  # product rows: variations of a product share a picture, too
EXAMPLES = 3  # addresses kept of each


class Repeats:
    """Counts product rows by content, and keeps a few of the addresses it was found under."""

    def __init__(self) -> None:
        self._top = TopK(CONTENTS)
        self._urls: dict[str, list[str]] = {}

    def add(self, content: str, url: str) -> None:
        """Count a product row that shows this content, under this address."""
        gone = self._top.add(content)
        if gone is not None:
            del self._urls[gone]
        urls = self._urls.setdefault(content, [])
        if len(urls) < EXAMPLES and (shown := redact(repair(url))) not in urls:
            urls.append(shown)

    def state(self) -> dict[str, Any]:
        """All that it holds, as JSON has it."""
        return {"top": self._top.state(), "urls": self._urls}

    def restore(self, state: Any) -> None:
        """Hold what another one's `state` says. Raises ValueError, TypeError or KeyError if it is none."""
        self._top.restore(state["top"])
        for content, _ in self._top.most_common(CONTENTS):
            urls = state["urls"][content]
            if not isinstance(urls, list) or not all(type(url) is str for url in urls):
                raise ValueError
            self._urls[content] = urls

    def facts(self) -> list[dict[str, Any]]:
        """The contents in most product rows, as summary.json shows them."""
        found = []
        for content, count in self._top.most_common(CONTENTS):
            at_least = count - self._top.surplus(content)
            if at_least >= FEWEST:
                found.append((content, at_least, count))
        found.sort(key=lambda entry: (-entry[1], entry[0]))
        return [
            {
                "content": content,
                "product_rows_at_least": at_least,
                "product_rows_at_most": at_most,
                "urls": self._urls[content],
            }
            for content, at_least, at_most in found[:LISTED]
        ]
