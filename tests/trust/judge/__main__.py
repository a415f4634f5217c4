"""`make judges-trust`: every set and program is asked, and docs/trust-judges.md written anew with --write."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.judge import containers, jws, page, proofs, records, signatures
from tests.trust.judge.case import Judge
from tests.trust.judge.programs import bouncy_castle, openssl, poppler
from tests.trust.judge.programs.answer import Answer, Program
from tests.trust.judge.programs.differences import EXPLAINED

SETS: dict[str, Judge] = {
    "NIST PKITS: certification paths": proofs.pkits,
    "NIST PKITS: user notices": proofs.user_notices,
    "Wycheproof: Ed25519": signatures.ed25519,
    "Wycheproof: ECDSA P-256 and P-384, DER": signatures.ecdsa,
    "Wycheproof: ECDSA P-256 and P-384, fixed length": signatures.p1363,
    "Wycheproof: RSA PKCS #1 v1.5": signatures.rsa_pkcs1,
    "Wycheproof: RSA-PSS": signatures.rsa_pss,
    "Wycheproof: ML-DSA-44, 65, 87": signatures.mldsa,
    "Wycheproof: JWS": jws.wycheproof,
    "RFC 7515 appendix A: JWS": jws.rfc7515,
    "RFC 7520 section 4, 7797, 8037: JWS": jws.examples,
    "transparency-dev: Merkle proofs": proofs.merkle,
    "transparency-dev: tiled log": proofs.tiled_log,
    "EU trusted lists (TS 119 612)": proofs.xml_lists,
    "Lists of trusted entities (TS 119 602)": proofs.json_lists,
    "Mutual recognition (pilot of the EU)": proofs.recognition,
    "X-Road: signed containers": containers.x_road,
    "Four authorities: time-stamps (RFC 3161)": records.time_stamps,
    "BSI TR-ESOR: evidence records (RFC 4998)": records.evidence_records,
}
PROGRAMS = (openssl.program, bouncy_castle.program, poppler.program)


class Found:
    """Lines of the page, and whether anything is wrong."""

    def __init__(self) -> None:
        self.sets: list[str] = []
        self.narrower: list[str] = []
        self.programs: list[str] = []
        self.differing: list[str] = []
        self.wrong = False

    def judge_set(self, name: str, judge: Judge) -> None:
        try:
            cases = list(judge())
        except pytest.skip.Exception:
            self.sets.append(_shown(page.absent_set(name)))
            return
        self.sets.append(_shown(page.set_row(name, cases)))
        self.narrower += page.reasons(name, cases)
        for case in cases:
            if not page.right(case) and not (case.expected and case.policy):
                self._wrong(case)

    def ask(self, program: Program) -> None:
        name = f"{program.name} {program.version}".strip()
        if program.absent:
            self.programs.append(_shown(page.absent_program(name, program.absent)))
            return
        for on, answers in judged(program):
            self.programs.append(_shown(page.program_row(name, on, answers)))
            self.differing += page.differences(name, on, answers, EXPLAINED.get((program.name, on), {}))
            for what in unexplained(program.name, on, answers):
                self._wrong(what)
            for id_ in agreed(program.name, on, answers):
                print(f"  explained, and not so with this version: {id_}")

    def _wrong(self, what: object) -> None:
        self.wrong = True
        print(f"  WRONG {what}")


def judged(program: Program) -> Iterator[tuple[str, list[Answer]]]:
    for on, judge in program.judges.items():
        with tempfile.TemporaryDirectory() as folder:
            yield on, list(judge(Path(folder)))


def unexplained(name: str, on: str, answers: list[Answer]) -> list[Answer]:
    """Differences without a reason."""
    explained = EXPLAINED.get((name, on), {})
    return [answer for answer in answers if answer.ours != answer.theirs and answer.id not in explained]


def agreed(name: str, on: str, answers: list[Answer]) -> set[str]:
    """Reasons without a difference: programs learn."""
    return EXPLAINED.get((name, on), {}).keys() - {answer.id for answer in answers if answer.ours != answer.theirs}


def _shown(line: str) -> str:
    print(line, flush=True)
    return line


def main(arguments: list[str]) -> int:
    found = Found()
    for name, judge in SETS.items():
        found.judge_set(name, judge)
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            found.ask(program(Path(folder)))
    if "--write" in arguments:
        text = page.page(found.sets, found.narrower, found.programs, found.differing)
        page.PAGE.write_text(text, "utf-8")
    return int(found.wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
