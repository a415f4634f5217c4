"""Why we and EU DSS 6.4 differ on signatures that others made. What is of no kind here fails the judge.

A kind is known by what both say: patterns on main indication, sub-indication and words of each. The first that matches
counts. Where we are stricter it is by a rule that our documents state, where we are laxer by the text of the standard.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """`ours`, `theirs`: patterns. `why`: in one sentence."""

    ours: str
    theirs: str
    why: str


_LATER = "INDETERMINATE|TOTAL_PASSED"
_PDF = (
    Kind(
        "not found in the current context",
        _LATER,
        "a version refers to an object that only a later one brings: whoever writes that decides what is shown",
    ),
    Kind(
        "hidden in a version after the first signature",
        _LATER,
        "a version after the first signature hides objects from some readers (hybrid cross-references, record 0101)",
    ),
    Kind("hidden object stands in two places", _LATER, "readers may show either of two objects of one number"),
    Kind(
        "must not be clobbered|sizes must be nondecreasing|Xref table size mismatch",
        _LATER,
        "cross-references contradict those of earlier versions, so that readers find different objects",
    ),
    Kind("bytes stand behind its end", _LATER, "bytes that nobody signed could be read as something else"),
    Kind(
        "the document was changed after it was signed",
        _LATER,
        "more than proofs, signatures and form entries came after it: annotations, resources of a page, names, objects "
        "set free, proofs of one signature replaced (VRI), or what a certification does not permit; DSS lets it be",
    ),
    Kind(
        "Partial names must not contain periods",
        _LATER,
        "a field has a period in its name, so that two fields may come to the same full one (ISO 32000-1 12.7.3.2)",
    ),
    Kind(
        "states its time in two places",
        _LATER,
        "the signing time stands in the CMS of a PAdES signature, where it may not (EN 319 142-1 clause 6.3)",
    ),
    Kind("it is encrypted", _LATER, "an encrypted document shows nothing to who has no password"),
    Kind(
        "of a kind that nobody knows",
        _LATER,
        "one of its signatures is adbe.pkcs7.sha1, over a digest by SHA-1, which is not read; none may be passed over",
    ),
    Kind(
        "does not cover all but itself",
        _LATER,
        "bytes beside the signature are not covered, or the version that it is in is not covered to its end",
    ),
    Kind(
        "signer_infos should contain exactly one entry",
        _LATER,
        "a field holds the signature of one signer (ISO 32000-1 12.8.3.3.1)",
    ),
)
_XML = (
    Kind(
        "it is no ZIP",
        "INDETERMINATE",
        "a second directory stands in its comment, so that readers unpack different files",
    ),
    Kind(
        "nobody signed `[^`]*[^\\x00-\\x7f]",
        "INDETERMINATE",
        "a ZIP whose names are in no known encoding: without its mark they are CP437 (appnote D.1), so the file that "
        "was signed is not there by that name",
    ),
    Kind(
        "nobody signed `",
        _LATER,
        "something in it nobody signed and would be shown as signed: wrapped signatures, an `Object` without a "
        "reference, parts to which only a `Manifest` leads, whose references nobody has to check",
    ),
    Kind(
        "signs no data, or properties twice",
        "INDETERMINATE",
        "a reference was taken out, so that it signs nothing but its own properties",
    ),
    Kind(
        "transforms (the files|what it signs)",
        "INDETERMINATE",
        "no transform of a stranger (XPath, XSLT) is evaluated but a canonicalisation, base64 and the three spellings "
        "of `without the signatures` (record 0093)",
    ),
    Kind(
        "properties are not its own|several sets of properties|means a part of a signature",
        "INDETERMINATE",
        "the reference to the signed properties does not mean those at their place: an XPath of its own leads to them, "
        "they are in no name space of XAdES (DDOC), or others are wrapped around",
    ),
    Kind(
        "NO_CERTIFICATE_CHAIN_FOUND",
        "TOTAL_FAILED FORMAT_FAILURE.*structure of the signature",
        "the schema of what nobody signed is broken; what does not read there is of no use, and no fault of the "
        "signature",
    ),
)
_JSON = (
    Kind(
        "it demands what is not understood",
        "INDETERMINATE",
        "`crit` names what no rule here gives a meaning to, and who does not understand it must refuse "
        "(RFC 7515 section 4.1.11)",
    ),
    Kind(
        "its certificates are malformed|its parts are not text",
        "INDETERMINATE",
        "what RFC 7515 wants to be text or base64 is none, so it is no JWS (sections 4.1.6 and 7.2)",
    ),
    Kind(
        "signer does not say when",
        "TOTAL_FAILED FORMAT_FAILURE",
        "it is no baseline signature without it, and so none of the formats that DSS is told to accept; clause 5.2.8: "
        "open",
    ),
)
_CERTIFICATES = (
    Kind(
        "it is the certificate of an authority",
        "TOTAL_PASSED",
        "the certificate of an authority signs certificates, not documents",
    ),
    Kind(
        "NOT_YET_VALID",
        "INDETERMINATE",
        "the certificate begins after the time by which the signature existed, which nothing mends (clause 5.5.4)",
    ),
    Kind(
        "TOTAL_PASSED",
        "TRY_LATER.*not considered as 'fresh'",
        "an OCSP answer without nextUpdate counts for times before it was made (record 0102); DSS takes it for none",
    ),
    Kind(
        "TOTAL_PASSED",
        "validity range of the certificate of the issuer of the revocation",
        "the responder is judged as of the time of its answer, which is after the time in question here",
    ),
    Kind(
        "TOTAL_PASSED",
        "issued before the certificate's issuance",
        "a revocation list counts until its nextUpdate (RFC 5280 section 6.3.3), for certificates issued after it too",
    ),
    Kind(
        "(the signature does not hold|it means another certificate).*no revocation list that covers it",
        "TOTAL_PASSED",
        "an OCSP answer that is signed by RSASSA-PSS, or whose encoding is not DER, is not taken",
    ),
    Kind(
        "^INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE.*no revocation list that covers it",
        "TOTAL_PASSED",
        "the file brings no revocation data of an authority between; DSS passes it, though its policy asks for them",
    ),
    Kind(
        "NO_SIGNING_CERTIFICATE_FOUND",
        "TOTAL_FAILED SIG_CRYPTO_FAILURE",
        "clause 5.2.3 comes first: without a signed reference the certificate is not known by which to verify",
    ),
    Kind(
        "NO_SIGNING_CERTIFICATE_FOUND",
        "TOTAL_FAILED (FORMAT_FAILURE|no signature)",
        "PAdES-BES is none of the formats that DSS is told to accept (record 0092); without the certificate of the "
        "signer, or one that can be read, the question is open (clause 5.2.3)",
    ),
)
_CMS = (
    Kind("a signed attribute is repeated", "INDETERMINATE", "an attribute is signed twice (RFC 5652 section 11)"),
    Kind(
        "bytes are left over",
        "INDETERMINATE",
        "bytes stand behind the structure or inside it that could be read as something else",
    ),
    Kind(
        "its algorithm is not one that the key allows",
        "INDETERMINATE",
        "RSASSA-PSS whose parameters name another hash than the one that stands beside them (RFC 4056 section 3)",
    ),
    Kind(
        "SIG_CRYPTO_FAILURE.*the signature does not hold",
        "TOTAL_PASSED|TRY_LATER",
        "RSASSA-PKCS1-v1_5 whose DigestInfo lacks its NULL: the encoding has one form (RFC 8017 section 9.2), and each "
        "laxer one has been a way to forge",
    ),
)
KINDS: tuple[Kind, ...] = (*_PDF, *_XML, *_JSON, *_CERTIFICATES, *_CMS)
