"""Where our main indication is not that of EU DSS 6.4, and why. A difference that is not here fails the judge."""

from __future__ import annotations

_PURPOSE = (
    "what the key is for is read from its certificate; the policy of DSS can name what is wanted, not what is not"
)
_STRAY = "bytes that nobody signed could be read as something else"
_WRAPPED = "properties that nobody signed stand beside those signed; the structure is no XAdES, which DSS leaves open"
_LEVEL = (
    "it is no baseline signature without it, and so none of the formats that DSS is told to accept; clause 5.2.8: open"
)

EXPLAINED: dict[tuple[str, str], str] = {
    ("jades", "a key for time-stamps"): _PURPOSE,
    ("cades", "a key for time-stamps"): _PURPOSE,
    ("asice", "a key for time-stamps"): _PURPOSE,
    ("pades", "a key for time-stamps"): _PURPOSE,
    ("jades", "jwk in the header"): "a key in the header is never of use, and has been the way in elsewhere",
    (
        "jades",
        "no reference",
    ): "`x5c` stands in what is signed (RFC 7515 section 4.1.6), so the certificate is not guessed",
    ("jades", "no time"): _LEVEL,
    ("cades", "reference taken out"): "clause 5.2.3 comes first: without its reference the certificate is not known",
    ("cades", "something behind it"): _STRAY,
    ("asice", "bytes behind it"): _STRAY,
    ("xades", "properties wrapped"): _WRAPPED,
    ("xades", "second properties"): _WRAPPED,
    ("pades", "comment behind it"): _STRAY,
}
