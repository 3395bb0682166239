"""The layering of the package: imports point one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import auditor

PACKAGE = Path(auditor.__file__).parent

# From the top down. Modules on one line never import each other.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"operation"},
    # It asks for images through the engine of a check, and looks at what it makes as at any picture file.
    {"repair"},
    {"run", "pictures", "notice", "rehearsal"},
    {"course", "outset"},
    {"nightly"},
    {"resume"},
    {"library"},
    {"engines"},
    {"audit", "aftermath"},
    {"plan"},
    {"state"},
    {"feeds", "probe", "checks", "reports", "frontier", "demo"},
    {"pixels"},
    {"settings", "policies", "texts", "sniff", "urls", "addresses", "contents", "validators"},
    {"model", "errors"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imported(path: Path) -> Iterator[str]:
    """Names of the package's own parts that a module imports, however it says so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            part = rest.split(".")[0]
            if first == "auditor" and (part in LEVEL or (PACKAGE / f"{part}.py").exists() or (PACKAGE / part).is_dir()):
                yield part


def test_imports_point_one_way() -> None:
    """Each part imports only parts below it, and nothing on its own line."""
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if place == "__init__":
            continue
        wrong += [
            f"{path.name} in {place} imports {name}"
            for name in imported(path)
            if name != place and LEVEL[name] <= LEVEL[place]
        ]
    assert not wrong


def test_every_part_has_its_layer() -> None:
    """A new part of the package must say where it stands."""
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__"} == set(LEVEL)
