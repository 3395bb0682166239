"""What a converted picture is called."""

import re
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from unicodedata import normalize

from auditor.repair.pictures.colors import DEFAULT_CMYK
from auditor.repair.pictures.encoding import SUFFIXES
from auditor.settings import Recipe

EDITION = 2  # to be counted up when the same recipe comes to give other pictures: they need other names
DIGITS = 20  # of the digest in hex, which are 80 bits
LABEL = 40  # characters


def name_of(data: bytes, recipe: Recipe, label: str) -> str:
    """Name the picture that a file with these bytes gives under a recipe.

    The name is new whenever the picture is, since Amazon may skip what it knows by an unchanged URL; and it is known
    before the picture is made, so that a second run needn't make it again. It has only letters a to z, digits and
    hyphens before its suffix, which are safe in every URL and on every disk.
    """
    digest = sha256(_of_recipe(recipe))
    digest.update(data)
    return "-".join(filter(None, (_safe(label), digest.hexdigest()[:DIGITS]))) + f".{SUFFIXES[recipe.format]}"


def _safe(label: str) -> str:
    plain = normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain)[:LABEL].strip("-")


@lru_cache(maxsize=8)
def _of_recipe(recipe: Recipe) -> bytes:
    profile = sha256((recipe.cmyk_profile or DEFAULT_CMYK).read_bytes()).hexdigest()
    return repr((EDITION, asdict(recipe) | {"cmyk_profile": profile})).encode()
