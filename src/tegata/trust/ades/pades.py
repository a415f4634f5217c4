"""PAdES (ETSI EN 319 142-1): CAdES inside a PDF, over all of it; proofs for later years in its security store.

Made are levels B-B to B-LTA. Read are all signatures of a document; the time-stamps of the document as a whole say by
when those before them existed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterable

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust.ades.cades import read_cades
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.pdf import MAGIC, MAX_PDF, Covered, Document, place, read_pdf, with_store
from tegata.trust.ades.signature import Ades, Archive
from tegata.trust.ades.verdict import judge, unreadable, worst
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import DATA, SIGNING_TIME, read_signed
from tegata.trust.cms_sign import sign_data
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.der import unpadded

__all__ = ["MAGIC", "MAX_PDF", "sign_pdf", "verify_pdf", "with_archive", "with_values"]


def sign_pdf(
    document: bytes, certified: CertifiedKey, at: dt.datetime, raised: Callable[[bytes], bytes] = bytes
) -> bytes:
    """The document with one more signature, over all that was there. `raised` gives its CMS a time-stamp.

    The time stands in the document's dictionary, never in the CMS (clause 6.3, table 1). InputError when it is no PDF
    that can be added to.
    """
    return place(
        document,
        at,
        certified.algorithm.digest,
        lambda covered: raised(sign_data(DATA, covered, certified, {}, detached=True)),
    )


def with_values(
    document: bytes, certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes] = ()
) -> bytes:
    """The document with all that its verdict needs: level B-LT. `answers`: OCSP responses (DER)."""
    return with_store(document, certificates, lists, answers)


def with_archive(document: bytes, token: Callable[[DigestOf], bytes]) -> bytes:
    """The document with a time-stamp over all of it, proofs included: level B-LTA. `token` gives that of a content."""
    return place(document, None, "sha256", lambda covered: token(digest_of(covered)))


def verify_pdf(data: bytes, trust: Trust) -> Verification:
    """Tells whether each signature of a PDF holds. Never raises for what `data` is."""
    try:
        document = read_pdf(data)
    except VerificationError as error:
        return unreadable(error)
    signatures = [one for one in document.signatures if not one.is_stamp]
    if not signatures:
        return unreadable(VerificationError(t("nobody signed this PDF", "この PDF には署名がありません")))
    return worst([judge(functools.partial(_reading, document, one), trust) for one in signatures])


def _reading(document: Document, one: Covered) -> Ades:
    cms = unpadded(one.cms)
    signed = read_cades(cms, {"": digest_of(one.content)})
    inside = SIGNING_TIME in read_signed(cms).signers[0].signed
    if inside and one.is_pades:
        raise VerificationError(t("it states its time in two places", "署名日時が二か所に示されています"))

    stamps = [stamp for stamp in document.signatures if stamp.is_stamp and stamp.end > one.end]
    return dataclasses.replace(
        signed,
        form="PAdES" if one.is_pades else "CMS in PDF",
        signed_at=signed.signed_at if inside else _stated(one),
        others=(*signed.others, *document.certificates),
        lists=(*signed.lists, *document.lists),
        answers=(*signed.answers, *document.answers),
        data=lambda: _same(signed, one),
        archives=tuple(_archive(stamp, stamps, signed) for stamp in stamps),
    )


def _stated(one: Covered) -> dt.datetime | None:
    """The time in its dictionary, which counts only without one in the CMS (ISO 32000-1 table 252, `M`)."""
    return one.at.astimezone(dt.UTC) if one.at and one.at.tzinfo else None


def _archive(stamp: Covered, stamps: list[Covered], signed: Ades) -> Archive:
    """A time-stamp of the document is over its earlier ones, and over the signature with those inside it."""
    earlier = (unpadded(one.cms) for one in stamps if one.end < stamp.end)
    inside = (*signed.stamps, *(one.token for one in signed.archives))
    return Archive(unpadded(stamp.cms), digest_of(stamp.content), frozenset((*earlier, *inside)))


def _same(signed: Ades, one: Covered) -> Text:
    """What was signed is there to its last byte; what came after it may be proofs, signatures and form entries."""
    said = signed.data()
    if one.later == "other":
        raise VerificationError(t("the document was changed after it was signed", "署名の後に文書が変更されています"))
    if one.later == "forms":
        return t(
            "what was signed is there; signatures or form entries came later",
            "署名されたものはそのまま。署名またはフォームの記入が後に加えられています",
        )
    return said
