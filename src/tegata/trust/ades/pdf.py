"""Signatures inside PDF: where they lie, what they cover, what came after them. The structure is read by pyHanko.

Nothing cryptographic is decided here: the bytes that a signature covers and the CMS beside them go to `pades`.
"""

from __future__ import annotations

import binascii
import contextlib
import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any, Final, NamedTuple

from tegata.model.base import t
from tegata.model.errors import InputError, UsageError, VerificationError

MAGIC: Final = b"%PDF-"
MAX_PDF: Final = 64 << 20
MAX_SIGNATURES: Final = 32
_TAIL: Final = 8
_END: Final = re.compile(rb"%%EOF\r?\n?\Z")
_MAX_HELD: Final = 256
_RESERVED: Final = 64 << 10  # hexadecimal digits: a signature with a time-stamp is rarely longer than 8 KB


class Covered(NamedTuple):
    """A signature or time-stamp of a document, as it lies there."""

    cms: bytes
    content: bytes  # all bytes up to the end of its revision but for itself
    end: int  # of that revision
    at: dt.datetime | None  # as the dictionary has it
    kind: str  # its `/SubFilter`
    later: str  # what was changed after it: nothing, "" for no more than proofs, "forms", "other"

    @property
    def is_stamp(self) -> bool:
        """Whether it is a time-stamp, whatever its dictionary is called (`/Type`)."""
        return self.kind == "/ETSI.RFC3161"

    @property
    def is_pades(self) -> bool:
        """Whether it is PAdES, and not CMS as ISO 32000-1 alone has it."""
        return self.kind == "/ETSI.CAdES.detached"


class Document(NamedTuple):
    """What of a PDF signatures and their verdict are made of."""

    signatures: tuple[Covered, ...]
    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    answers: tuple[bytes, ...]


def read_pdf(data: bytes) -> Document:
    """Every signature of a document, the oldest first. VerificationError: it is none, or not of the strict form."""
    if len(data) > MAX_PDF:
        raise _refused("it is too large", "大きすぎます")
    with _told(_refused):
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign.fields import enumerate_sig_fields

        reader = PdfFileReader(BytesIO(data), strict=True)
        if reader.encrypted:
            raise _refused("it is encrypted", "暗号化されています")
        if not _END.search(data[-_TAIL:]):
            raise _refused("bytes stand behind its end", "終わりの後ろに余分なデータがあります")
        found = list(reader.embedded_signatures)
        if not 0 < len(found) <= MAX_SIGNATURES:
            raise _refused("it has no signature, or too many", "署名がないか、多すぎます")
        if len(found) != sum(1 for _ in enumerate_sig_fields(reader, filled_status=True)):  # it passes over the others
            raise _refused("a signature in it is of a kind that nobody knows", "未知の種類の署名が含まれています")
        _check_hybrid(reader.xrefs, min(one.signed_revision for one in found))
        return Document(tuple(_covered(data, one) for one in found), *_store(reader))


def place(data: bytes, at: dt.datetime | None, digest: str, cms: Callable[[bytes], bytes]) -> bytes:
    """The document with one more signature field; without a time it is a document time-stamp.

    Args:
        digest: name of the hash by which the structure is signed.
        cms: gives the signature (DER) for what it has to cover.

    Raises InputError when the document cannot be added to.
    """
    with _told(_unusable):
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.signers import cms_embedder
        from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject

        writer = IncrementalPdfFileWriter(BytesIO(data), strict=True)
        steps: Any = cms_embedder.PdfCMSEmbedder().write_cms(_free_name(writer.prev), writer)
        next(steps)
        signature: Any = DocumentTimestamp(bytes_reserved=_RESERVED)  # type: ignore[no-untyped-call]
        if at is not None:
            signature = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=_RESERVED)
        steps.send(cms_embedder.SigObjSetup(sig_placeholder=signature))
        prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm=digest))
        written = output.getvalue()
        covered = written[: prepared.reserved_region_start] + written[prepared.reserved_region_end :]
        prepared.fill_with_cms(output, cms(covered))
        signed: bytes = output.getvalue()
        return signed


def with_store(data: bytes, certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes]) -> bytes:
    """The document with what a verdict needs in its security store (EN 319 142-1 clause 5.4)."""
    with _told(_unusable):
        from asn1crypto import crl, ocsp, x509
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        output = BytesIO(data)
        DocumentSecurityStore.add_dss(
            output,
            None,
            certs=[x509.Certificate.load(one) for one in certificates],
            crls=[crl.CertificateList.load(one) for one in lists],
            ocsps=[ocsp.OCSPResponse.load(one) for one in answers],
        )
        return output.getvalue()


