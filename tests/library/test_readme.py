"""The README's example of the library, exactly as it stands there."""

import asyncio
import re
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
FEED = (
    "sku\tmain_image_url\n"
    "S1\tftp://h.example/a.jpg\n"
    "S2\thttp://127.0.0.1/a.jpg\n"
    "S3\ts3://bucket/a.jpg\n"  # only a warning
)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example in a folder of its own, with a feed whose faults need no network."""
    section = README.read_text(encoding="utf-8").split("## As a library\n")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code
    (tmp_path / "example.py").write_text(code[1], encoding="utf-8")
    (tmp_path / "feed.txt").write_text(FEED)
    return tmp_path


def test_the_example_runs(example: Path) -> None:
    """It prints row, code and solution of each failing image, and nothing on stderr."""

    async def main() -> tuple[bytes, bytes]:
        ran = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "example.py", stdout=PIPE, stderr=PIPE, cwd=example
        )
        return await ran.communicate()

    out, err = asyncio.run(main())
    assert err == b""
    lines = out.decode().splitlines()
    assert [line.split()[:2] for line in lines] == [["2", "url-scheme"], ["3", "url-private-address"]]
    assert all(line.endswith(".") for line in lines)


def test_the_example_passes_a_type_checker(example: Path) -> None:
    """Its user is told of a slip by their editor: the package is typed, its lazy names included."""
    wrong = (example / "example.py").read_text().replace("per_host=8", 'per_host="8"').replace("codes,", "code,")
    (example / "wrong.py").write_text(wrong)
    checker = [sys.executable, "-m", "mypy", "--strict", "--python-executable", sys.executable, "--cache-dir", "cache"]
    files = ("example.py", "wrong.py")
    ran = subprocess.run([*checker, *files], cwd=example, check=False, capture_output=True, text=True)  # noqa: S603  # mypy
    assert "example.py" not in ran.stdout
    assert 'has no attribute "code"' in ran.stdout
    assert 'incompatible type "str"' in ran.stdout
