"""ASiC-E with CAdES (ETSI EN 319 162-1): files, a manifest of their digests, and a signature over the manifest."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust.ades import xades
from tegata.trust.ades.cades import read_cades, sign_detached
from tegata.trust.ades.manifest import Manifest, read_manifest, write_manifest
from tegata.trust.ades.signature import Ades, absent, other_content
from tegata.trust.ades.verdict import Trust, judge, unreadable, worst
from tegata.trust.ades.zip import read_zip, refused
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import DigestOf, digest_of
from tegata.trust.container import MIMETYPE, write_container

MANIFEST: Final = "META-INF/ASiCManifest.xml"
SIGNATURE: Final = "META-INF/signature.p7s"
_MANIFESTS = re.compile(r"META-INF/ASiCManifest[^/]*\.xml")
_SIGNATURES = re.compile(r"META-INF/[^/]*signature[^/]*\.p7s")
_ARCHIVES = re.compile(r"META-INF/ASiCArchiveManifest[^/]*\.xml")
_XML_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml")
_STAMPS = re.compile(r"META-INF/[^/]*timestamp[^/]*\.tst")
_STAMP_TYPE: Final = "application/vnd.etsi.timestamp-token"
_MAX_SIGNATURES: Final = 64


def seal_asice(
    files: Mapping[str, bytes],
    certified: CertifiedKey,
    at: dt.datetime,
    raised: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """The container of these files with one signature over all of them; in the one fixed form of `container`.

    `raised` gives the CAdES signature a higher level.
    """
    digests = {name: hashlib.sha256(data).digest() for name, data in files.items()}
    manifest = write_manifest(SIGNATURE, digests)
    signature = raised(sign_detached(manifest, certified, at))
    return write_container({**files, MANIFEST: manifest, SIGNATURE: signature})


def with_archive(container: bytes, token: Callable[[DigestOf], bytes]) -> bytes:
    """The container with a time-stamp over all its files (clause 4.4.4, annex A.7): level B-LTA, and again later.

    VerificationError when it is no container. `token` gives a time-stamp over what has the digests.
    """
    files = read_asice(container)
    files.pop("mimetype")
    number = sum(bool(_ARCHIVES.fullmatch(name)) for name in files) + 1
    stamp = f"META-INF/timestamp{number}.tst"
    manifest = write_manifest(stamp, {name: hashlib.sha256(data).digest() for name, data in files.items()}, _STAMP_TYPE)
    added = {f"META-INF/ASiCArchiveManifest{number}.xml": manifest, stamp: token(digest_of(manifest))}
    return write_container(files | added)


def verify_asice(data: bytes, trust: Trust) -> Verification:
    """Tells whether each signature of a container holds and together they are over every file. Never raises."""
    try:
        files = read_asice(data)
        reads = _in_xml(files) if any(map(_XML_SIGNATURES.fullmatch, files)) else _in_cms(files)
    except VerificationError as error:
        return unreadable(error)
    return worst([judge(read, trust) for read in reads])


def _in_cms(files: Mapping[str, bytes]) -> list[Callable[[], Ades]]:
    archives = _archives(files)
    return [functools.partial(_reading, files, archives, *one) for one in _signed(files, archives).items()]


def _in_xml(files: Mapping[str, bytes]) -> list[Callable[[], Ades]]:
    """Each XAdES signature; together they are over every file but those of META-INF, which are about the container."""
    documents = {name: data for name, data in files.items() if _XML_SIGNATURES.fullmatch(name)}
    if len(documents) > _MAX_SIGNATURES:
        raise refused("it has too many signatures", "署名が多すぎます")
    signatures = [one for data in documents.values() for one in xades.read_document(data)]
    covered = {name for one in signatures for name in one.files}
    data_files = {name for name in files if not name.startswith("META-INF/")}
    if stray := data_files - covered - {"mimetype"}:
        raise refused(f"nobody signed `{min(stray)}`", f"`{min(stray)}` には署名がありません")
    return [functools.partial(_of_container, one, files) for one in signatures]


def _of_container(signature: xades.XmlSignature, files: Mapping[str, bytes]) -> Ades:
    return dataclasses.replace(signature.read(files), form="ASiC-E, XAdES")


def read_asice(data: bytes) -> dict[str, bytes]:
    """The files of a container, whoever wrote it. Raises VerificationError."""
    files = read_zip(data)
    if files.get("mimetype", b"").strip() != MIMETYPE.encode():
        raise refused("it does not say that it is ASiC-E", "ASiC-E であると示していません")
    return files


def _archives(files: Mapping[str, bytes]) -> dict[str, Manifest]:
    """Archive manifests by name; each has its time-stamp, and no time-stamp stands beside them."""
    archives = {name: read_manifest(data) for name, data in files.items() if _ARCHIVES.fullmatch(name)}
    stamps = {name for name in files if _STAMPS.fullmatch(name)}
    named = [archive.signature for archive in archives.values()]
    if len(archives) > _MAX_SIGNATURES or len(set(named)) != len(named) or set(named) != stamps:
        raise refused(
            "its archive manifests are not those of its time-stamps", "保存用の目録とタイムスタンプが対応していません"
        )
    return archives


def _signed(files: Mapping[str, bytes], archives: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """Manifests by name. Every signature has one, and no file stands beside what is signed."""
    manifests = {name: read_manifest(data) for name, data in files.items() if _MANIFESTS.fullmatch(name)}
    signatures = {name for name in files if _SIGNATURES.fullmatch(name)}
    named = [manifest.signature for manifest in manifests.values()]
    if not 0 < len(manifests) <= _MAX_SIGNATURES or len(set(named)) != len(named) or set(named) != signatures:
        raise refused("its manifests are not those of its signatures", "目録と署名が対応していません")
    covered = {file.name for manifest in manifests.values() for file in manifest.files}
    stamps = {archive.signature for archive in archives.values()}
    stray = set(files) - covered - signatures - set(manifests) - set(archives) - stamps - {"mimetype"}
    if stray:
        raise refused(f"nobody signed `{min(stray)}`", f"`{min(stray)}` には署名がありません")
    return manifests


def _reading(files: Mapping[str, bytes], archives: Mapping[str, Manifest], name: str, manifest: Manifest) -> Ades:
    """The signature over a manifest; its data are the manifest and every file that this mentions."""
    signature = read_cades(files[manifest.signature], {"": digest_of(files[name])}, name)

    def same() -> Text:
        said = signature.data()
        _same(files, manifest)
        count = len(manifest.files)
        return t(f"{said.en}, and so are {count} files", f"{said.ja}。{count} 件のファイルも同じです")

    stamps = [
        (files[archive.signature], _stamped(files, above, archive))
        for above, archive in archives.items()
        if {name, manifest.signature} <= {file.name for file in archive.files}
    ]
    return dataclasses.replace(signature, form="ASiC-E, CAdES", data=same, archives=(*signature.archives, *stamps))


def _same(files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Raises VerificationError, or OpenError when one is not there, unless the files are those of the manifest."""
    for file in manifest.files:
        if hashlib.new(file.hash_name, files.get(file.name, b"")).digest() != file.digest:
            raise other_content(file.name) if file.name in files else absent(file.name)


def _stamped(files: Mapping[str, bytes], name: str, archive: Manifest) -> DigestOf:
    """Digests of an archive manifest, as long as every file is as it says."""

    def digest(hash_name: str) -> bytes:
        _same(files, archive)
        return digest_of(files[name])(hash_name)

    return digest
