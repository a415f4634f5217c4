"""Where our main indication is not that of EU DSS 6.4, and why. A difference that is not here fails the judge."""

from __future__ import annotations

_CRIT = "RFC 7515 section 4.1.11 and TS 119 182-1 clause 5.1: DSS reports another format (JSON-NOT-ETSI) and goes on"
_PURPOSE = "what the key is for is read from its certificate; the default policy of DSS does not ask"
_CURVE = "the default policy of DSS (TS 119 312) does not name EdDSA; the signature itself holds there too"
_STRAY = "bytes that nobody signed could be read as something else"

_WRAPPED = "properties that nobody signed stand beside those signed; DSS reads the right ones and does not mind"
_PDF_LATER = "DSS leaves what was changed after it to its warnings; whoever opens the document sees the later state"

EXPLAINED: dict[tuple[str, str], str] = {
    ("jades", "whole, ed25519"): _CURVE,
    ("cades", "whole, ed25519"): _CURVE,
    ("asice", "whole, ed25519"): _CURVE,
    ("pades", "whole, ed25519"): _CURVE,
    ("jades", "a key for time-stamps"): _PURPOSE,
    ("cades", "a key for time-stamps"): _PURPOSE,
    ("asice", "a key for time-stamps"): _PURPOSE,
    ("pades", "a key for time-stamps"): _PURPOSE,
    ("jades", "unknown critical name"): _CRIT,
    ("jades", "critical name that is absent"): _CRIT,
    ("jades", "empty crit"): _CRIT,
    ("jades", "no crit"): _CRIT,
    ("jades", "sigD not critical"): _CRIT,
    ("jades", "jwk in the header"): "a key in the header is never of use, and has been the way in elsewhere",
    ("cades", "reference taken out"): "clause 5.2.3 comes first: without its reference the certificate is not known",
    ("cades", "something behind it"): _STRAY,
    ("asice", "a file added"): "a reader of the container would take the file for signed; DSS leaves that to its user",
    ("asice", "bytes behind it"): _STRAY,
    ("xades", "a file added"): "a reader of the container would take the file for signed; DSS leaves that to its user",
    ("xades", "properties wrapped"): _WRAPPED,
    ("xades", "second properties"): _WRAPPED,
    ("xades", "no reference"): "without its signed reference the certificate is not known; DSS calls it XML-NOT-ETSI",
    ("pades", "page written anew after it"): _PDF_LATER,
    ("pades", "comment behind it"): _STRAY,
    ("pades", "time in its CMS"): "EN 319 142-1 clause 6.3, table 1: it shall not stand there; DSS calls it PAdES-BES",
}
