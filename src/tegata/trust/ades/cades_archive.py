"""Archive time-stamps of CAdES (ETSI EN 319 122-1 clause 5.5): over the signature and all that came with it.

A token of this kind carries an index: the hashes of the certificates, revocation values and unsigned attributes that
it vouches for. What was added after it is in no index of it, and so it does not vouch for that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import algorithms, der
from tegata.trust.ades.cades_archive_v2 import ARCHIVE_TIME_STAMP_V3, STAMPS, archives_v2
from tegata.trust.ades.signature import Archive
from tegata.trust.cms import SignedData, attributes_of, read_signed
from tegata.trust.content import Content, DigestOf
from tegata.trust.der import Fields

HASH_INDEX: Final = "0.4.0.19122.1.5"  # ats-hash-index-v3, an unsigned attribute of its token
_FIRST_INDEX: Final = "0.4.0.1733.2.5"  # ats-hash-index of ETSI TS 101 733 clause 6.4.2: names whole attributes
_DIGEST: Final = "sha256"  # of new ones
_PARTS: Final = 3  # of an index


def with_archive(signed: SignedData, content: DigestOf, token: Callable[[DigestOf], bytes]) -> SignedData:
    """The signature with a time-stamp over all of it: level B-LTA, and again before that one ages.

    Args:
        content: digests of what was signed.
        token: gives a time-stamp over what has these digests, with an imprint in SHA-256.
    """
    raw = der.sequence(
        algorithms.digest_identifier(_DIGEST),
        *(der.sequence(*map(der.octets, one)) for one in _hashes(signed, _DIGEST)),
    )
    index = _named(raw)
    stamp = read_signed(token(lambda name: algorithms.hashed(name, _covered(signed, content, name, index))))
    return signed.with_unsigned(ARCHIVE_TIME_STAMP_V3, stamp.with_unsigned(HASH_INDEX, raw).encode())


def archives(signed: SignedData, content: Callable[[], Content], number: int) -> Iterator[Archive]:
    """Each archive time-stamp on the signer with this number, and the digests of what it is over.

    These raise VerificationError when that is gone.
    """
    alone = signed._replace(signers=(signed.signers[number],))
    for token in alone.signers[0].unsigned.get(ARCHIVE_TIME_STAMP_V3, ()):
        yield Archive(token, _digest_of(alone, content, token), _tokens_in(alone, token))
    yield from archives_v2(alone, content)


class _Index(NamedTuple):
    """What a token names by this hash: certificates, revocation values, attributes (each value, or whole ones)."""

    raw: bytes
    digest: str
    named: tuple[frozenset[bytes], ...]
    whole: bool


def _tokens_in(signed: SignedData, token: bytes) -> frozenset[bytes]:
    """The time-stamps that its index names."""
    with contextlib.suppress(VerificationError):
        index = _index(token)
        return frozenset(
            value
            for named, oid, values in _attributes(signed, index.whole)
            if oid in STAMPS and algorithms.hashed(index.digest, named) in index.named[2]
            for value in values
        )
    return frozenset()


def _digest_of(signed: SignedData, content: Callable[[], DigestOf], token: bytes) -> DigestOf:
    def digest(name: str) -> bytes:
        index = _index(token)
        _check(signed, index)
        return algorithms.hashed(name, _covered(signed, content(), name, index))

    return digest


def _covered(signed: SignedData, content: DigestOf, name: str, index: _Index) -> bytes:
    """What the imprint is over, in order (clause 5.5.3): kind of content, its hash, the signer, the index."""
    return b"".join((der.oid(signed.content_type), content(name), *signed.signers[0].fields, index.raw))


def _hashes(signed: SignedData, name: str, *, whole: bool = False) -> tuple[list[bytes], ...]:
    """Of the certificates, the revocation values, and the unsigned attributes."""
    attributes = [named for named, _, _ in _attributes(signed, whole)]
    parts = (signed.certificates, signed.revocations, attributes)
    return tuple([algorithms.hashed(name, one) for one in part] for part in parts)


def _attributes(signed: SignedData, whole: bool) -> Iterator[tuple[bytes, str, tuple[bytes, ...]]]:
    """What an index takes the hash of, and the attribute's name and values in it."""
    for raw in signed.signers[0].unsigned_attributes:
        for oid, values in attributes_of([der.read(raw)]).items():
            if whole:
                yield raw, oid, values
            else:
                yield from ((der.oid(oid) + value, oid, (value,)) for value in values)


def _index(token: bytes) -> _Index:
    """The index that a token carries, beside what its authority signed."""
    unsigned = read_signed(token).signers[0].unsigned
    found = [(value, oid == _FIRST_INDEX) for oid in (HASH_INDEX, _FIRST_INDEX) for value in unsigned.get(oid, ())]
    if len(found) != 1:
        raise _refused("it does not say what it is over", "対象が示されていません")
    return _named(*found[0])


def _check(signed: SignedData, index: _Index) -> None:
    """Everything that the index names is there (clause 5.5.2)."""
    for part, held in zip(index.named, _hashes(signed, index.digest, whole=index.whole), strict=True):
        if not part <= set(held):
            raise _refused("what it is over is no longer there", "対象の一部が失われています")


def _named(raw: bytes, whole: bool = False) -> _Index:
    """The first kind of index may leave its hash out, which is SHA-256 then."""
    fields = Fields(der.read(raw))
    parts = fields.rest()
    stated = algorithms.digest_name(parts.pop(0)) if not whole or len(parts) == _PARTS + 1 else _DIGEST
    if len(parts) != _PARTS:
        raise _refused("its index is malformed", "索引の形式が誤っています")
    return _Index(raw, stated, tuple(frozenset(one.content for one in der.parts(part)) for part in parts), whole)


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(
        t("the archive time-stamp does not hold", "アーカイブタイムスタンプが成り立ちません"), why=t(en, ja)
    )