def _covered(data: bytes, signature: Any) -> Covered:
    """Its parts, when it covers all but itself from the first byte to the end of a revision (clause 5.3)."""
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    stated = [int(one) for one in signature.byte_range]
    if len(stated) != 4 or min(stated) < 0 or stated[0] != 0:
        raise _refused("what it covers is malformed", "署名範囲の形式が誤っています")
    _, first, second, length = stated
    gap = data[first:second]
    held = binascii.unhexlify(gap[1:-1]) if gap[:1] == b"<" and gap[-1:] == b">" else b""
    signature.coverage = signature.evaluate_signature_coverage()
    whole = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    if held != signature.pkcs7_content or second + length > len(data) or signature.coverage not in whole:
        raise _refused("it does not cover all but itself", "署名自身を除く全体を対象としていません")
    if second + length != len(data) and signature.signed_revision == signature.reader.xrefs.total_revisions - 1:
        raise _refused("bytes stand behind it that are part of nothing", "どの版にも属さないデータが後ろにあります")
    return Covered(
        held,
        data[:first] + data[second : second + length],
        second + length,
        signature.self_reported_timestamp,
        str(signature.sig_object.get("/SubFilter")),
        _later(signature),
    )


def _later(signature: Any) -> str:
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel

    found = signature.evaluate_modifications(DEFAULT_DIFF_POLICY)
    level = getattr(found, "modification_level", ModificationLevel.OTHER)
    if level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES):
        return ""
    return "forms" if level == ModificationLevel.FORM_FILLING else "other"


def _check_hybrid(references: Any, signed: int) -> None:
    """Objects hidden from readers of PDF 1.4 (ISO 32000-1 clause 7.5.8.4), as office programs write them.

    They must stand in one place, so that every reader of today finds the same; and none may be hidden in a revision
    after the first that is `signed`, since what those change has to be told.
    """
    for number in range(references.total_revisions):
        section = references.get_xref_data(number)
        if section.hybrid is None:
            continue
        if number > signed:
            raise _refused(
                "objects are hidden in a version after the first signature", "署名後の版に隠れた対象があります"
            )
        for one in _hidden(section.hybrid.xref_data):
            if section.try_resolve(one) != section.hybrid.xref_data.try_resolve(one):
                raise _refused("a hidden object stands in two places", "隠れた対象が二か所にあります")


def _hidden(section: Any) -> Iterator[Any]:
    from pyhanko.pdf_utils.generic import Reference

    stated = section.explicit_refs_in_revision
    yield from (Reference(number, generation) for number, generation in stated if number not in section.freed)


def _store(reader: Any) -> Iterator[tuple[bytes, ...]]:
    """Certificates, lists of revocation and OCSP answers of the security store (DER)."""
    root = reader.root
    store = root["/DSS"] if "/DSS" in root else {}  # noqa: SIM401 - only by index a reference is followed
    for name in ("/Certs", "/CRLs", "/OCSPs"):
        yield tuple(one.get_object().data for one in (list(store[name])[:_MAX_HELD] if name in store else ()))


def _free_name(reader: Any) -> str:
    from pyhanko.sign.fields import enumerate_sig_fields

    taken = {name for name, *_ in enumerate_sig_fields(reader)}
    return next(name for number in range(1, 10_000) if (name := f"Signature{number}") not in taken)


@contextlib.contextmanager
def _told(refused: Callable[[str, str], Exception]) -> Iterator[None]:
    """Whatever a library says of a document that a stranger wrote is a fault of the document."""
    try:
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.validation.errors import SignatureValidationError
    except ImportError:
        raise UsageError(
            t("signatures in PDF need the extra `pdf`", "PDF の署名には追加機能 `pdf` が必要です"),
            hint="pip install 'tegata[pdf]'",
        ) from None
    logging.getLogger("pyhanko").propagate = False  # what it says, tracebacks included, is said once, in our words
    logging.getLogger("pyhanko").handlers = [logging.NullHandler()]
    known = (
        PdfError,
        SigningError,
        SignatureValidationError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
    )
    try:
        yield
    except (*known, RecursionError, AssertionError, NotImplementedError, StopIteration) as error:
        words = f"{error}"[:160]
        raise refused(words, words) from None


def _refused(en: str, ja: str) -> VerificationError:
    return VerificationError(
        t("the PDF has no signature that can be judged", "判定できる署名のある PDF ではありません"), why=t(en, ja)
    )


def _unusable(en: str, ja: str) -> InputError:
    return InputError(t("this PDF cannot be signed", "この PDF には署名できません"), why=t(en, ja))
