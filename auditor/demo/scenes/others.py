"""What comes with a 200 and isn't a picture."""

from auditor.demo.answers import plain
from auditor.demo.plant import Plant, hosted

_LOST = b"<!DOCTYPE html>\n<html><head><title>Page not found</title></head><body>Sorry!</body></html>\n"
_LOGIN = (
    b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>"
    b'<form method="post"><input name="user"><input name="password" type="password"></form></body></html>\n'
)
_REFRESH = (
    b'<html><head><meta http-equiv="refresh" content="0; url=/good/000001.jpg">'
    b"<title>One moment</title></head><body></body></html>\n"
)
_POPUP = (
    b"<html><head><title>Large view</title></head>"
    b"<body onload=\"window.open('/good/000001.jpg', 'view', 'width=800')\"></body></html>\n"
)
_SHARED = (
    b"<!DOCTYPE html>\n<html><head><title>shirt.jpg - shared file</title>"
    b'<meta property="og:image" content="/good/000001.jpg"></head><body><img src="/good/000001.jpg"></body></html>\n'
)
_CAPTCHA = (
    b"<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body>"
    b"<script>window._cf_chl_opt = {cType: 'managed'}</script></body></html>\n"
)
_CONSENT = (
    b"<!DOCTYPE html>\n<html><head><title>Before you continue</title></head><body>"
    b'<form action="/consent/save" method="post"><button>Agree</button></form></body></html>\n'
)
_SCRIPTED = b"<html><head><script>window.location.href = '/good/000001.jpg'</script></head></html>\n"
_UNTOLD = b"<!DOCTYPE html>\n<html><head><title>Our spring catalogue</title></head><body>Welcome!</body></html>\n"
_DENIED = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>\n'
_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
_ZIP = b"PK\x03\x04\x14\0\0\0\0\0" + bytes(16) + b"\x09\0\0\0" + b"shirt.jpg"
_MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isommp42\0\0\0\x08free"

PLANTS: tuple[Plant, ...] = (
    hosted("soft-404", "html-page", "A page that says 'not found' with a 200.", plain(200, _LOST)),
    hosted("login", "html-page", "A login page with a 200.", plain(200, _LOGIN)),
    hosted("captcha", "html-page", "A page that lets nobody but humans in.", plain(200, _CAPTCHA)),
    hosted("consent", "html-page", "A page that asks for consent first.", plain(200, _CONSENT)),
    hosted("scripted", "html-page", "A page whose script goes on to the picture.", plain(200, _SCRIPTED)),
    hosted("any-page", "html-page", "A page of which nothing can be said but its title.", plain(200, _UNTOLD)),
    hosted("refresh", "html-page", "A page that refreshes to the picture.", plain(200, _REFRESH)),
    hosted("popup", "html-page", "A page that opens the picture in a pop-up.", plain(200, _POPUP)),
    hosted("share-link", "html-page", "A file service's page around the picture.", plain(200, _SHARED), ""),
    hosted("json", "not-an-image", "JSON.", plain(200, b'{"error": "no such image"}\n', "application/json")),
    hosted("xml", "not-an-image", "A bucket's error as XML with a 200.", plain(200, _DENIED, "application/xml")),
    hosted("pdf", "not-an-image", "A PDF catalogue page.", plain(200, _PDF, "application/pdf"), ".pdf"),
    hosted("text", "not-an-image", "Plain text.", plain(200, b"image is not available\n", "text/plain")),
    hosted("zip", "not-an-image", "An archive of pictures.", plain(200, _ZIP, "application/zip"), ".zip"),
    hosted("video", "not-an-image", "A product video.", plain(200, _MP4, "video/mp4"), ".mp4"),
)
