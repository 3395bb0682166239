"""What a check loads: only what it needs."""

import subprocess
import sys
from pathlib import Path


def test_aiohttp_is_loaded_only_where_something_is_asked_through_it(tmp_path: Path) -> None:
    """It takes longer to load than a small feed to check."""
    feed = tmp_path / "feed.tsv"
    feed.write_text("sku\tasin\tmain_image_url\nS1\tB000000001\thttp://127.0.0.1:9/a.jpg\n", encoding="utf-8")
    options = ["--allow-private", "--retries", "0", "--quiet", "--out", str(tmp_path / "failing.csv")]
    command = [sys.executable, "-X", "importtime", "-m", "auditor", "check", str(feed), *options]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)  # noqa: S603  # our own
    assert run.returncode == 1, run.stderr  # nobody listens on that port
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines()}
    assert "auditor" in loaded
    assert not {"aiohttp", "multidict", "yarl"} & loaded
