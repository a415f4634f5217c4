"""Any advanced signature, by what its bytes are: containers, PDF, CMS, XML, JWS."""

from __future__ import annotations

from types import ModuleType

from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust.ades import asic, cades, jades, pades, xades
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.signature import Contents
from tegata.trust.ades.verdict import judge, unreadable, worst


def verify_signatures(document: bytes, contents: Contents, trust: Trust) -> Verification:
    """Tells whether each signature of a document holds. Never raises for what `document` is.

    Args:
        contents: what lies beside it, by name; "" for the one thing that it may be about.
    """
    if document.startswith(b"PK"):
        return asic.verify_container(document, trust)
    if document.startswith(pades.MAGIC):
        return pades.verify_pdf(document, trust)
    form: ModuleType = cades if document.startswith(b"\x30") else xades if xades.looks_like(document) else jades
    try:
        return worst([judge(read, trust) for read in form.signatures(document, contents)])
    except VerificationError as error:
        return unreadable(error)
