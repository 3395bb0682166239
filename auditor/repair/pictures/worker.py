"""The program of a converting process: a line of JSON says what to convert, one in reply what became of it.

The files are untrusted: memory is limited by the system, and processor time ends the process.
"""

import json
import sys
from pathlib import Path
from typing import Any

from auditor.errors import PictureError, ReportError
from auditor.pixels.worker import serve
from auditor.repair.pictures.conversion import convert
from auditor.settings import Recipe


def main() -> None:
    """Convert one file after another, until there are no more."""
    pixels, recipe = int(sys.argv[3]), json.loads(sys.argv[4])
    profile = recipe.pop("cmyk_profile")
    told = Recipe(**recipe, cmyk_profile=profile and Path(profile))
    serve(lambda question: _reply(question, told, pixels))


def _reply(question: list[str], recipe: Recipe, pixels: int) -> dict[str, Any]:
    source, folder, label = question
    try:
        became = convert(Path(source), Path(folder), recipe, label=label, pixels=pixels)
    except (PictureError, ReportError) as error:
        said = error.sentence
        return {type(error).__name__: [said.template, {name: str(value) for name, value in said.values.items()}]}
    return {type(became).__name__: became}


if __name__ == "__main__":
    main()
