"""URL → Probe: the only place that opens a socket.

    look.py       one attempt: the first range, then whatever the sniffer needs
    answer.py     HTTP headers → facts
    wire.py       one connection, bounded in what a hostile server can make of it
    pool.py       connections kept for the next question, and when not
    stream.py     a body as it comes
    decode.py     compressed bodies, undone within bounds
    causes.py     foreign exceptions → our closed list of causes, in one table
    resolver.py   names → addresses that may be reached
    descriptors.py  as many open files as this machine allows
    tls.py        whom we trust, and what kept a secure connection from coming about
    routes.py     the way to each URL: straight or through a proxy, with its host's own headers
    proxied.py    whose fault it is behind a proxy
    session.py    the aiohttp sessions, with every limit set
    whole.py      one attempt at a whole image: downloaded, decoded elsewhere
    spool.py      the file that holds it meanwhile
    looks.py      the looks of a run: the plain one, and further ones in other manners

`await probe(url)` makes one attempt and doesn't wait, retry, follow or judge.
"""

from auditor.probe.descriptors import make_room
from auditor.probe.look import Look
from auditor.probe.looks import Looks, open_looks
from auditor.probe.session import open_probe
from auditor.probe.stream import Traffic

__all__ = ["Look", "Looks", "Traffic", "make_room", "open_looks", "open_probe"]
