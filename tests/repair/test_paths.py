"""Where a repair reads and writes: nothing that isn't meant for everybody lies in the folder that is published."""

from pathlib import Path

import pytest

from auditor.errors import SettingsError
from auditor.repair.paths import check_paths
from auditor.settings import RepairSettings


def wanted(folder: Path, **others: Path) -> RepairSettings:
    """A repair in a folder, with some paths of its own."""
    return RepairSettings(
        feed=str(others.get("feed", folder / "feed.tsv")),
        audit=others.get("audit", folder / "all.jsonl"),
        images=folder / "out",
        base_url="",
        out=folder / "corrected.tsv",
    )


@pytest.mark.parametrize("name", ["feed", "audit"])
def test_what_is_read_is_not_published(tmp_path: Path, name: str) -> None:
    """A feed with all its prices, or an audit, among the pictures would be uploaded with them."""
    out = tmp_path / "out"
    (out / "kept").mkdir(parents=True)
    (tmp_path / "link").symlink_to(out)
    for place in (out / "it.tsv", out / "kept" / "it.tsv", tmp_path / "link" / "it.tsv"):
        place.touch()
        repair = wanted(tmp_path, **{name: place})
        with pytest.raises(SettingsError, match=r"it\.tsv lies in .*, which you publish"):
            check_paths(repair, planned=False)
        check_paths(repair, planned=True)
    check_paths(wanted(tmp_path, **{name: tmp_path / "out.tsv"}), planned=False)
