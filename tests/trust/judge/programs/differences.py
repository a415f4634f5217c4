"""Where a program and we differ, by program and what is judged, and why. What is not here fails the judge."""

from __future__ import annotations

_BEHIND = "it reads as far as the structure goes; bytes that nobody signed could be read as something else"
_ED25519 = "it knows no Ed25519 there"
_ML_DSA = "it knows no ML-DSA before 3.5"
_NOW = "it knows no proof of existence: it judges as of the time of reading alone"
_SHA1 = "SHA-1 is no longer safe: anybody could have made this"
_MORE = "it says `Not total document signed`, and leaves to its reader what that means"
_TIMELESS = "it judges no certificates, so none at a time"
_LISTS = "it is told to ask revocation lists, and this brings answers"
_ATTRIBUTES = "without signed attributes it could be passed off as a signature over attributes"
_PURPOSE = "it is told of no purpose; the certificate of the key is for another"

EXPLAINED: dict[tuple[str, str], dict[str, str]] = {
    ("OpenSSL", "time-stamps"): {
        "whole, ed25519": _ED25519,
        "whole, ml-dsa-44": _ML_DSA,
        "whole, ml-dsa-65": _ML_DSA,
        "before its certificate began": "it judges the certificate as of the time of reading, not of the time-stamp",
        "something behind it": _BEHIND,
        "critical extension": "it passes over extensions of a token, critical ones too",
        "its own: rsa, sha1, signed over sha256, reference by sha256": _SHA1,
        "its own: rsa, sha256, signed over sha1, reference by sha256": _SHA1,
    },
    ("Bouncy Castle", "time-stamps"): {
        "something behind it": _BEHIND,
        "critical extension": "it passes over extensions of a token, critical ones too",
        "version 2": "it does not look at the version",
    },
    ("Bouncy Castle", "CAdES"): {
        "a key for time-stamps": _PURPOSE,
        "whole, B-LT by OCSP": _LISTS,
        "revoked after its time-stamp": _NOW,
        "something behind it": _BEHIND,
        "ended, renewed in time": _NOW,
        "ended, renewed twice": _NOW,
        "its own: no reference to its certificate": "CMS does not ask for it; EN 319 122-1 clause 5.2.2 does",
        "its own: no signed attributes": _ATTRIBUTES,
        "its own: over SHA-1": _SHA1,
    },
    ("OpenSSL", "CAdES"): {
        "whole, ed25519": _ED25519,
        "a key for time-stamps": _PURPOSE,
        "whole, B-LT by OCSP": _LISTS,
        "revoked after its time-stamp": _NOW,
        "something behind it": _BEHIND,
        "ended, renewed in time": _NOW,
        "ended, renewed twice": _NOW,
        "its own: -noattr": _ATTRIBUTES,
        "its own: -md sha1": _SHA1,
    },
    ("OpenSSL", "OCSP"): {
        "its own: good, by a delegate that may be revoked": "it does not ask whether the responder was revoked",
        "of tomorrow": "a later answer that is good speaks of the time before it too; it asks as of now",
        "under SHA-224": "weaker than is accepted here",
        "something behind it": _BEHIND,
    },
    ("poppler", "PAdES"): {
        "whole, ed25519": _ED25519,
        "a key for time-stamps": _PURPOSE,
        "revoked before its time-stamp": "it judges no certificates, so no revocation",
        "page written anew after it": _MORE,
        "comment behind it": _MORE,
        "time in its CMS": "EN 319 142-1 wants the time in one place; it reads either",
        "ended, nothing over its time-stamp": _TIMELESS,
        "ended, renewed too late": _TIMELESS,
    },
}
