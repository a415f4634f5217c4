"""Certificates, revocation and certification paths (RFC 5280). Time, anchors and lists of revocation are arguments."""

from tegata.trust.pki.certificate import Anchor, Certificate
from tegata.trust.pki.crl import RevocationList
from tegata.trust.pki.ocsp import StatusAnswer
from tegata.trust.pki.path import PathResult, validate_path
from tegata.trust.pki.signature import Algorithms
from tegata.trust.pki.steps import PathPolicy

__all__ = [
    "Algorithms",
    "Anchor",
    "Certificate",
    "PathPolicy",
    "PathResult",
    "RevocationList",
    "StatusAnswer",
    "validate_path",
]
