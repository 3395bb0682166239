"""URL → Probe: the only place that opens a socket.

    look.py       one attempt: the first range, then whatever the sniffer needs
    answer.py     HTTP headers → facts
    client.py     the seam between what is asked and how: a client sends one ranged GET and gives the answer
    aiohttp_client.py  the full client: aiohttp's, which knows proxies
    wire.py       its connections, bounded in what a hostile server can make of them
    payload.py    its bodies as they come
    decode.py     compressed bodies, undone within bounds
    causes.py     foreign exceptions → our closed list of causes, in one table
    resolver.py   names → addresses that may be reached
    descriptors.py  as many open files as this machine allows
    tls.py        whom we trust, and what kept a secure connection from coming about
    routes.py     the way to each URL: straight or through a proxy, with its host's own headers
    proxied.py    whose fault it is behind a proxy
    session.py    the aiohttp sessions, with every limit set

`await probe(url)` makes one attempt and doesn't wait, retry, follow or judge.
"""

from auditor.probe.client import Traffic
from auditor.probe.descriptors import make_room
from auditor.probe.look import Look
from auditor.probe.session import open_probe

__all__ = ["Look", "Traffic", "make_room", "open_probe"]
