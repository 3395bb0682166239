"""What the status line says: gone, moved, walled off, overloaded."""

from auditor.demo import images
from auditor.demo.answers import only_if, picture, plain, redirect
from auditor.demo.plant import Plant, hosted

_WALL = plain(403, b"<title>403 Forbidden</title>")

PLANTS: tuple[Plant, ...] = (
    hosted("missing", "not-found", "The picture was deleted (404).", plain(404, b"<title>404 Not Found</title>")),
    hosted("gone", "not-found", "The picture was deleted for good (410).", plain(410)),
    hosted("bad-request", "http-error", "The host doesn't understand the address (400).", plain(400)),
    hosted("get-refused", "http-error", "The host refuses GET (405).", plain(405, Allow="POST")),
    hosted("accepted", "unexpected-status", "The picture is still being made (202).", plain(202)),
    hosted("multiple-choices", "unexpected-status", "The host offers a choice (300).", plain(300)),
    hosted("moved", "redirect", "301 to another address.", redirect(301, "http://{host}/good{path}")),
    hosted("found", "redirect", "302 to a relative address.", redirect(302, "../good/000001.jpg")),
    hosted("see-other", "redirect", "303 to a login page.", redirect(303, "/login/000001.jpg")),
    hosted("moved-for-now", "redirect", "307 to another address.", redirect(307, "http://{host}/good{path}")),
    hosted("moved-for-good", "redirect", "308 to the https address.", redirect(308, "https://{host}{path}")),
    hosted("moved-nowhere", "redirect", "302 that doesn't say where to.", redirect(302, None)),
    hosted("moved-in-circles", "redirect", "301 to the very same address.", redirect(301, "{path}")),
    hosted("login-wanted", "access-denied", "The host asks for a password (401).", plain(401)),
    hosted("forbidden", "access-denied", "A private bucket (403).", _WALL),
    hosted("unavailable-here", "access-denied", "Blocked for legal reasons (451).", plain(451)),
    hosted(
        "referer-wall",
        "access-denied",
        "Hotlink protection: only the shop's own pages may show the picture.",
        only_if(lambda request: "Referer" in request.headers, picture(images.jpeg()), _WALL),
    ),
    hosted(
        "bot-wall",
        "access-denied",
        "A wall that lets only browsers through.",
        only_if(lambda request: "Mozilla" in request.headers.get("User-Agent", ""), picture(images.jpeg()), _WALL),
    ),
    hosted("limited", "rate-limited", "429, however often one asks.", plain(429)),
    hosted("failing", "server-error", "500, however often one asks.", plain(500)),
    hosted("overloaded", "server-error", "503, however often one asks.", plain(503)),
    hosted("bad-gateway", "server-error", "The host behind the host doesn't answer (502).", plain(502)),
    hosted("no-content", "empty-body", "204: success, and nothing in it.", plain(204)),
    hosted("zero-bytes", "empty-body", "A file of zero bytes.", plain(200, content_type="image/jpeg")),
    hosted(
        "zero-range",
        "empty-body",
        "A file of zero bytes, told by 416.",
        plain(416, content_type="image/jpeg", Content_Range="bytes */0"),
    ),
)
