from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tegata.cli import files
from tegata.model.errors import InputError, StoreError, UsageError
from tegata.tables import document


def test_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_bytes(b"relation: none\n")
    assert files.read_document(path) == b"relation: none\n"


def test_missing_empty_folder_and_large_documents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_BYTES", 10)
    (tmp_path / "empty").write_bytes(b" \n")
    (tmp_path / "large").write_bytes(b"x" * 11)
    for name in ("missing", "empty", "large", ".", "nul\0byte"):
        with pytest.raises(InputError) as refused:
            files.read_document(tmp_path / name)
        assert f"{tmp_path}" in str(refused.value)


def test_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    files.write_document(path, b"first")
    files.write_document(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_failed_write_leaves_the_old_content_and_no_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "decision.json"
    files.write_document(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        files.write_document(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_for_real() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OSError, match="No space left") as raised, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert "the disk is full" in str(files.unwritable(Path("out.json"), raised.value))


def test_folder_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*no such file"):
        files.write_document(tmp_path / "absent" / "decision.json", b"x")


def test_existing_files_need_force(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.touch()
    with pytest.raises(UsageError, match="--force"):
        files.refuse_existing(path, force=False)
    files.refuse_existing(path, force=True)
    with pytest.raises(UsageError, match="folder"):
        files.refuse_existing(tmp_path, force=True)
