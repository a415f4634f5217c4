"""Evidence records (RFC 4998): one time-stamp for many objects, renewed before its key or its algorithms age.

    record chain   time-stamps, each over the one before: renewed while the digest is good
    sequence       chains, each over the object and all chains before: begun anew with a stronger digest

Each object keeps its own record: its way up a hash tree to the root that was stamped. Pure: tokens are arguments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import algorithms, der
from tegata.trust.content import DigestOf
from tegata.trust.der import OCTET_STRING, SEQUENCE, Element, Fields
from tegata.trust.timestamp import read_token

MAX_RECORD: Final = 8 << 20
_MOST: Final = 4096  # lists, hashes of a list, time-stamps of a chain, chains

ReducedTree = tuple[tuple[bytes, ...], ...]
"""Lists of hashes from an object up to the root: the first holds the object's own, each other what it meets."""


@dataclass(frozen=True, slots=True)
class ArchiveTimeStamp:
    """A token over the root of a tree, and the way there. Without a tree the token is over the object's own hash.

    `raw` are its bytes where it was read: hashes of later chains are over them, and writers differ in how they name
    the digest.
    """

    digest: str
    tree: ReducedTree
    token: bytes
    raw: bytes = field(default=b"", compare=False, repr=False)

    @property
    def at(self) -> dt.datetime:
        return read_token(self.token)[1].at

    def encode(self) -> bytes:
        return self.raw or self._encoded()

    def _encoded(self) -> bytes:
        digest = der.as_tag(der.read(algorithms.digest_identifier(self.digest)), 0xA0).raw
        lists = [der.sequence(*map(der.octets, hashes)) for hashes in self.tree]
        return der.sequence(digest, der.tlv(0xA2, b"".join(lists)) if lists else b"", self.token)


Chain = tuple[ArchiveTimeStamp, ...]


class EvidenceRecord(NamedTuple):
    """All chains of one object, the oldest first. None is empty."""

    chains: tuple[Chain, ...]

    @property
    def last(self) -> ArchiveTimeStamp:
        return self.chains[-1][-1]

    def encode(self) -> bytes:
        digests = dict.fromkeys(stamp.digest for chain in self.chains for stamp in chain)
        names = der.sequence(*map(algorithms.digest_identifier, digests))
        return der.sequence(der.integer(1), names, encode_sequence(self.chains))


def read_record(data: bytes) -> EvidenceRecord:
    """Not yet verified. Raises VerificationError for anything but a record of version 1 without encryption."""
    if len(data) > MAX_RECORD:
        raise _refused("it is too large", "大きすぎます")
    fields = Fields(der.read(data))
    if der.integer_of(fields.take()) != 1:
        raise _refused("its version is unknown", "版が未知のものです")
    fields.take(SEQUENCE)  # the digests that are used below, only a hint
    fields.optional(0xA0)
    if fields.optional(0xA1):
        raise _refused("it is of an object that was encrypted", "暗号化されたものの記録です")
    chains = tuple(_chain(chain) for chain in _some(der.parts(fields.take(SEQUENCE))))
    fields.end()
    return EvidenceRecord(chains)


def encode_sequence(chains: Sequence[Chain]) -> bytes:
    """An ArchiveTimeStampSequence (DER)."""
    return der.sequence(*(der.sequence(*(stamp.encode() for stamp in chain)) for chain in chains))


def hash_tree(hashes: Sequence[bytes], digest: str) -> tuple[bytes, list[ReducedTree]]:
    """The root over these hashes, and for each its way there (RFC 4998 section 4.2). A lone hash is its own root."""
    ways: list[list[tuple[bytes, ...]]] = [[] for _ in hashes]
    level = [(one, [index]) for index, one in enumerate(hashes)]
    while len(level) > 1:
        above = []
        for at in range(0, len(level) - 1, 2):
            (left, under_left), (right, under_right) = level[at : at + 2]
            for index in under_left:
                ways[index].append((right,) if ways[index] else (left, right))
            for index in under_right:
                ways[index].append((left,) if ways[index] else (right, left))
            above.append((node(digest, (left, right)), under_left + under_right))
        level = above + level[len(above) * 2 :]
    return level[0][0], [tuple(way) for way in ways]


