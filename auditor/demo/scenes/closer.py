"""What a look at the first bytes doesn't show: what browsers get, pixels, and pictures that the user knows."""

from auditor.demo import images
from auditor.demo.answers import only_if, picture, plain
from auditor.demo.plant import Plant, hosted


def _takes_webp(request: object) -> bool:
    return "image/webp" in getattr(request, "headers", {}).get("Accept", "")


_AS_WEBP = picture(images.webp(), "image/webp")

PLANTS: tuple[Plant, ...] = (
    hosted(
        "negotiated",
        "format-negotiated",
        "A JPEG, or a WebP for those who take it.",
        only_if(_takes_webp, _AS_WEBP, picture(images.jpeg())),
    ),
    hosted(
        "picky", "http-error", "406, or a WebP for those who take it.", only_if(_takes_webp, _AS_WEBP, plain(406))
    )._replace(also=("format-negotiated",)),
    hosted(
        "cut-late", "image-truncated", "A JPEG that lacks its last part.", picture(images.cut(images.jpeg(), -4000))
    ),
    hosted(
        "scribbled",
        "image-corrupt",
        "A TIFF whose packed pixels were written over.",
        picture(images.scribbled_tiff(), "image/tiff"),
        ".tif",
    )._replace(also=("tiff-compressed",)),
    hosted("blank", "image-blank", "A JPEG of one colour.", picture(images.blank())),
    hosted("gray-ground", "background-not-white", "A product on gray.", picture(images.jpeg(ground="#d8d8d8"))),
    hosted("no-image", "placeholder-suspected", "The shop's own 'no image'.", picture(images.no_image())),
)
