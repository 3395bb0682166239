"""Whether an image passes in whichever slot it is: what needn't be asked for again for a while."""

from auditor.checks import image
from auditor.checks.judge import Judge
from auditor.model import Answered, ImageRef, Severity
from auditor.urls import parse


class Passing:
    """Tells by an answer whether an image at a URL passes, as a product image and as a swatch. Rows aren't judged."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        # What makes a swatch fail that is an ordinary product image.
        strict = any(judge.codes[check.code.slug].severity is Severity.FAIL for check in image.SWATCH)
        self._slots = ("MAIN", "SWCH") if strict else ("MAIN",)

    def __call__(self, url: str, probe: Answered) -> bool:
        """Whether it does."""
        return self._is_ordinary(url, probe) or self._passes(url, probe)

    def _is_ordinary(self, url: str, probe: Answered) -> bool:
        """Whether this is told at once: of most images it is."""
        ordinary = self._judge.ordinary
        if len(self._slots) > 1 or ordinary.host(url) is None:
            return False
        return ordinary.picture(_image(url, "MAIN"), probe)

    def _passes(self, url: str, probe: Answered) -> bool:
        link = parse(url)
        return link is not None and all(
            self._judge.passes(self._judge.answer(_image(url, slot), link, probe)) for slot in self._slots
        )


def _image(url: str, slot: str) -> ImageRef:
    return ImageRef("", 0, "", "", "", slot, url)
