"""The small verifier as one file: `build/tegata-verify.pyz`.

python tools/make_verifier.py [FILE]

It holds the modules that `tegata.verifier` reaches by imports, as they stand in `src`, but for one: the plain reading
of JSON takes the place of that by a library. A package's own file comes along only where a name is taken from it. The
same sources make the same bytes, so whoever has them can make the file again and compare.
"""

from __future__ import annotations

import ast
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src"
OUT: Final = ROOT / "build" / "tegata-verify.pyz"
ENTRY: Final = "tegata.verifier.__main__"
SWAPPED: Final = {"tegata.model.coding": "tegata.verifier.plain_coding"}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_START: Final = b"#!/usr/bin/env python3\n"
_MAIN: Final = b"import tegata.verifier.__main__\n"


def modules() -> dict[str, Path]:
    """The file of each module that is needed, by name."""
    found: dict[str, Path] = {}
    waiting = [ENTRY]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = file_of(SWAPPED.get(name, name))
            waiting += imported(found[name])
    return found


def imported(file: Path) -> Iterator[str]:
    """Modules of ours that this file imports when it is loaded."""
    for node in ast.parse(file.read_bytes()).body:  # what stands deeper is for types only, or loaded on demand
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tegata":
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if exists(name) else node.module


def exists(name: str) -> bool:
    path = SOURCE.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def file_of(name: str) -> Path:
    path = SOURCE.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def contents() -> dict[str, bytes]:
    """Bytes by the name in the archive; packages that nothing is taken from are empty."""
    files: dict[str, bytes] = {"LICENSE": (ROOT / "LICENSE").read_bytes(), "__main__.py": _MAIN}
    for name, file in modules().items():
        place = name.replace(".", "/") + ("/__init__.py" if file.name == "__init__.py" else ".py")
        files[place] = file.read_bytes()
        for folder in Path(place).parents[:-1]:
            files.setdefault(f"{folder.as_posix()}/__init__.py", b"")
    return files


def archive() -> bytes:
    """The program: a line for the shell, then a ZIP."""
    out = io.BytesIO()
    out.write(_START)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(contents().items()):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            packed.writestr(member, data)
    return out.getvalue()


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(archive())
    out.chmod(0o755)
    lines = sum(data.count(b"\n") for name, data in contents().items() if name.endswith(".py"))
    print(f"{out}: {out.stat().st_size:,} bytes, {len(modules())} modules, {lines:,} lines")  # noqa: T201


if __name__ == "__main__":
    main()
