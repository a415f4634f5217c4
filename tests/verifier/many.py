"""What is said of cases, each a few values of JSON. Run by the lone interpreter, and imported by the tests.

python -I many.py PROGRAM (verified | decoded)        cases on stdin, what PROGRAM says of them on stdout
"""

from __future__ import annotations

import base64
import datetime as dt
import importlib
import json
import sys
from typing import Any

Case = dict[str, Any]


def verified(case: Case) -> str:
    """The verdict on `proof`, for a reader who has and trusts what else the case says."""
    from tegata.model.base import pretty
    from tegata.model.errors import InputError
    from tegata.trust.certificates import read_certificates
    from tegata.trust.content import digest_of
    from tegata.trust.proof import Beside, Reader, verify_proof
    from tegata.trust.timestamp import pinned

    data, content = case.get("data"), case.get("content")
    beside = Beside(
        lambda: (data["digest"], data["size"]) if data else None,
        lambda: None if content is None else digest_of(base64.b64decode(content)),
    )
    clocks = pinned(read_certificates(case["tsa"].encode()) if case.get("tsa") else [])
    at = dt.datetime.fromisoformat(case.get("at", "2026-11-26T00:00:00+00:00"))
    reader = Reader(case["trusted"], clocks, {}, lambda: at)
    try:
        return pretty(verify_proof(base64.b64decode(case["proof"]), "it", beside, reader)).decode()
    except InputError as error:
        return json.dumps({"verdict": "no proof", "why": str(error)})


def decoded(case: Case) -> str | None:
    """The noun of this `kind` that the `document` is, for people; None where it is none, or not in the fixed form."""
    from tegata.model.base import decode_fixed, pretty

    module, _, name = case["kind"].rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    try:
        return pretty(decode_fixed(base64.b64decode(case["document"]), kind)).decode()
    except ValueError:
        return None


def converted(case: Case) -> str:
    """A quorum of plain values, or what is wrong with them."""
    from tegata.model.catalog import Quorum
    from tegata.model.coding import convert

    try:
        return repr(convert(case["value"], Quorum))
    except ValueError as error:
        return str(error)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    say = {"verified": verified, "decoded": decoded, "converted": converted}[sys.argv[2]]
    json.dump([say(case) for case in json.load(sys.stdin)], sys.stdout)
