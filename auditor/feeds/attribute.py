"""The column names of Amazon's unified templates, taken apart. Pure.

    name   := segment { "[" qualifier "=" value { "," qualifier "=" value } "]" } [ "#" instance { "." field } ]

as in `main_product_image_locator[marketplace_id=ATVPDKIKX0DER]#1.media_location`. A field may have instances of its own
(`our_price#1.schedule#1.value_with_tax`). Whatever doesn't fit is a name and nothing else: names of other tables come
here too.
"""

import re
from typing import NamedTuple

_NAME = re.compile(
    r"(?P<name>[^\[\]#]+)(?P<qualifiers>(?:\[[^\[\]]*\])*)(?:#(?P<instance>\d{1,6})(?:\.(?P<field>.+))?)?"
)
_QUALIFIER = re.compile(r"[\[,]\s*([^\[\],=]+?)\s*=\s*([^\[\],]*?)\s*(?=[\],])")


class Attribute(NamedTuple):
    """A column name. `instance` counts from 1; it is 0, and `field` empty, where the name has none."""

    name: str
    qualifiers: tuple[tuple[str, str], ...] = ()
    instance: int = 0
    field: str = ""

    @property
    def marketplace(self) -> str:
        """The marketplace's id alone, such as ATVPDKIKX0DER; empty where the column is for all."""
        return dict(self.qualifiers).get("marketplace_id", "").rpartition(".")[2]


def parse_attribute(text: str) -> Attribute:
    """Take a column name apart."""
    match = _NAME.fullmatch(text)
    if match is None:
        return Attribute(text)
    name, qualifiers, instance, field = match.group("name", "qualifiers", "instance", "field")
    return Attribute(name, tuple(_QUALIFIER.findall(qualifiers)), int(instance or 0), field or "")
