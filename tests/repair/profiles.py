"""Makes small ICC profiles by hand, and asks Little CMS's own calculator what colours are by them."""

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from struct import pack

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TRANSICC = shutil.which("transicc")

# XYZ of the primaries under D50, as ICC profiles have them.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
DISPLAY_P3 = ((0.51512, 0.24119, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491))
WHITE = (0.9642, 1.0, 0.8249)

# What each of cyan, magenta, yellow and black leaves of the paper's lightness, and adds to its colour, in Lab.
INKS = ((0.58, -36, -48), (0.50, 74, -4), (0.93, -5, 90), (0.17, 1, 1))


def _tag(kind: bytes, body: bytes) -> bytes:
    return (kind + bytes(4) + body).ljust(-(-(8 + len(body)) // 4) * 4, b"\0")


def _fixed(values: Iterable[float]) -> bytes:
    return b"".join(pack(">i", round(value * 65536)) for value in values)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"made by hand\0"
    tags = {
        b"desc": _tag(b"desc", pack(">I", len(text)) + text + bytes(78)),
        b"cprt": _tag(b"text", b"none\0"),
        b"wtpt": _tag(b"XYZ ", _fixed(WHITE)),
        **tags,
    }
    table, body = pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(tag))
        body += tag
    head = pack(">I4sI", 128 + len(table) + len(body), b"", 0x02100000) + kind + space + connection
    head += pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(WHITE)
    return head.ljust(128, b"\0") + table + body


def rgb(primaries: Sequence[Sequence[float]], gamma: float) -> bytes:
    """A profile for RGB with these primaries and this gamma."""
    curve = _tag(b"curv", pack(">IH", 1, round(gamma * 256)))
    tags = {name + b"XYZ": _tag(b"XYZ ", _fixed(xyz)) for name, xyz in zip((b"r", b"g", b"b"), primaries, strict=True)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {name + b"TRC": curve for name in (b"r", b"g", b"b")})


def gray(gamma: float) -> bytes:
    """A profile for gray of this gamma."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _tag(b"curv", pack(">IH", 1, round(gamma * 256)))})


def cmyk() -> bytes:
    """A profile for CMYK as no press prints it, unlike every real one."""
    identity = bytes(range(256))
    corners = b"".join(_corner(inks) for inks in product((0, 1), repeat=4))
    body = pack(">BBBB", 4, 3, 2, 0) + _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1)) + 4 * identity + corners + 3 * identity
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": _tag(b"mft1", body)})


def _corner(inks: Sequence[int]) -> bytes:
    lightness, a, b = 100.0, 0.0, 0.0  # the paper is white by definition
    for printed, (left, more_a, more_b) in zip(inks, INKS, strict=True):
        if printed:
            lightness, a, b = lightness * left, (a + more_a) * 0.8, (b + more_b) * 0.8
    return bytes(min(255, max(0, round(level))) for level in (lightness * 2.55, a + 128, b + 128))


def reference(colors: Floats, profile: Path) -> Floats:
    """What Little CMS's own program makes of colours in sRGB: relative colorimetric, the black point adapted.

    Channels are from 0 to 255; those of CMYK in percent.
    """
    assert TRANSICC
    asked = "\n".join(" ".join(f"{channel:.6f}" for channel in color) for color in colors)
    command = [TRANSICC, "-n", "-s", "-t1", "-b", "-i", str(profile), "-o", "*sRGB"]
    said = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return np.array([[float(channel) for channel in line.split()] for line in said.splitlines()[: len(colors)]])


def lab(srgb: Floats) -> Floats:
    """CIE L*a*b* under D65 of sRGB from 0 to 255, as IEC 61966-2-1 and CIE 15 define them."""
    level = np.clip(srgb, 0, 255) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / to_xyz.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def distance(one: Floats, other: Floats) -> Floats:
    """ΔE*ab of 1976 between colours in sRGB from 0 to 255: nobody sees one below 1, and 2 is just visible."""
    difference: Floats = np.linalg.norm(lab(one) - lab(other), axis=-1)
    return difference
