"""What decoding finds, against a labelled set and against Pillow itself, asked in the plainest way."""

import asyncio
import warnings
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pixels.labelled import COUNT, Sample, damaged, good

from auditor.model import Body, Corrupt, Doubt, Excessive, Flaw, Pixels, Undetermined
from auditor.pixels import open_decoders
from auditor.settings import DeepSettings


def decoded(samples: Iterable[Sample], folder: Path) -> dict[str, Body]:
    """Decode files as an audit does."""

    async def main() -> dict[str, Body]:
        found = {}
        async with open_decoders(DeepSettings()) as decoders:
            for sample in samples:
                path = folder / sample.name
                path.write_bytes(sample.data)
                found[sample.name] = await decoders.decode(path, Undetermined(sample.format, Doubt.TOO_MANY_BYTES))
        return found

    return asyncio.run(main())


def pillow_finds(data: bytes) -> bool:
    """Whether Pillow complains of a file, in the first frame or any further page of a TIFF."""
    with warnings.catch_warnings(action="ignore"):
        try:
            Image.open(BytesIO(data)).verify()
            image = Image.open(BytesIO(data))
            image.load()
            for page in range(1, getattr(image, "n_frames", 1) if image.format == "TIFF" else 1):
                image.seek(page)
                image.load()
        except Exception:  # noqa: BLE001  # whatever it raises is a complaint
            return True
    return False


def test_no_good_image_is_flagged(tmp_path: Path) -> None:
    """Each of 200 good images decodes, and shows more than one colour."""
    found = decoded(good(), tmp_path)
    assert len(found) == COUNT
    wrong = {name: body for name, body in found.items() if not isinstance(body, Pixels) or body.spread < 50}
    assert not wrong


def test_every_damage_that_pillow_can_find_is_found(tmp_path: Path) -> None:
    """Of 200 images damaged in ten ways, those that Pillow complains of are damaged, and no other is called so."""
    samples = list(damaged())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        findable = {sample.name for sample in samples if pillow_finds(sample.data)}
    found = decoded(samples, tmp_path)
    assert len(found) == COUNT
    assert len(findable) > 0.6 * COUNT
    # One way to damage a header makes its size enormous, of which Pillow complains as well.
    assert {name for name, body in found.items() if isinstance(body, Corrupt | Excessive)} == findable
    assert sum(isinstance(body, Excessive) for body in found.values()) < 5
    cut = {name: body for name, body in found.items() if "cut-to-30" in name and name in findable}
    assert sum(body.flaw is Flaw.ENDS_EARLY for body in cut.values() if isinstance(body, Corrupt)) > 0.6 * len(cut)
