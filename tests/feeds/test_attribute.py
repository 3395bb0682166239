"""The grammar of unified templates' column names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.feeds.attribute import Attribute, parse_attribute
from auditor.feeds.columns import plain

US = "marketplace_id", "ATVPDKIKX0DER"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("contribution_sku#1.value", Attribute("contribution_sku", (), 1, "value")),
        ("::record_action", Attribute("::record_action")),
        ("amzn1.volt.ca.product_id_type", Attribute("amzn1.volt.ca.product_id_type")),
        (
            "main_product_image_locator[marketplace_id=ATVPDKIKX0DER]#1.media_location",
            Attribute("main_product_image_locator", (US,), 1, "media_location"),
        ),
        (
            "item_name[marketplace_id=ATVPDKIKX0DER][language_tag=en_US]#2.value",
            Attribute("item_name", (US, ("language_tag", "en_US")), 2, "value"),
        ),
        ("x[a=1, b = 2]#3", Attribute("x", (("a", "1"), ("b", "2")), 3)),
        (
            "purchasable_offer[audience=ALL]#1.our_price#1.schedule#1.value_with_tax",
            Attribute("purchasable_offer", (("audience", "ALL"),), 1, "our_price#1.schedule#1.value_with_tax"),
        ),
        ("main_product_image_locator", Attribute("main_product_image_locator")),
        ("Article #", Attribute("Article #")),
        ("size [cm", Attribute("size [cm")),
        ("x[marketplace_id]#1.value", Attribute("x", (), 1, "value")),
        ("", Attribute("")),
    ],
)
def test_names_are_taken_apart(text: str, parsed: Attribute) -> None:
    """Each part of a name goes where it belongs, and what doesn't fit the grammar is a name."""
    assert parse_attribute(text) == parsed


def test_the_marketplace_is_the_id_alone() -> None:
    """A marketplace may be written with the prefix that settings have."""
    assert parse_attribute("x[marketplace_id=amzn1.mp.o.ATVPDKIKX0DER]#1.value").marketplace == "ATVPDKIKX0DER"
    assert parse_attribute("x[language_tag=en_US]").marketplace == ""


words = st.text(st.sampled_from("abc_.:1"), min_size=1, max_size=8)


@given(words, st.lists(st.tuples(words, words), max_size=3), st.integers(1, 999999), words)
def test_names_come_back(name: str, qualifiers: list[tuple[str, str]], instance: int, field: str) -> None:
    """Whatever is written by the grammar is read back."""
    text = name + "".join(f"[{key}={value}]" for key, value in qualifiers) + f"#{instance}.{field}"
    assert parse_attribute(text) == Attribute(name, tuple(qualifiers), instance, field)


@given(st.text(st.sampled_from("ab[]=#,.1 \n"), max_size=40))
def test_any_text_is_a_name(text: str) -> None:
    """Nothing that stands in a header stops the reading."""
    assert parse_attribute(text).instance >= 0
    plain(text)
