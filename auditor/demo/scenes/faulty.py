"""Pictures that Amazon refuses, or takes with a drawback."""

from auditor.demo import images
from auditor.demo.answers import picture
from auditor.demo.plant import Plant, hosted
from auditor.demo.tiffs import DEFLATE, tiff

_MIB = 1024 * 1024

_FORMATS: tuple[Plant, ...] = (
    hosted("webp", "format-not-accepted", "A WebP.", picture(images.webp(), "image/webp"), ".webp"),
    hosted("png", "format-not-accepted", "A PNG.", picture(images.other("PNG"), "image/png"), ".png"),
    hosted("bmp", "format-not-accepted", "A BMP.", picture(images.other("BMP", "1"), "image/bmp"), ".bmp"),
    hosted("avif", "format-not-accepted", "An AVIF.", picture(images.avif(), "image/avif"), ".avif"),
    hosted("heic", "format-not-accepted", "A phone's HEIC.", picture(images.heic(), "image/heic"), ".heic"),
    hosted("svg", "format-not-accepted", "An SVG drawing.", picture(images.svg(), "image/svg+xml"), ".svg"),
    hosted(
        "renamed-webp", "format-not-accepted", "A WebP renamed .jpg.", picture(images.webp(), "image/webp")
    )._replace(also=("extension-mismatch",)),
    hosted(
        "renamed-png",
        "format-not-accepted",
        "A PNG renamed .jpg, which the host believes.",
        picture(images.other("PNG")),
    )._replace(also=("extension-mismatch", "content-type-mismatch")),
    hosted("renamed-gif", "extension-mismatch", "A GIF renamed .jpg.", picture(images.other("GIF"), "image/gif")),
    hosted("wrong-type", "content-type-mismatch", "A JPEG declared as PNG.", picture(images.jpeg(), "image/png")),
)

_SIZES: tuple[Plant, ...] = (
    hosted("small", "image-too-small", "300 x 300 pixels.", picture(images.jpeg(300))),
    hosted("just-too-small", "image-too-small", "499 x 499 pixels.", picture(images.jpeg(499))),
    hosted("no-zoom", "image-without-zoom", "800 x 800 pixels.", picture(images.jpeg(800))),
    hosted("huge", "image-too-large", "12000 x 9000 pixels.", picture(images.resized_jpeg(12_000, 9_000))),
    hosted("heavy", "file-too-large", "11 MiB.", picture(images.jpeg(), total=11 * _MIB)),
    hosted("pixel", "tracking-pixel", "A GIF of one pixel.", picture(images.tracking_pixel(), "image/gif"), ".gif"),
    hosted("large-swatch", "swatch-too-large", "A swatch of 300 pixels.", picture(images.jpeg(300))).on("SWCH"),
)

_ENCODINGS: tuple[Plant, ...] = (
    hosted("animated", "gif-animated", "A GIF that moves.", picture(images.animated_gif(), "image/gif"), ".gif"),
    hosted("cmyk", "color-cmyk", "A JPEG in printing colours.", picture(images.jpeg(mode="CMYK"))),
    hosted(
        "tiff-packed",
        "tiff-compressed",
        "A compressed TIFF.",
        picture(tiff(compression=DEFLATE), "image/tiff"),
        ".tif",
    ),
    hosted("tiff-pages", "tiff-several-pages", "A TIFF of three pages.", picture(tiff(pages=3), "image/tiff"), ".tif"),
    hosted("broken", "image-corrupt", "A JPEG with an impossible segment.", picture(images.broken_jpeg())),
    hosted("no-size", "image-corrupt", "A JPEG of 0 x 0 pixels.", picture(images.resized_jpeg(0, 0))),
    hosted(
        "cut",
        "image-truncated",
        "A JPEG of which only the first 50 KB were uploaded.",
        picture(images.cut(images.late_jpeg(), 50_000)),
    ),
    hosted(
        "cut-small",
        "image-truncated",
        "A small JPEG of which the last 900 bytes are missing.",
        picture(images.cut(images.jpeg(200), -900)),
    ),
    hosted(
        "cut-gif",
        "image-truncated",
        "A GIF without its last byte.",
        picture(images.cut(images.other("GIF"), -1), "image/gif"),
        ".gif",
    ),
    hosted(
        "cut-tiff",
        "image-truncated",
        "A TIFF of which the last rows are missing.",
        picture(images.cut(tiff(), -9000), "image/tiff"),
        ".tif",
    ),
    hosted(
        "cut-png",
        "image-truncated",
        "A PNG of which the second half is missing.",
        picture(images.cut(images.other("PNG"), 2000), "image/png"),
        ".png",
    ),
    hosted(
        "cut-webp", "image-truncated", "A WebP cut off.", picture(images.cut(images.webp(), -50), "image/webp"), ".webp"
    ),
)

PLANTS: tuple[Plant, ...] = (*_FORMATS, *_SIZES, *_ENCODINGS)
