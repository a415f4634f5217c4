"""`pdfsig` of poppler on PAdES: whole documents of every level and kind of key, and spoilt ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.dss.cases import cases
from tests.trust.judge.programs.answer import Answer, Program, missing, said

_OF_TRUST = {"no anchor", "no revocation list", "revoked", "after its end", "before its start"}  # it is told of none


def documents(folder: Path) -> Iterator[Answer]:
    for case in (one for one in cases() if one.form == "pades" and one.name not in _OF_TRUST):
        (folder / "signed.pdf").write_bytes(case.document)
        told = said(folder, "pdfsig", "-nocert", "signed.pdf")
        yield Answer(case.name, case.verdict().verdict == "total-passed", holds(told))


def holds(told: str) -> bool:
    """Every signature of a type that it knows is valid: it tells of time-stamps over documents, and judges none."""
    found = set(re.findall(r"Signature Validation: (.*)", told)) - {"Signature has not yet been verified."}
    return found == {"Signature is Valid."}


def program(folder: Path) -> Program:
    absent = missing("pdfsig")
    version = "" if absent else said(folder, "pdfsig", "-v").split()[2]
    return Program("poppler", version, absent, {"PAdES": documents})
