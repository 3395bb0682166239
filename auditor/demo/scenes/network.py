"""Where no whole HTTP answer comes: no host, no connection, silence, a cut, another language."""

from auditor.demo import images
from auditor.demo.plant import FEW, Plant, hosted, linked
from auditor.demo.rude import silence, trickle, wire

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 50000\r\n\r\n"
_BEGUN = _HEAD + b"\xff\xd8\xff\xe1\xea\x62http://ns.adobe.com/xap/1.0/\0".ljust(300)
_TWO_LENGTHS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50000\r\n\r\nhello"

PLANTS: tuple[Plant, ...] = (
    hosted("trickle", "timeout", "A host that sends four bytes a second.", trickle(_HEAD, images.late_jpeg()))._replace(
        copies=1
    ),
    hosted("silence", "timeout", "A host that takes the request and never answers.", silence())._replace(copies=FEW),
    hosted("stall", "timeout", "A host that falls silent in the middle.", silence(_BEGUN))._replace(copies=FEW),
    linked(
        "no-such-host", "dns-failure", "A host that doesn't exist.", "http://no-such-host.invalid/{number:06d}.jpg"
    )._replace(copies=FEW),
    # Port 1 is tcpmux, which nobody runs: refused everywhere, and the same in every feed.
    linked("refused", "connect-failure", "A port where nobody listens.", "http://127.0.0.1:1/{number:06d}.jpg"),
    linked(
        "no-tls", "tls-failure", "https where only http is spoken.", "https://127.0.0.1:{port}/good/{number:06d}.jpg"
    ),
    hosted("reset", "connection-lost", "A connection that is reset before an answer.", wire(b"", reset=True)),
    hosted("hang-up", "connection-lost", "A connection that is closed before an answer.", wire(b"")),
    hosted("cut-headers", "connection-lost", "Headers that stop half-way.", wire(_HEAD[:40])),
    hosted("cut-body", "connection-lost", "A body that is shorter than promised.", wire(_BEGUN)),
    hosted("reset-body", "connection-lost", "A connection that is reset in the body.", wire(_BEGUN, reset=True)),
    hosted("garbage", "protocol-error", "Another service at that port.", wire(b"SSH-2.0-OpenSSH_9.6\r\n")),
    hosted("two-lengths", "protocol-error", "Two lengths that contradict each other.", wire(_TWO_LENGTHS)),
)
