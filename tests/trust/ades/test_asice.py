"""ASiC-E: what is made holds and is read by others; no trick of a ZIP or of its manifest makes anything else hold."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable

import pytest

from tegata.model.errors import VerificationError
from tegata.trust.ades.asic import signatures, verify_container
from tegata.trust.ades.asice import seal_asice
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE, read_manifest, write_manifest
from tegata.trust.ades.zip import read_zip
from tegata.trust.container import MIMETYPE, read_container
from tests.trust.ades.samples import NOW, PASSED, TRUST, certified, said

FILES = {"contract.json": b'{"contract": 1}', "annex.csv": b"a,b\n1,2\n" * 200}
MADE = seal_asice(FILES, certified(), NOW)
Files = dict[str, bytes]


def told(data: bytes) -> tuple[str, str]:
    return said(verify_container(data, TRUST))


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else method)
        archive.comment = comment
    return out.getvalue()


def files_of(data: bytes = MADE) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_made_holds_and_so_does_the_same_packed_by_others() -> None:
    assert told(MADE) == PASSED
    assert told(packed(files_of())) == PASSED
    assert told(packed(files_of(), comment=MIMETYPE.encode())) == PASSED
    assert read_container(MADE).keys() == {*FILES, MANIFEST, SIGNATURE}


def streamed(files: Files) -> bytes:
    """As a writer makes it that cannot go back: sizes follow each file."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += data
            return len(data)

    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return bytes(out.data)


def test_a_container_written_in_one_stream_holds() -> None:
    assert told(streamed(files_of())) == PASSED


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: f | {"contract.json": b"{}"}, ("total-failed", "HASH_FAILURE")),
        (lambda f: f | {"added.txt": b""}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {"META-INF/added.xml": b""}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: {k: v for k, v in f.items() if k != "annex.csv"}, ("indeterminate", "SIGNED_DATA_NOT_FOUND")),
        (lambda f: {k: v for k, v in f.items() if k != SIGNATURE}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: {k: v for k, v in f.items() if k != MANIFEST}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: {k: v for k, v in f.items() if k != "mimetype"}, PASSED),
        (lambda f: f | {"mimetype": b"application/zip"}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {MANIFEST: f[MANIFEST].replace(b"annex", b"bnnex")}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {MANIFEST: f[MANIFEST] + b" "}, ("total-failed", "HASH_FAILURE")),
        (lambda f: f | {"META-INF/ASiCManifest2.xml": f[MANIFEST]}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {SIGNATURE: f[SIGNATURE][:-1]}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {SIGNATURE: b""}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {"Contract.json": b""}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {"../contract.json": b""}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {"/etc/passwd": b""}, ("total-failed", "FORMAT_FAILURE")),
        (lambda f: f | {"a\\b": b""}, ("total-failed", "FORMAT_FAILURE")),
    ],
)
def test_changed_files(change: Callable[[Files], Files], expected: tuple[str, str]) -> None:
    assert told(packed(change(files_of()))) == expected


def test_a_second_signature_must_hold_too_and_covers_what_it_adds() -> None:
    other = files_of(seal_asice(FILES | {"late.txt": b"x"}, certified("ed25519"), NOW))
    manifest = other[MANIFEST].replace(b"signature.p7s", b"signature2.p7s")
    both = files_of() | {
        "late.txt": b"x",
        "META-INF/ASiCManifest2.xml": manifest,
        "META-INF/signature2.p7s": other[SIGNATURE],
    }
    assert told(packed(both)) == ("total-failed", "HASH_FAILURE")  # the manifest is not the one that was signed


def local(data: bytes, name: bytes) -> int:
    """Where the local header of a file begins."""
    return data.index(name) - 30


