"""What a PNG says of its colours without a profile: as the profile that means the same.

Chunks after PNG's third edition (W3C, 2025): cICP counts before a profile, gAMA and cHRM only where there is neither a
profile nor sRGB.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from struct import error, iter_unpack, pack, unpack_from
from typing import TypeAlias

from auditor.repair.pictures.converted import Refusal, RefusedError

_Row: TypeAlias = tuple[float, float, float]
_Matrix: TypeAlias = tuple[_Row, _Row, _Row]
_Points: TypeAlias = Sequence[tuple[float, float]]  # x and y of white, red, green and blue
_Curve: TypeAlias = Callable[[float], float]  # from what is stored to light, both from 0 to 1

STEPS = 1024  # of a curve, as the profile has it
USUAL = 0.45455  # the gamma that sRGB is written as
NEAR = 0.05  # share by which it may differ and mean the same, as libpng has it
GAMMAS = (0.1, 10.0)  # what is beyond makes no sense

_D65 = (0.3127, 0.3290)
_SRGB: _Points = (_D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_POINTS: Mapping[int, _Points] = {  # by the numbers of ITU-T H.273
    1: _SRGB,
    9: (_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: (_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D50: _Row = (0.9642, 1.0, 0.8249)
_BRADFORD: _Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


def profile_of(png: bytes) -> bytes | None:
    """Give the profile that stands for the chunks of a PNG; None where its own counts, or none is needed.

    Raises `RefusedError` for colours of a range that no picture on white has.
    """
    chunks = dict(_chunks(png))
    try:
        if b"cICP" in chunks:
            return _by_numbers(chunks[b"cICP"])
        if {b"iCCP", b"sRGB"} & chunks.keys() or not {b"gAMA", b"cHRM"} & chunks.keys():
            return None
        gamma = unpack_from(">I", chunks[b"gAMA"])[0] / 100_000 if b"gAMA" in chunks else USUAL
        points = [*iter_unpack(">II", chunks[b"cHRM"])] if b"cHRM" in chunks else []
        where = [(x / 100_000, y / 100_000) for x, y in points] or _SRGB
        return _profile(where, _by_gamma(gamma))
    except (error, ValueError, ZeroDivisionError):
        return None  # what makes no sense says nothing


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks before the pixels."""
    at = 8
    while at + 8 <= len(png):
        length, name = unpack_from(">I4s", png, at)
        if name == b"IDAT":
            return
        yield name, png[at + 8 : at + 8 + length] if length < STEPS else b""
        at += 12 + length


def _by_numbers(chunk: bytes) -> bytes:
    primaries, transfer, matrix, full = unpack_from("4B", chunk)
    curve = {1: _of_television, 6: _of_television, 4: _power(2.2), 8: _power(1), 13: _of_srgb}.get(transfer)
    if primaries not in _POINTS or curve is None or matrix or not full:
        raise RefusedError(Refusal.UNSUPPORTED)
    return _profile(_POINTS[primaries], curve)


# ── curves ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_srgb(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _of_television(level: float) -> float:
    return level / 4.5 if level < 0.081 else ((level + 0.099) / 1.099) ** (1 / 0.45)


def _by_gamma(gamma: float) -> _Curve:
    """A curve by what gAMA says. Raises `ValueError` for nonsense."""
    if abs(gamma / USUAL - 1) < NEAR:
        return _of_srgb
    if not GAMMAS[0] <= gamma <= GAMMAS[1]:
        raise ValueError(gamma)
    return _power(1 / gamma)


def _power(exponent: float) -> _Curve:
    return lambda level: float(level**exponent)


# ── a profile ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _profile(points: _Points, curve: _Curve) -> bytes:
    """An ICC profile of version 2 with these primaries, seen under D50 as all profiles have them.

    Raises `ValueError` or `ZeroDivisionError` for points that make no triangle.
    """
    steps = [round(65535 * curve(step / (STEPS - 1))) for step in range(STEPS)]
    trc = b"curv" + bytes(4) + pack(f">I{STEPS}H", STEPS, *steps)
    tags = {b"wtpt": _xyz(_D50)}
    for channel, primary in zip((b"r", b"g", b"b"), _primaries(points), strict=True):
        tags |= {channel + b"XYZ": _xyz(primary), channel + b"TRC": trc}
    table, body, begin = pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + pack(">II", begin + len(body), len(tag))
        body += tag
    head = pack(">I4sI", begin + len(body), b"", 0x02100000) + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    return (head + _xyz(_D50)[8:]).ljust(128, b"\0") + table + body


def _xyz(color: _Row) -> bytes:
    if max(map(abs, color)) > 2:
        raise ValueError(color)
    return b"XYZ " + bytes(4) + pack(">3i", *(round(part * 65536) for part in color))


def _primaries(points: _Points) -> Iterator[_Row]:
    """The XYZ of red, green and blue, their white adapted to D50 after Bradford."""
    white, *colors = ((x / y, 1.0, (1 - x - y) / y) for x, y in points)
    red, green, blue = colors
    shares = _times(_inverse((red, green, blue)), white)
    seen, wanted = _times(_turned(_BRADFORD), white), _times(_turned(_BRADFORD), _D50)
    for color, share in zip((red, green, blue), shares, strict=True):
        cones = _times(_turned(_BRADFORD), color)
        a, b, c = (share * cone * to / at for cone, to, at in zip(cones, wanted, seen, strict=True))
        yield _times(_inverse(_turned(_BRADFORD)), (a, b, c))


def _times(columns: _Matrix, by: _Row) -> _Row:
    """A matrix, given by its columns, times a vector."""
    x, y, z = (sum(column[row] * part for column, part in zip(columns, by, strict=True)) for row in range(3))
    return x, y, z


def _turned(rows: _Matrix) -> _Matrix:
    """Rows as columns, and the other way round."""
    a, b, c = zip(*rows, strict=True)
    return a, b, c


def _inverse(columns: _Matrix) -> _Matrix:
    """The inverse of a matrix, both given by their columns. Raises `ZeroDivisionError` where there is none."""
    a, b, c = columns
    whole = sum(left * right for left, right in zip(a, _across(b, c), strict=True))
    rows = (_across(b, c), _across(c, a), _across(a, b))
    x, y, z = ((row[0] / whole, row[1] / whole, row[2] / whole) for row in rows)
    return _turned((x, y, z))


def _across(one: _Row, other: _Row) -> _Row:
    """The cross product."""
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d
