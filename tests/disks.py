"""Disks in memory: one that remembers what it was told to do, so that a crash can be played, and one that refuses."""

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from auditor.reports.lock import Lock


class Step(NamedTuple):
    """One thing that a disk was told to do: `write` and `sync` of a file (its number), the others of names."""

    what: str
    path: Path
    file: int = 0
    data: bytes = b""
    length: int = 0  # of the file before
    target: Path = Path()


class Medium(NamedTuple):
    """What is on a disk: the files by number, and which of them each name leads to."""

    files: dict[int, bytes]
    names: dict[Path, int]

    def copy(self) -> "Medium":
        """Another one with the same on it."""
        return Medium(dict(self.files), dict(self.names))

    def apply(self, step: Step) -> None:
        """Do one step."""
        match step.what:
            case "create":
                self.names[step.path] = step.file
                self.files[step.file] = b""
            case "truncate" | "write":
                self.files[step.file] = self.files[step.file][: step.length] + step.data
            case "replace":
                self.names[step.target] = self.names.pop(step.path)
            case "remove":
                self.names.pop(step.path, None)

    def content(self) -> dict[str, bytes]:
        """The files by their names."""
        return {path.name: self.files[number] for path, number in self.names.items()}


class MemoryDisk:
    """A disk that does as it is told, and remembers each step. `refuse` may raise before one, by its kind and path."""

    def __init__(self, medium: Medium | None = None, refuse: Callable[[str, Path], object] = lambda *_: None) -> None:
        self.medium = medium.copy() if medium else Medium({}, {})
        self.before = self.medium.copy()
        self.steps: list[Step] = []
        self._refuse = refuse

    def do(self, step: Step) -> None:
        """Do a step and remember it."""
        self._refuse(step.what, step.path)
        self.steps.append(step)
        self.medium.apply(step)

    async def open(self, path: Path, keep: int = 0) -> "MemoryFile":
        """Open a file to be written behind its first `keep` bytes."""
        if keep:
            number = self.medium.names[path]
            self.do(Step("truncate", path, number, b"", keep))
        else:
            number = self.medium.names.get(path) or max(self.medium.files, default=0) + 1
            if path in self.medium.names:
                self.do(Step("truncate", path, number))
            else:
                self.do(Step("create", path, number))
        return MemoryFile(self, path, number)

    async def read(self, path: Path) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes."""
        self._refuse("read", path)
        if path not in self.medium.names:
            raise FileNotFoundError(2, os.strerror(2))
        content = self.medium.files[self.medium.names[path]]
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    async def replace(self, source: Path, target: Path) -> None:
        """Give a file another name."""
        if source not in self.medium.names:
            raise FileNotFoundError(2, os.strerror(2))
        self.do(Step("replace", source, target=target))

    async def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        if path in self.medium.names:
            self.do(Step("remove", path))

    async def sync_folder(self, folder: Path) -> None:
        """See names onto the disk."""
        self.do(Step("sync folder", folder))

    def lock(self, path: Path, _: str) -> Lock | None:
        """Any number of runs may write here; the tests run one at a time."""
        return Lock(path.with_name(".nobody"), os.open(os.devnull, os.O_RDONLY))


class MemoryFile:
    """A file on such a disk."""

    def __init__(self, disk: MemoryDisk, path: Path, number: int) -> None:
        self._disk = disk
        self._path = path
        self._number = number

    async def write(self, data: bytes) -> None:
        """Add bytes. A disk that refuses may have taken half of them."""
        length = len(self._disk.medium.files[self._number])
        try:
            self._disk.do(Step("write", self._path, self._number, data, length))
        except OSError:
            self._disk.medium.apply(Step("write", self._path, self._number, data[: len(data) // 2], length))
            raise

    async def sync(self) -> None:
        """See all onto the disk."""
        self._disk.do(Step("sync", self._path, self._number))

    async def close(self) -> None:
        """Close it."""

    @property
    def there(self) -> bool:
        """Whether its path still leads to it."""
        return self._disk.medium.names.get(self._path) == self._number


def left_by_crash(disk: MemoryDisk, until: int) -> Iterator[Medium]:
    """What may be on the disk after power was lost behind so many steps.

    What was synced is there. What wasn't, of files and of names apart, may be there whole, to a part, or not at all:
    names in their order, as journals keep it, and a file's bytes with a hole where a later block came first.
    """
    for share_of_names in (0.0, 0.5, 1.0):
        for bytes_left in ("none", "half", "all", "hole"):
            yield _left(disk, until, share_of_names, bytes_left)


def _left(disk: MemoryDisk, until: int, share_of_names: float, bytes_left: str) -> Medium:
    steps = disk.steps[:until]
    medium = disk.before.copy()
    synced = {step.file: place for place, step in enumerate(steps) if step.what == "sync"}
    folder = max((place for place, step in enumerate(steps) if step.what == "sync folder"), default=-1)
    loose = [place for place, step in enumerate(steps) if _names(step) and place > folder]
    kept = set(loose[: round(len(loose) * share_of_names)])
    for place, step in enumerate(steps):
        if _names(step):
            if step.what == "create":
                medium.files[step.file] = b""  # it may have a name or not
            if place <= folder or place in kept:
                medium.apply(step)
        elif step.what in ("write", "truncate"):
            if place < synced.get(step.file, -1) or bytes_left == "all":
                medium.apply(step)
            elif bytes_left == "half":
                medium.apply(step._replace(data=step.data[: len(step.data) // 2]))
            elif bytes_left == "hole":
                medium.apply(step._replace(data=bytes(len(step.data))))
    return medium


def _names(step: Step) -> bool:
    return step.what in ("create", "replace", "remove")
