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
from tegata.trust.ades.cades import read_cades, sign_detached
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE, Manifest, read_manifest, write_manifest
from tegata.trust.ades.signature import MAX_SIGNATURES, Ades, Archive
from tegata.trust.ades.zip import read_zip, refused
from tegata.trust.certified import CertifiedKey
from tegata.trust.container import write_container
from tegata.trust.content import DigestOf, digest_of

_MANIFESTS = re.compile(r"META-INF/ASiCManifest[^/]*\.xml")
_SIGNATURES = re.compile(r"META-INF/[^/]*signature[^/]*\.p7s")
_ARCHIVES = re.compile(r"META-INF/ASiCArchiveManifest[^/]*\.xml")
_STAMPS = re.compile(r"META-INF/[^/]*timestamp[^/]*\.tst")
_STAMP_TYPE: Final = "application/vnd.etsi.timestamp-token"


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
    files = read_zip(container)
    files.pop("mimetype", None)
    number = sum(bool(_ARCHIVES.fullmatch(name)) for name in files) + 1
    stamp = f"META-INF/timestamp{number}.tst"
    manifest = write_manifest(stamp, {name: hashlib.sha256(data).digest() for name, data in files.items()}, _STAMP_TYPE)
    added = {f"META-INF/ASiCArchiveManifest{number}.xml": manifest, stamp: token(digest_of(manifest))}
    return write_container(files | added)


def read_in_cms(files: Mapping[str, bytes]) -> list[Callable[[], Ades]]:
    """Each CAdES signature, to be read; together they are over every file. Raises VerificationError."""
    archives = read_archives(files)
    return [functools.partial(_reading, files, archives, *one) for one in _signed(files, archives).items()]


def read_archives(files: Mapping[str, bytes]) -> dict[str, Manifest]:
    """Manifests with a time-stamp, by name: those of archives, and others that say so (clause 4.4.4.2).

    Each has its time-stamp, and no time-stamp stands beside them. Raises VerificationError.
    """
    manifests = {name: read_manifest(data) for name, data in files.items() if _MANIFESTS.fullmatch(name)}
    archives = {name: one for name, one in manifests.items() if _STAMPS.fullmatch(one.signature)}
    archives |= {name: read_manifest(data) for name, data in files.items() if _ARCHIVES.fullmatch(name)}
    stamps = {name for name in files if _STAMPS.fullmatch(name)}
    named = [archive.signature for archive in archives.values()]
    if len(archives) > MAX_SIGNATURES or len(set(named)) != len(named) or set(named) != stamps:
        raise _unpaired()
    return archives


def _unpaired() -> VerificationError:
    return refused("its manifests are not those of its time-stamps", "目録とタイムスタンプが対応していません")


def _signed(files: Mapping[str, bytes], archives: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """Manifests by name. Every signature has one, and no file stands beside what is signed."""
    others = {name: data for name, data in files.items() if _MANIFESTS.fullmatch(name) and name not in archives}
    manifests = {name: read_manifest(data) for name, data in others.items()}
    signatures = {name for name in files if _SIGNATURES.fullmatch(name)}
    named = [manifest.signature for manifest in manifests.values()]
    if not 0 < len(manifests) <= MAX_SIGNATURES or len(set(named)) != len(named) or set(named) != signatures:
        raise refused("its manifests are not those of its signatures", "目録と署名が対応していません")
    covered = {name for manifest in manifests.values() for name in manifest.names}
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
        manifest.check(files)
        count = len(manifest.files)
        return t(f"{said.en}, and so are {count} files", f"{said.ja}。{count} 件のファイルも同じです")

    said = dataclasses.replace(signature, form="ASiC-E, CAdES", data=same)
    return with_stamps(said, files, archives, {name, manifest.signature})


def with_stamps(signature: Ades, files: Mapping[str, bytes], archives: Mapping[str, Manifest], about: set[str]) -> Ades:
    """The signature with the time-stamps of its container that are over these files, which it is made of."""
    inside = (*signature.stamps, *(one.token for one in signature.archives))
    stamps = [
        Archive(
            files[archive.signature], _stamped(files, above, archive), archive.covered(files, archives.values(), inside)
        )
        for above, archive in archives.items()
        if about <= archive.names
    ]
    return dataclasses.replace(signature, archives=(*signature.archives, *stamps))


def _stamped(files: Mapping[str, bytes], name: str, archive: Manifest) -> DigestOf:
    """Digests of an archive manifest, as long as every file is as it says."""

    def digest(hash_name: str) -> bytes:
        archive.check(files)
        return digest_of(files[name])(hash_name)

    return digest
