"""Every default and limit of the program, once. Each limit names the fault it exists for."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from auditor.errors import SettingsError

# The package takes its version from here: to ask the package for it takes a tenth of the time until a run begins.
VERSION = "0.1.0"
POLICY = "amazon-us-2022"  # the rules, where none are named
USER_AGENT = f"auditor/{VERSION} (product image audit; one small request per image)"
SLOTS = (  # state files number them: a new one goes to the end
    "MAIN",
    *(f"PT{number:02d}" for number in range(1, 9)),
    "SWCH",
    "OFFER",
    *(f"OFFER{number}" for number in range(1, 6)),
    *("PT09", "PT10"),  # Amazon has eight further images, Google ten
    "VARIANT",  # what Shopify shows of one variant
)
KIB = 1024
MIB = 1024 * KIB
SAMPLE_ROWS = 50_000  # the most a sample can have by number: so many rows wait in memory, as many as in a window
SLOWEST = 0.001  # requests a second: one in a quarter of an hour
FAIL_ON = ("fail", "new", "never")  # what makes the exit code 1
Client: TypeAlias = Literal["lean", "aiohttp"]
CLIENTS: tuple[Client, ...] = ("lean", "aiohttp")
Names: TypeAlias = Literal["system", "aiodns"]
RESOLVERS: tuple[Names, ...] = ("system", "aiodns")
# Two workers are ready a tenth of a second after one would have begun. By then that one has done one or two thousand
# rows, and two are faster by a part of it only: below some four thousand rows, there is nothing to gain.
SOLO_ROWS = 4000
SOLO_BYTES = 256 * KIB  # which is about what so many rows take, where nothing else is known of a feed
Target: TypeAlias = Literal["JPEG", "TIFF"]  # what pictures are converted to
Subsampling: TypeAlias = Literal["4:4:4", "4:2:2", "4:2:0"]
CONVERSION_BASE = 256 * MIB  # bytes of addresses of a process that converts, before it has a picture
CONVERSION_PIXEL = 20  # bytes of them for each pixel: most pictures take 5 to 14, WebP 17, HEIC up to 20
SECRET = {"secret": True}  # metadata of a field whose value goes to its addressee, and into no report
UNTOLD = {"untold": True}  # metadata of a field that changes nothing in any report, and stands in none
Resume: TypeAlias = Literal["auto", "insist", "fresh"]  # go on where a run was cut short if possible; or else fail; no


def _check(settings: Any, **least: float) -> None:
    """See that what would leave a run without hands, room or time isn't asked for. Raises `SettingsError`."""
    for name, bound in least.items():
        value = getattr(settings, name)
        if not value >= bound:
            raise SettingsError(
                "The setting {name} is {value}; it must be at least {bound}.", name=name, value=value, bound=bound
            )


@dataclass(frozen=True, slots=True)
class Sample:
    """A random but repeatable part of the product rows: so many `rows`, or a `share` of them, above 0 and up to 1."""

    rows: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """How feeds are read."""

    feed_format: str | None = None  # read as this, whatever it looks like
    asin_column: str | None = None
    sku_column: str | None = None
    url_columns: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()  # empty: every slot
    sheet: str | None = None  # of a workbook with several that have products
    keep: tuple[str, ...] = ()  # columns carried along into failing.csv
    asin_maps: tuple[str, ...] = ()  # files that say which ASIN an SKU has
    limit: int | None = None  # product rows
    sample: Sample | None = None  # of these
    block: int = 256 * KIB  # bytes per read: each read is a hop to a thread
    record_limit: int = MIB  # characters of one record: a quote that is never closed would swallow the rest of the feed
    column_limit: int = 16_384  # cells of one row, Excel's own limit: a row of delimiters only would take all memory

    def __post_init__(self) -> None:
        _check(self, block=1, record_limit=1, column_limit=1)


