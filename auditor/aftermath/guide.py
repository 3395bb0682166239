"""What to do about a missing picture, step by step, as Amazon's help page has it (id 17811), in our words."""

from collections.abc import Iterator

from auditor.texts import Texts

# The steps of each method, by their keys in the texts.
STEPS = {
    "feed": tuple(f"guide-feed-{step}" for step in ("report", "correct", "upload", "repeat", "wait", "ask")),
    "add-a-product": tuple(
        f"guide-add-{step}" for step in ("inventory", "search", "open", "look", "wait", "replace", "ask")
    ),
}


def guide(method: str | None, words: Texts) -> Iterator[str]:
    """Yield the lines of the guide: to one method, or to all of them."""
    yield words.phrase("guide-begin")
    for name in STEPS if method is None else (method,):
        yield from ("", words.phrase(f"guide-method-{name}"))
        for number, step in enumerate(STEPS[name], 1):
            yield f"  {number}. {words.phrase(step)}"
    yield from ("", words.phrase("guide-end"))
