"""Why sub-indications differ where main indications agree, by what both say. What is not here fails the judge."""

from __future__ import annotations

import re
from typing import NamedTuple


class Reason(NamedTuple):
    """`ours`, `theirs`: patterns that the whole sub-indication is of."""

    ours: str
    theirs: str
    why: str


REASONS = (
    Reason(
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "TRY_LATER",
        "what DSS finds too old is not taken at all: an OCSP responder that the issuer itself did not certify, or of "
        "whom nobody says that it was not revoked (RFC 6960 section 4.2.2.2), or a signature by RSASSA-PSS",
    ),
    Reason(
        "TRY_LATER|CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        "the certificate of who answered has ended too; that what there is has become too old is told first",
    ),
    Reason(
        "TRY_LATER|CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "of two faults in a chain each tells its first, here from the anchor downwards, there from the certificate "
        "upwards; or an answer from before the certificate was issued anew, which DSS takes for none",
    ),
    Reason(
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "SIG_CONSTRAINTS_FAILURE",
        "DSS takes another certificate of an anchor's key for the anchor, so that nobody has to tell that it is not "
        "revoked",
    ),
    Reason(
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "SIGNED_DATA_NOT_FOUND",
        "a reference to an element beside the signature by an `Id` that no schema declares is followed; DSS does not "
        "find it",
    ),
    Reason(
        "NO_CERTIFICATE_CHAIN_FOUND",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "the name of the issuer stands there in another order, and so is another name (RFC 5280 section 7.1); DSS "
        "looks for the key",
    ),
    Reason(
        "NO_SIGNING_CERTIFICATE_FOUND",
        ".*",
        "a certificate that nothing signed names, or that cannot be read, is not that of the signer (clause 5.2.3); "
        "nothing else is asked",
    ),
    Reason("FORMAT_FAILURE", ".*", "what is of no acceptable form is not computed (clause 5.2.2 comes first)"),
    Reason(
        "HASH_FAILURE",
        "FORMAT_FAILURE|SIG_CRYPTO_FAILURE",
        "what a reader of the PDF sees is not what was signed; DSS calls such changes a matter of form, or finds the "
        "signature false besides",
    ),
    Reason(
        "SIG_CRYPTO_FAILURE",
        "HASH_FAILURE",
        "a JWS has no digest of its payload: what was changed breaks the signature (RFC 7515 section 5.2)",
    ),
)


def why(ours: str, theirs: str) -> str:
    """The reason; empty when there is none."""
    found = (one.why for one in REASONS if re.fullmatch(one.ours, ours) and re.fullmatch(one.theirs, theirs))
    return next(found, "")