@dataclass(frozen=True, slots=True)
class Header:
    """A request header of the user's own. Its value may open a door."""

    name: str
    value: str = field(repr=False, metadata=SECRET)


@dataclass(frozen=True, slots=True)
class HostSettings:
    """What counts for one host alone. `host` is lower case, without brackets; `port` None is any port of it."""

    host: str
    port: int | None = None
    headers: tuple[Header, ...] = ()
    per_host: int | None = None  # of the three that follow, None is what counts for every host
    rate: float | None = None
    adapt: bool | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. `url` is without user and password; `source` says where it was named."""

    url: str
    source: str = "--proxy"
    authorization: str = field(default="", repr=False, metadata=SECRET)  # as Proxy-Authorization has it


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """Through which proxy http and https links are asked. `exempt` names hosts that are not, as NO_PROXY does."""

    http: Proxy | None = None
    https: Proxy | None = None
    exempt: str = ""
    from_environment: bool = False  # then addresses of this machine and its networks are exempt too


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """How one attempt to look at an image is made, and what it may cost."""

    timeout: float = 20.0  # seconds per attempt, all hops: a server that trickles one byte a second
    connect_timeout: float = 10.0  # seconds: an address that drops packets
    stall_timeout: float = 10.0  # seconds without a byte: a server that falls silent in the middle
    first_range: int = 4 * KIB  # bytes
    hops: int = 12  # ranged requests per image: headers made to lead a reader on for ever
    image_bytes: int = 2 * MIB  # bytes read per image: the same, in one large answer
    check_tail: bool = False  # also look at the end of an image that passes: an upload that broke off in its pixels
    drain: int = 16 * KIB  # bytes of an uninteresting body read to keep its connection; a longer one is dropped
    headers: int = 200  # response headers: a server that never stops sending them
    header_bytes: int = 64 * KIB  # of them together, interim (1xx) ones too: one huge header, or many an answer before
    dns_timeout: float = 6.0  # seconds: a name server that drops questions; then it may be asked once more
    dns_ttl: float = 60.0  # seconds an address is remembered
    client: Client = "lean"  # what asks hosts straight; through proxies it is always aiohttp
    resolver: Names = "system"  # what looks names up
    user_agent: str = USER_AGENT
    allow_private: bool = False  # addresses of this machine and its networks: a feed that points inside
    extra_headers: tuple[Header, ...] = ()  # of the user's own, to every host
    hosts: tuple[HostSettings, ...] = ()
    proxy: ProxySettings = field(default_factory=ProxySettings)
    ca_file: Path | None = None  # PEM: authorities trusted beside the system's
    insecure: bool = False  # certificates aren't checked

    def __post_init__(self) -> None:
        _check(self, timeout=0.001, connect_timeout=0.001, stall_timeout=0.001, first_range=16, hops=1, image_bytes=16)


@dataclass(frozen=True, slots=True)
class FrontierSettings:
    """How many requests at once, and when to ask again."""

    concurrency: int = 256
    per_host: int = 32  # as far as a host bears it
    adapt: bool = True  # find out what a host bears, beginning with few requests at once
    at_first: int = 8  # these few
    rate: float | None = None  # requests a second to one host; a fraction is one now and then
    hosts: tuple[HostSettings, ...] = ()  # such as have a pace of their own
    suspend_after: int = 20  # failures in a row to get any answer: a dead host costs seconds per image; 0 is never
    outage_wait: float = 600.0  # seconds: a network that is gone for the night
    window: int = 50_000  # unfinished rows: what reads ahead of a slow row, and so what waits in memory
    recent: int = 20_000  # answered URLs remembered: the same picture in many rows
    retries: int = 2
    backoff: float = 0.5  # seconds, doubled per attempt, with full jitter: many clients asking again at once
    backoff_cap: float = 8.0  # seconds
    retry_after_cap: float = 60.0  # seconds: a server that says to come back next year
    grace: float = 5.0  # seconds for what is in flight after an interrupt

    def __post_init__(self) -> None:
        _check(self, concurrency=1, per_host=1, at_first=1, window=1)
        _check(self, recent=0, retries=0, suspend_after=0, outage_wait=0)
        if self.rate is not None:
            _check(self, rate=SLOWEST)


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Which reports are written, and where."""

    out: Path = Path("failing.csv")
    jsonl: Path | None = None
    summary: Path | None = None
    include_warnings: bool = False
    only_new: bool = False  # of the findings, those that earlier nights don't know
    bom: bool = False  # for Excel, which takes a CSV without one for the local 8-bit encoding
    batch_id: str = ""
    keep: tuple[str, ...] = ()  # columns of the feed that failing.csv ends with
    quiet: bool = False
    fail_on: str = "fail"  # one of FAIL_ON
    language: str = "en"
    backlog: int = 64 * MIB  # bytes of finished lines that wait in memory behind a slow row; more goes to a file
    block: int = 256 * KIB  # bytes per write: each write is a hop to a thread

    def __post_init__(self) -> None:
        _check(self, backlog=0, block=1)


