"""URL → Probe: the only place that opens a socket.

    look.py         one attempt: the first range, then whatever the sniffer needs
    answer.py       HTTP headers → facts
    client.py       the seam between what is asked and how: a client sends one ranged GET and gives the answer
    clients.py      which client asks: chosen, opened, closed
    decode.py       compressed bodies, undone within bounds
    faults.py       exceptions of our own
    causes.py       foreign exceptions → our closed list of causes, in one table
    descriptors.py  as many open files as this machine allows
    resolver.py     names → addresses that may be reached
    surplus.py      what comes unasked, and which hosts send such: when a connection is kept, for both clients
    sockets.py      sockets of connections to come: each address tried in time
    tls.py          whom we trust, and what kept a secure connection from coming about
    headers.py      what every request carries
    looks.py        the looks of a run: the plain one, and further ones in other manners
    whole.py        one attempt at a whole image: downloaded, decoded elsewhere
    spool.py        the file that holds it meanwhile

The lean client asks hosts straight:

    lean_client.py  one request after the other, over kept connections or new ones
    connection.py   one of them: when it is asked, waited for and closed
    incoming.py     what comes on it, bounded in what a hostile server can make of it
    reply_headers.py where in an answer those headers stand that anyone looks at
    outbox.py       the questions of one turn of the loop, sent together
    pool.py         those that wait for their next question
    opening.py      how they come about: an address that answers, then TLS
    address_book.py the addresses of hosts, remembered

aiohttp does, where a proxy stands between or `--client aiohttp` says so:

    full_look.py    the look that asks through it, opened and closed; nothing else loads aiohttp
    aiohttp_client.py  behind the same seam
    session.py      its sessions, with every limit set
    connector.py    its kept connections: which are asked again, and which make room
    wire.py         each of them, bounded likewise
    payload.py      its bodies as they come
    routes.py       the way to each URL: straight or through a proxy, with its host's own headers
    proxied.py      whose fault it is behind a proxy

`await probe(url)` makes one attempt and doesn't wait, retry, follow or judge.
"""

from auditor.probe.client import Traffic
from auditor.probe.clients import open_probe
from auditor.probe.descriptors import make_room
from auditor.probe.look import Look
from auditor.probe.looks import Looks, open_looks
from auditor.probe.spool import clear_spools, spool_folder

__all__ = ["Look", "Looks", "Traffic", "clear_spools", "make_room", "open_looks", "open_probe", "spool_folder"]
