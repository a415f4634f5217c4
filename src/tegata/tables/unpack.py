"""An archive of parts as a folder, and such a folder as the archive that it came from.

An archive comes from somebody else: it must be exactly what its manifest says, in the form in which `pack` writes it,
and no name in it may lead out of the folder.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import struct
import zipfile
from pathlib import Path
from typing import IO, Final

import msgspec

from tegata.durable import sync
from tegata.model.base import Text, t
from tegata.model.errors import InputError
from tegata.model.plan import MANIFEST_VERSION, Manifest
from tegata.tables.archive import check_directory
from tegata.tables.file_names import are_harmless
from tegata.tables.pack import MANIFEST, digest_packed
from tegata.tables.source import BLOCK, unreadable

_DAMAGE: Final = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
_LONGEST_MANIFEST: Final = 64 << 20  # bytes


def is_packed(path: Path) -> bool:
    """Whether a file looks like an archive that `pack` wrote: it ends with a manifest."""
    try:
        with zipfile.ZipFile(path) as archive:
            return bool(archive.infolist()) and archive.infolist()[-1].filename == MANIFEST
    except (OSError, *_DAMAGE):
        return False


def unpack(path: Path, folder: Path) -> Manifest:
    """Write all parts into a new folder. It appears whole or not at all.

    Raises:
        InputError: the archive is not what its manifest says.
        OSError: the folder is there, or the disk is full.
    """
    staged = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(staged, ignore_errors=True)
    check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            for packed in manifest.files:
                with archive.open(packed.file) as file:
                    if _copy(file, staged / packed.file) != packed.digest:
                        raise _not_as_said(path, t(f"`{packed.file}` is another", f"`{packed.file}` が異なります"))
            with archive.open(MANIFEST) as file:
                _copy(file, staged / MANIFEST)
        staged.rename(folder)
        sync(folder.parent)
    except _DAMAGE as error:
        raise _not_as_said(path, str(error)) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place before the beginning
            raise _not_as_said(path, t("its list is wrong", "一覧が正しくありません")) from error
        raise
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return manifest


def digest_folder(folder: Path) -> tuple[str, int]:
    """Digest (`sha256:...`) and size of the archive that a folder was unpacked from.

    Raises:
        InputError: it has no manifest, or holds other files than are in it.
    """
    manifest = read_manifest(_small(folder / MANIFEST), folder)
    names = [packed.file for packed in manifest.files]
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()} - {MANIFEST}
    for strange in sorted(there.symmetric_difference(names)):
        raise _not_as_said(
            folder,
            t(
                f"`{strange}` is " + ("no part of it" if strange in there else "missing"),
                f"`{strange}` は" + ("一覧にありません" if strange in there else "ありません"),
            ),
        )
    return digest_packed((name, folder / name) for name in (*names, MANIFEST))


def read_manifest(data: bytes, place: Path) -> Manifest:
    """Raises InputError: these bytes are none, or a name in it could do harm."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _not_as_said(place, str(error)) from error
    if manifest.version != MANIFEST_VERSION:
        raise _not_as_said(place, t("its manifest is of another version", "目録の版が異なります"))
    if not are_harmless([*(packed.file for packed in manifest.files), MANIFEST]):
        raise _not_as_said(place, t("a name in it leads elsewhere, or stands twice", "危険な名前や重複があります"))
    return manifest


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    """What it says, once the list of the archive says the same. The sizes in that list are what can come out."""
    entries = archive.infolist()
    sizes = sum(entry.file_size for entry in entries)
    plain = all(entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1 for entry in entries)
    last = entries[-1] if entries else None
    if last is None or last.filename != MANIFEST or last.file_size > _LONGEST_MANIFEST:
        raise _not_as_said(path, t("it has no manifest", "目録がありません"))
    if not plain or sizes > path.stat().st_size:
        raise _not_as_said(path, t("it is compressed", "圧縮されています"))
    manifest = read_manifest(archive.read(last), path)
    said = [(packed.file, packed.size) for packed in manifest.files]
    if said != [(entry.filename, entry.file_size) for entry in entries[:-1]]:
        raise _not_as_said(path, t("it holds other files than its manifest says", "目録と内容が一致しません"))
    return manifest


def _copy(file: IO[bytes], out: Path) -> str:
    hashed = hashlib.sha256()
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("xb") as copy:
        while block := file.read(BLOCK):
            hashed.update(block)
            copy.write(block)
    sync(out)
    return f"sha256:{hashed.hexdigest()}"


def _small(path: Path) -> bytes:
    try:
        if path.stat().st_size <= _LONGEST_MANIFEST:
            return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    raise _not_as_said(path.parent, t("its manifest is too long", "目録が長すぎます"))


def _not_as_said(place: Path, why: str | Text) -> InputError:
    return InputError(
        t(f"`{place}` is not a data set of parts as it was sent", f"`{place}` は送られたデータ集合ではありません"),
        why=why,
        hint=t("get it again", "もう一度取得してください"),
    )