@pytest.mark.parametrize(
    "trick",
    [
        lambda d: b"MZ" + d,
        lambda d: d + b"\0",
        lambda d: d[:-2] + b"\x01\x00" + b"x" + b"y",
        lambda d: d.replace(b"annex.csv", b"annex.cs_", 1),  # the directory calls it otherwise
        lambda d: d[: local(d, b"annex.csv") + 6] + b"\x01\x00" + d[local(d, b"annex.csv") + 8 :],  # encrypted, it says
        lambda d: d[: local(d, b"annex.csv") + 18] + struct.pack("<I", 5) + d[local(d, b"annex.csv") + 22 :],
        lambda d: d[: local(d, b"annex.csv") + 8] + b"\x0c\x00" + d[local(d, b"annex.csv") + 10 :],  # bzip2, it says
        lambda d: d[:100],
        lambda d: b"",
        lambda d: b"PK\x05\x06" + bytes(18),
    ],
)
def test_tricks_of_a_zip(trick: Callable[[bytes], bytes]) -> None:
    for data in (MADE, packed(files_of())):
        with pytest.raises(VerificationError):
            signatures(read_zip(trick(data)))


def test_two_files_of_one_name() -> None:
    out = io.BytesIO(packed(files_of()))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("contract.json", b"{}")
    assert told(out.getvalue()) == ("total-failed", "FORMAT_FAILURE")


def test_members_that_share_their_bytes() -> None:
    """The quine of bombs: many entries of the directory that point at one member."""
    data = packed({"a": bytes(1 << 20)})
    start = data.index(b"PK\x01\x02")
    entry, end = data[start : data.index(b"PK\x05\x06")], data[data.index(b"PK\x05\x06") :]
    many = b"".join(entry[:-1] + bytes([letter]) for letter in b"abcdefgh")
    end = end[:8] + struct.pack("<HHI", 8, 8, len(many)) + end[16:]
    with pytest.raises(VerificationError):
        read_zip(data[:start] + many + end)


def test_a_bomb_is_not_unpacked() -> None:
    size = 1 << 20
    data = packed({"mimetype": MIMETYPE.encode(), "a": bytes(size)})
    with pytest.raises(VerificationError, match="too large"):
        read_zip(data.replace(struct.pack("<I", size), struct.pack("<I", 257 << 20)))
    with pytest.raises(VerificationError):  # it says that it is small
        read_zip(data.replace(struct.pack("<I", size), struct.pack("<I", 5)))


def test_no_changed_bit_holds_unless_the_files_are_the_same() -> None:
    chance = random.Random(3)
    for _ in range(600):
        changed = bytearray(MADE)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        if told(bytes(changed)) == PASSED:
            same = files_of(bytes(changed))
            assert {name: same[name] for name in FILES} == FILES


XML = write_manifest(SIGNATURE, {"a": bytes(32)})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        XML[:-1],
        XML + XML,
        b"\xef\xbb\xbf" + XML[:-5],
        XML.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY x "y">]>', 1),
        XML.replace(b"?>", b'?><!DOCTYPE a SYSTEM "file:///etc/passwd">', 1),
        XML.replace(b"UTF-8", b"UTN-8"),
        XML.replace(b"UTF-8", b"UTF-16"),
        XML.replace(b"UTF-8", b"latin1"),
        XML.replace(b"<asic:SigReference", b"<?run this?><asic:SigReference"),
        XML.replace(b"xmlenc#sha256", b"xmldsig#sha1"),
        XML.replace(b'URI="a"', b'URI="http://example.org/a"'),
        XML.replace(b'URI="a"', b'URI="%ff"'),
        XML.replace(b'URI="a"', b""),
        XML.replace(b"</ds:DigestValue>", b"=</ds:DigestValue>"),
        XML.replace(b"</asic:ASiCManifest>", b"<asic:Other/></asic:ASiCManifest>"),
        XML.replace(b"</asic:ASiCManifest>", b"<a>" * 20 + b"</a>" * 20 + b"</asic:ASiCManifest>"),
        XML.replace(b"02918/v1.2.1", b"02918/v9"),
    ],
)
def test_manifests_that_are_none(data: bytes) -> None:
    with pytest.raises(VerificationError):
        read_manifest(data)
