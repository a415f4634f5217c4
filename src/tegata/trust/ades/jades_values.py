"""What stands beside a JAdES signature without being signed (TS 119 182-1 clause 5.3): `etsiU`, in encoded form.

Nobody vouches for it as it stands: time-stamps, certificates and lists are each verified by themselves. So what is not
understood is passed over.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from tegata.model.errors import VerificationError
from tegata.trust.jws import base64url, read_header, unbase64url

_MAX_PARTS: Final = 64
_MAX_PART: Final = 4 << 20


class Held(NamedTuple):
    """Time-stamp tokens, certificates, revocation lists and OCSP answers, in DER."""

    stamps: tuple[bytes, ...]
    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    answers: tuple[bytes, ...] = ()
    archives: tuple[tuple[bytes, str, frozenset[bytes]], ...] = ()  # token, all parts in front, the tokens of these


def stamp(token: bytes) -> str:
    """A time-stamp on the signature (clause 5.3.4)."""
    return _encoded({"sigTst": {"tstTokens": [{"val": _base64(token)}]}})


def values(certificates: Iterable[bytes], lists: Iterable[bytes], answers: Iterable[bytes]) -> list[str]:
    """Certificates, and revocation lists and OCSP answers (clauses 5.3.5.1, 5.3.5.2); no part is empty."""
    known = [{"x509Cert": {"val": _base64(one)}} for one in certificates]
    told = {name: [{"val": _base64(one)} for one in held] for name, held in (("crlVals", lists), ("ocspVals", answers))}
    kept = {name: held for name, held in told.items() if held}
    return [_encoded({name: held}) for name, held in (("xVals", known), ("rVals", kept)) if held]


def archive(token: bytes) -> str:
    """A time-stamp over the signed data, the signature and all parts in front of it (clause 5.3.6)."""
    return _encoded({"arcTst": {"tstTokens": [{"val": _base64(token)}]}})


def read(stated: list[object]) -> Held:
    """What of the header that is not signed can be of use."""
    parts = [part for _, part in _parts(stated)]
    return Held(
        tuple(token for part in parts for token in _all(_inside(part, "sigTst", "tstTokens"))),
        tuple(raw for part in parts for raw in _all(_certificates(part))),
        tuple(raw for part in parts for raw in _all(_inside(part, "rVals", "crlVals"))),
        tuple(raw for part in parts for raw in _all(_inside(part, "rVals", "ocspVals"))),
        tuple(_archives(stated)),
    )


def _archives(stated: list[object]) -> Iterator[tuple[bytes, str, frozenset[bytes]]]:
    """Those over everything. What is not encoded has no bytes that a time-stamp could be over: it proves nothing."""
    encoded = [part for part in stated if isinstance(part, str)]
    if len(encoded) != len(stated):
        return
    seen: set[bytes] = set()
    for place, part in _parts(stated):
        held = part.get("arcTst")
        if isinstance(held, dict) and held.get("timeStamped", "all") == "all":
            before, covered = "".join(encoded[:place]), frozenset(seen)
            yield from ((token, before, covered) for token in _all(held.get("tstTokens")))
        for name in ("sigTst", "arcTst"):
            seen.update(_all(_inside(part, name, "tstTokens")))


def _parts(stated: list[object]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Place and content of each part, whether encoded or as it is."""
    for place, part in enumerate(stated[:_MAX_PARTS]):
        if isinstance(part, dict):
            yield place, part
        elif isinstance(part, str):
            try:
                yield place, read_header(unbase64url(part), _MAX_PART)
            except VerificationError:
                continue


def _inside(part: dict[str, Any], name: str, list_name: str) -> object:
    held = part.get(name)
    return held.get(list_name) if isinstance(held, dict) else None


def _certificates(part: dict[str, Any]) -> list[object]:
    held = part.get("xVals")
    return [one.get("x509Cert") for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def _all(stated: object) -> Iterator[bytes]:
    """Bytes of each {"val": base64}."""
    for one in stated[:_MAX_PARTS] if isinstance(stated, list) else ():
        text = one.get("val") if isinstance(one, dict) else None
        if isinstance(text, str):
            try:
                yield base64.b64decode(text, validate=True)
            except ValueError:
                continue


def _encoded(part: dict[str, Any]) -> str:
    return base64url(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