@dataclass(frozen=True, slots=True)
class DeepSettings:
    """How whole images are downloaded and decoded, and what one may cost."""

    timeout: float = 60.0  # seconds for a download: a server that trickles
    bytes: int = 32 * MIB  # of a file: a download that never ends
    pixels: int = 100_000_000  # of an image: a small file that unpacks to a hundred times what any shop needs
    memory: int = 1024 * MIB  # bytes of a process's addresses: the same, behind a header that lies
    seconds: int = 20  # of a processor's time per image: a file made to keep a decoder busy
    processes: int = min(4, os.cpu_count() or 1)

    def __post_init__(self) -> None:
        _check(self, timeout=0.001, bytes=16, pixels=1, memory=64 * MIB, seconds=1, processes=1)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a converted picture is to be. The same file under the same recipe gives the same picture and name."""

    format: Target = "JPEG"
    quality: int = 95  # of a JPEG, from 1 to 100
    subsampling: Subsampling = "4:4:4"  # of a JPEG's colours
    longest: int = 10_000  # pixels of the longer side: more is refused
    length: int = 10_000_000  # bytes: a larger file is said to be refused
    least_quality: int = 75  # of a JPEG that would be longer: what is worse is scaled down rather than blurred
    cmyk_profile: Path | None = None  # of CMYK that has none of its own; None is the one that comes with auditor

    def __post_init__(self) -> None:
        _check(self, quality=1, longest=1, length=1, least_quality=1)


@dataclass(frozen=True, slots=True)
class ConversionSettings:
    """What pictures are converted to, and what one may cost."""

    recipe: Recipe = field(default_factory=Recipe)
    # Of an image: a small file that unpacks to a hundred times what any shop needs. A photograph that is to be reduced,
    # because it is longer than 10,000, has more than seventy million.
    pixels: int = 150_000_000
    # Of a file: a download that never ends. Print shops hand out TIFFs of a hundred megabytes.
    bytes: int = 128 * MIB
    timeout: float = 300.0  # seconds for a download: a server that trickles
    seconds: int = 60  # of a processor's time per image: a file made to keep a decoder busy
    processes: int = min(4, os.cpu_count() or 1)

    def __post_init__(self) -> None:
        _check(self, pixels=1, bytes=16, timeout=0.001, seconds=1, processes=1)

    @property
    def memory(self) -> int:
        """Bytes of addresses that a process may have: what the largest image takes, as it is and as it will be."""
        return CONVERSION_BASE + CONVERSION_PIXEL * self.pixels


@dataclass(frozen=True, slots=True)
class RepairSettings:
    """What is repaired, and where it goes."""

    feed: str
    audit: Path  # of the feed, as --jsonl writes it
    images: Path  # a folder for new files
    base_url: str  # under which the user will publish them
    out: Path  # the corrected feed
    policy: str = POLICY  # by which --verify goes of itself
    config: Path | None = None  # that --verify needs, too
    report: Path | None = None
    summary: Path | None = None
    only_changed: bool = False
    as_text: bool = False
    diff: bool = False
    quiet: bool = False
    language: str = "en"
    listed: int = 20  # images that are left, named on the screen
    at_once: int = 32  # requests: each may hold a whole file on the disk until it is converted
    conversion: ConversionSettings = field(default_factory=ConversionSettings)


@dataclass(frozen=True, slots=True)
class FurtherSettings:
    """What is looked at beyond the first bytes of each image. Of itself, nothing is."""

    deep: bool = False  # downloads and decodes
    deep_sample: float = 1.0  # of the images, the share that is; the same ones in every run
    decoding: DeepSettings = field(default_factory=DeepSettings)
    second_look: bool = False  # asks once more, taking WebP and AVIF
    placeholders: Path | None = None  # contents that are no picture of a product

    def __post_init__(self) -> None:
        if not 0 < self.deep_sample <= 1:
            raise SettingsError(
                "The setting {name} is {value}; it must be above 0 and at most 1.",
                name="deep_sample",
                value=self.deep_sample,
            )


@dataclass(frozen=True, slots=True)
class UnattendedSettings:
    """How a run keeps what it has done, goes on where it was cut short, and ends by itself."""

    resume: Resume = "auto"
    resume_within: float = 12 * 3600.0  # seconds: a checkpoint of last week, of hosts that are others by now
    checkpoint_seconds: float = 5.0  # what a power cut costs at most
    checkpoint_rows: int = 10_000  # likewise
    max_runtime: float | None = None  # seconds: a night that ends
    max_failures: int | None = None  # product rows: a host that is gone, found out after an hour rather than ten
    log_json: Path | None = None  # what happens, an event a line
    metrics: Path | None = None  # figures for Prometheus
    notify: str = field(default="", repr=False)  # where a word goes at the end, or where that is kept

    def __post_init__(self) -> None:
        _check(self, checkpoint_seconds=0, checkpoint_rows=1)


CASE_LEAST = 2500  # characters of one text for a support case: what is said around a single product takes up to these


@dataclass(frozen=True, slots=True)
class AftermathSettings:
    """What counts after an upload.

    `wait` is Amazon's own (help page 17811). `case_length` is our inference, not Amazon's: nothing is published of how
    long a text its form takes.
    """

    wait: float = 24 * 3600.0  # seconds that images may take to appear, as Amazon's help page has it
    # Characters of one text for a support case. A text that is pasted into the form and too long loses its end, where
    # the ASINs stand: so it is short, and there are several.
    case_length: int = 4000
    missing: int = 1_000_000  # products on a list of those without a picture: they wait in memory

    def __post_init__(self) -> None:
        _check(self, wait=0, case_length=CASE_LEAST, missing=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What one run is to do. `clock` gives 'now' in seconds since the epoch; tests inject it."""

    feeds: tuple[str, ...] = ()
    policy: str = POLICY
    feed: FeedSettings = field(default_factory=FeedSettings)
    probe: ProbeSettings = field(default_factory=ProbeSettings)
    frontier: FrontierSettings = field(default_factory=FrontierSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    further: FurtherSettings = field(default_factory=FurtherSettings)
    aftermath: AftermathSettings = field(default_factory=AftermathSettings, metadata=UNTOLD)
    workers: int | None = field(default=None, metadata=UNTOLD)  # processes that ask; None: as many as are worth it
    unattended: UnattendedSettings = field(default_factory=UnattendedSettings, metadata=UNTOLD)
    state: Path | None = None  # the file that remembers earlier runs
    feed_name: str | None = None  # under which it does; None: the file's own
    max_age: float | None = None  # seconds: what is without fault and as old as that is asked for again
    clock: Callable[[], float] = time.time
