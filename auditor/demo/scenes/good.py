"""Pictures that must pass, among them those that careless tools complain of."""

from auditor.demo import images
from auditor.demo.answers import at_first, chunked, only_if, picture, plain, whole
from auditor.demo.plant import Plant, hosted
from auditor.demo.rude import without_type
from auditor.demo.tiffs import tiff

GOOD = hosted("good", None, "A JPEG of 1000 pixels.", picture(images.good))
SWATCH = hosted("swatch", None, "A small JPEG for a colour swatch.", picture(images.jpeg(30))).on("SWCH")

PLANTS: tuple[Plant, ...] = (
    GOOD,
    SWATCH,
    hosted("progressive", None, "A progressive JPEG.", picture(images.jpeg(progressive=True))),
    hosted("gray", None, "A JPEG without colours.", picture(images.jpeg(mode="L"))),
    hosted("late-size", None, "A JPEG whose size stands behind 120 KB of metadata.", picture(images.late_jpeg())),
    hosted("gif", None, "A GIF that doesn't move.", picture(images.other("GIF"), "image/gif"), ".gif"),
    hosted(
        "gif-loop",
        None,
        "A GIF of one picture that says how often to repeat it.",
        picture(images.looping_gif(), "image/gif"),
        ".gif",
    ),
    hosted("motion-photo", None, "A JPEG with a phone's video behind it.", picture(images.motion_photo())),
    hosted("tiff", None, "An uncompressed TIFF.", picture(tiff(), "image/tiff"), ".tif"),
    hosted(
        "tiff-directory-last",
        None,
        "A TIFF whose directory stands at its end.",
        picture(tiff(directory_last=True), "image/tiff"),
        ".tif",
    ),
    hosted("big-tiff", None, "A TIFF with 64-bit offsets.", picture(tiff(big=True), "image/tiff"), ".tiff"),
    hosted("upper-case", None, "A suffix in capitals.", picture(images.jpeg()), ".JPG"),
    hosted("no-suffix", None, "A name without suffix: one is preferred, not required.", picture(images.jpeg()), ""),
    hosted("no-type", None, "A host that declares no content type.", without_type(images.jpeg())),
    hosted(
        "octet-stream", None, "A host that declares unspecific bytes.", picture(images.jpeg(), "binary/octet-stream")
    ),
    hosted("image-jpg", None, "A host that declares image/jpg, as many do.", picture(images.jpeg(), "image/jpg")),
    hosted("ignores-range", None, "A host that ignores Range and sends everything.", whole(images.jpeg())),
    hosted("ignores-range-late", None, "The same, with 120 KB before the size.", whole(images.late_jpeg())),
    hosted("chunked", None, "A host that doesn't tell the length beforehand.", chunked(images.jpeg())),
    hosted(
        "refuses-range",
        None,
        "A host that refuses any Range with 416.",
        only_if(lambda request: "Range" not in request.headers, whole(images.jpeg()), plain(416)),
    ),
    hosted("failing-once", None, "503 at first, then the picture.", at_first(plain(503), picture(images.jpeg()))),
    hosted(
        "limited-once",
        None,
        "429 with Retry-After at first, then the picture.",
        at_first(plain(429, Retry_After="0"), picture(images.jpeg())),
    ),
)
