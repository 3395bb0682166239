"""What became of a picture, in a seller's words."""

from auditor.repair.pictures.converted import Conversion, Refused
from auditor.texts import Texts


def in_words(conversion: Conversion, texts: Texts) -> tuple[str, ...]:
    """Say each step of a conversion, or why there is none: clauses without a full stop, to be joined as it fits."""
    if isinstance(conversion, Refused):
        return (texts.refusals[conversion.why],)
    return tuple(texts.steps[step].format_map(conversion._asdict()) for step in conversion.steps)
