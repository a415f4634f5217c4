"""Archive time-stamps of CAdES (ETSI EN 319 122-1 clause 5.5): over the signature and all that came with it.

A token of this kind carries an index: the hashes of the certificates, revocation values and unsigned attributes that
it vouches for. What was added after it is in no index of it, and so it does not vouch for that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust import algorithms, der
from tegata.trust.ades.signature import Archive
from tegata.trust.cms import SIGNATURE_TIME_STAMP, SignedData, read_signed
from tegata.trust.content import DigestOf
from tegata.trust.der import SEQUENCE, Fields

ARCHIVE_TIME_STAMP: Final = "0.4.0.1733.2.4"  # archive-time-stamp-v3, an unsigned attribute of the signature
HASH_INDEX: Final = "0.4.0.19122.1.5"  # ats-hash-index-v3, an unsigned attribute of its token
_DIGEST: Final = "sha256"  # of new ones


def with_archive(signed: SignedData, content: DigestOf, token: Callable[[DigestOf], bytes]) -> SignedData:
    """The signature with a time-stamp over all of it: level B-LTA, and again before that one ages.

    Args:
        content: digests of what was signed.
        token: gives a time-stamp over what has these digests, with an imprint in SHA-256.
    """
    index = der.sequence(
        algorithms.digest_identifier(_DIGEST),
        *(der.sequence(*map(der.octets, one)) for one in _hashes(signed, _DIGEST)),
    )
    stamp = read_signed(token(lambda name: algorithms.hashed(name, _covered(signed, content, name, index))))
    return signed.with_unsigned(ARCHIVE_TIME_STAMP, stamp.with_unsigned(HASH_INDEX, index).encode())


def archives(signed: SignedData, content: Callable[[], DigestOf], number: int) -> Iterator[Archive]:
    """Each archive time-stamp on the signer with this number, and the digests of what it is over.

    These raise VerificationError when that is gone.
    """
    alone = signed._replace(signers=(signed.signers[number],))
    for token in alone.signers[0].unsigned.get(ARCHIVE_TIME_STAMP, ()):
        yield Archive(token, _digest_of(alone, content, token), _tokens_in(alone, token))


def _tokens_in(signed: SignedData, token: bytes) -> frozenset[bytes]:
    """The time-stamps that its index names."""
    with contextlib.suppress(VerificationError):
        name, named = _named(_index(token))
        return frozenset(
            value
            for oid in (SIGNATURE_TIME_STAMP, ARCHIVE_TIME_STAMP)
            for value in signed.signers[0].unsigned.get(oid, ())
            if algorithms.hashed(name, der.oid(oid) + value) in named[2]
        )
    return frozenset()


def _digest_of(signed: SignedData, content: Callable[[], DigestOf], token: bytes) -> DigestOf:
    def digest(name: str) -> bytes:
        index = _index(token)
        _check(signed, index)
        return algorithms.hashed(name, _covered(signed, content(), name, index))

    return digest


def _covered(signed: SignedData, content: DigestOf, name: str, index: bytes) -> bytes:
    """What the imprint is over, in order (clause 5.5.3): kind of content, its hash, the signature, the index."""
    signer = signed.signers[0]
    attributes = signer.signed_attributes.raw if signer.signed_attributes else b""
    fields = (signer.version, signer.sid.raw, signer.digest_algorithm.raw, attributes, signer.signature_algorithm.raw)
    return b"".join((der.oid(signed.content_type), content(name), *fields, der.octets(signer.signature), index))


def _hashes(signed: SignedData, name: str) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Of the certificates, the revocation values, and the values of unsigned attributes with their names."""
    values = [
        algorithms.hashed(name, der.oid(oid) + value)
        for oid, held in signed.signers[0].unsigned.items()
        for value in held
    ]
    certificates = [algorithms.hashed(name, one) for one in signed.certificates]
    return certificates, [algorithms.hashed(name, one) for one in signed.revocations], values


def _index(token: bytes) -> bytes:
    """The index that a token carries, beside what its authority signed."""
    found = read_signed(token).signers[0].unsigned.get(HASH_INDEX, ())
    if len(found) != 1:
        raise _refused("it does not say what it is over", "対象が示されていません")
    return found[0]


def _check(signed: SignedData, index: bytes) -> None:
    """Everything that the index names is there (clause 5.5.2)."""
    name, named = _named(index)
    for part, held in zip(named, _hashes(signed, name), strict=True):
        if not part <= set(held):
            raise _refused("what it is over is no longer there", "対象の一部が失われています")


def _named(index: bytes) -> tuple[str, list[set[bytes]]]:
    """The hash of an index, and what it names: certificates, revocation values, attributes."""
    fields = Fields(der.read(index))
    name = algorithms.digest_name(fields.take(SEQUENCE))
    named = [{one.content for one in der.parts(fields.take(SEQUENCE))} for _ in range(3)]
    fields.end()
    return name, named


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(
        t("the archive time-stamp does not hold", "アーカイブタイムスタンプが成り立ちません"), why=t(en, ja)
    )