def node(digest: str, hashes: Sequence[bytes]) -> bytes:
    """The hash over some, in binary ascending order."""
    return algorithms.hashed(digest, b"".join(sorted(hashes)))


def root_of(stamp: ArchiveTimeStamp, own: bytes) -> bytes:
    """Where the way of an object's hash ends (RFC 4998 section 4.3). VerificationError: it does not begin with it."""
    if not stamp.tree:
        return own
    first, *more = stamp.tree
    if own not in first:
        raise VerificationError(t("the record is of other content", "記録は別の内容のものです"))
    found = node(stamp.digest, first) if len(first) > 1 else own
    for hashes in more:
        found = node(stamp.digest, (*hashes, found))
    return found


def own_hash(chains: Sequence[Chain], number: int, place: int, digest: DigestOf) -> bytes:
    """What a time-stamp of a record has to cover: the object, the one before it, or object and all chains before."""
    chain = chains[number]
    name = chain[place].digest
    if place:
        return algorithms.hashed(name, chain[place - 1].token)  # section 5.2, renewal of the time-stamp
    if not number:
        return digest(name)
    before = algorithms.hashed(name, encode_sequence(chains[:number]))
    return algorithms.hashed(name, digest(name) + before)  # section 5.2, renewal of the hash tree


def to_renew(record: EvidenceRecord) -> bytes:
    """The hash of which a new token prolongs the last chain; in the digest of that chain."""
    return algorithms.hashed(record.last.digest, record.last.token)


def to_rehash(record: EvidenceRecord, digest: str, of: DigestOf) -> bytes:
    """The hash, in another digest, of which a new token begins the next chain. The object is needed for it."""
    before = algorithms.hashed(digest, encode_sequence(record.chains))
    return algorithms.hashed(digest, of(digest) + before)


def renewed(record: EvidenceRecord, stamp: ArchiveTimeStamp) -> EvidenceRecord:
    """With one more time-stamp: in the last chain when it is of its digest, else in a new one."""
    if stamp.digest == record.last.digest:
        return EvidenceRecord((*record.chains[:-1], (*record.chains[-1], stamp)))
    return EvidenceRecord((*record.chains, (stamp,)))


def _chain(element: Element) -> Chain:
    chain = tuple(_stamp(part) for part in _some(der.parts(element)))
    if len({stamp.digest for stamp in chain}) != 1:
        raise _refused("a chain changes its digest", "鎖の途中でダイジェストが変わっています")
    return chain


def _stamp(element: Element) -> ArchiveTimeStamp:
    fields = Fields(element)
    digest, _, tree = fields.optional(0xA0), fields.optional(0xA1), fields.optional(0xA2)
    token = fields.take(SEQUENCE).raw
    fields.end()
    name = algorithms.digest_name(der.as_tag(digest, SEQUENCE)) if digest else read_token(token)[1].imprint.digest
    lists = _some(der.parts(tree)) if tree else []
    return ArchiveTimeStamp(name, tuple(_hashes(part) for part in lists), token, element.raw)


def _hashes(element: Element) -> tuple[bytes, ...]:
    found = _some(der.parts(element))
    if any(part.tag != OCTET_STRING for part in found):
        raise _refused("a hash is malformed", "ハッシュの形式が誤っています")
    return tuple(part.content for part in found)


def _some(elements: list[Element]) -> list[Element]:
    if not 0 < len(elements) <= _MOST:
        raise _refused("it holds none or too many of a kind", "要素がないか、多すぎます")
    return elements


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(t("it is no evidence record", "証拠記録ではありません"), why=t(en, ja))
