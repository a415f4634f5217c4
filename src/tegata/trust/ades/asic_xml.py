"""Containers with XAdES (ETSI EN 319 162-1 clauses 4.3, 4.4.3): files, signatures on them, time-stamps on manifests.

Signatures and time-stamps may be over the result of a hash chain, which leads to the files (X-Road).
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from tegata.model.base import Text
from tegata.trust.ades import xades
from tegata.trust.ades.hash_chain import HashChain, is_result
from tegata.trust.ades.manifest import Manifest, read_manifest
from tegata.trust.ades.signature import MAX_SIGNATURES, Ades, Archive
from tegata.trust.ades.zip import refused
from tegata.trust.content import digest_of
from tegata.trust.timestamp import is_over

_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml")
_MANIFESTS = re.compile(r"META-INF/ASiC(?:Archive)?Manifest[^/]*\.xml")
_STAMPS = re.compile(r"META-INF/[^/]*timestamp[^/]*\.tst")


def is_in_xml(files: Mapping[str, bytes]) -> bool:
    """Whether the signatures of a container are XAdES rather than CAdES."""
    return any(map(_SIGNATURES.fullmatch, files))


def read_in_xml(files: Mapping[str, bytes], kind: str, about: Set[str]) -> list[Callable[[], Ades]]:
    """Each XAdES signature, to be read. Raises VerificationError when one is malformed or nobody signed a file.

    Args:
        kind: what the container is called.
        about: names of the files that need no signature, as they are about the container.
    """
    documents = {name: data for name, data in files.items() if _SIGNATURES.fullmatch(name)}
    if not 0 < len(documents) <= MAX_SIGNATURES:
        raise refused("it has no signature, or too many", "署名がないか、多すぎます")
    signatures = [(name, one) for name, data in documents.items() for one in xades.read_list(data)]
    stamps = _stamps(files)
    covered = {name for _, one in signatures for name in _reached(one.files, _chains(one.files, files))}
    about_time = {name for stamp in stamps for name in stamp.documents}
    if stray := files.keys() - covered - about_time - about:
        raise refused(f"nobody signed `{min(stray)}`", f"`{min(stray)}` には署名がありません")
    return [functools.partial(_of_container, one, name, kind, stamps, files) for name, one in signatures]


def _of_container(
    signature: xades.XmlSignature, name: str, kind: str, stamps: Iterable[_Stamp], files: Mapping[str, bytes]
) -> Ades:
    read = signature.read(xades.contents_of(files))

    def same() -> Text:
        said = read.data()
        for chain in _chains(signature.files, files).values():
            chain.check()
        return said

    inside, manifests = (*read.stamps, *(one.token for one in read.archives)), [one.manifest for one in stamps]
    tokens = [
        Archive(files[one.manifest.signature], one.digest, one.manifest.covered(files, manifests, inside))
        for one in stamps
        if name in one.reached
    ]
    return dataclasses.replace(read, form=f"{kind}, XAdES", data=same, archives=(*read.archives, *tokens))


@dataclass(frozen=True)
class _Stamp:
    """A time-stamp over files of a container, one of which may be the result of a hash chain that leads to others."""

    name: str
    manifest: Manifest
    files: Mapping[str, bytes]

    @cached_property
    def chains(self) -> dict[str, HashChain]:
        return _chains(self.manifest.names, self.files)

    @cached_property
    def reached(self) -> set[str]:
        """Names of the files that existed by its time."""
        return _reached(self.manifest.names, self.chains)

    @property
    def documents(self) -> set[str]:
        """Names of the files that hold its chains. A message that is only stamped is none of them: nobody signed it."""
        return {*self.chains, *(name for chain in self.chains.values() for name in chain.documents)}

    def digest(self, hash_name: str) -> bytes:
        """Of what the time-stamp is over, as long as every file is as the manifest says.

        That is the manifest; in X-Road's containers it is the result of the one hash chain that this names.
        """
        for chain in self.chains.values():
            chain.check()
        manifest, result = self.files[self.name], self.files.get(min(self.manifest.names), b"")
        self.manifest.check(self.files)
        named = self.manifest.names == self.chains.keys() and is_over(self.files[self.manifest.signature], result)
        return digest_of(result if named else manifest)(hash_name)


def _stamps(files: Mapping[str, bytes]) -> list[_Stamp]:
    """Manifests with a time-stamp. Each has its own, and no time-stamp stands beside them."""
    named = {name: data for name, data in files.items() if _MANIFESTS.fullmatch(name)}
    stamps = [_Stamp(name, read_manifest(data), files) for name, data in named.items()]
    tokens = [one.manifest.signature for one in stamps]
    if len(stamps) > MAX_SIGNATURES or sorted(tokens) != sorted(name for name in files if _STAMPS.fullmatch(name)):
        raise refused("its manifests are not those of its time-stamps", "目録とタイムスタンプが対応していません")
    return stamps


def _chains(names: Iterable[str], files: Mapping[str, bytes]) -> dict[str, HashChain]:
    """The hash chains that end in one of these files."""
    results = {name: files[name] for name in names if name in files and is_result(files[name])}
    return {name: HashChain(result, files) for name, result in results.items()}


def _reached(names: Iterable[str], chains: Mapping[str, HashChain]) -> set[str]:
    """These files, and those to which the hash chains lead that end in one of them."""
    return {*names, *(name for chain in chains.values() for name in (*chain.documents, *chain.files))}
