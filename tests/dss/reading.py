"""Our verdict on a signature of any form, by what its bytes are."""

from __future__ import annotations

from tegata.model.evidence import Verification
from tegata.trust.ades import asice, cades, jades, pades
from tegata.trust.ades.verdict import Trust, judge


def verdict(document: bytes, trust: Trust) -> Verification:
    if document.startswith(b"PK"):
        return asice.verify_asice(document, trust)
    if document.startswith(pades.MAGIC):
        return pades.verify_pdf(document, trust)
    if document.startswith(b"\x30"):
        return judge(lambda: cades.read_cades(document, {}), trust)
    return judge(lambda: jades.read_jades(document, {}), trust)
