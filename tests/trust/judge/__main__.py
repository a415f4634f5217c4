"""`make judges-trust`: every set is judged, and the table in docs/trust-judges.md written anew with --write."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from tests.trust.judge import containers, proofs, signatures
from tests.trust.judge.case import Case, Judge

PAGE = Path(__file__).parents[3] / "docs" / "trust-judges.md"
JUDGES: dict[str, Judge] = {
    "NIST PKITS: certification paths": proofs.pkits,
    "NIST PKITS: user notices": proofs.user_notices,
    "Wycheproof: Ed25519": signatures.ed25519,
    "Wycheproof: ECDSA P-256 and P-384, DER": signatures.ecdsa,
    "Wycheproof: ECDSA P-256 and P-384, fixed length": signatures.p1363,
    "Wycheproof: RSA PKCS #1 v1.5": signatures.rsa_pkcs1,
    "Wycheproof: RSA-PSS": signatures.rsa_pss,
    "Wycheproof: ML-DSA-44, 65, 87": signatures.mldsa,
    "Wycheproof: JWS": signatures.jws,
    "RFC 7520 section 4: JWS": signatures.rfc7520,
    "transparency-dev: Merkle proofs": proofs.merkle,
    "transparency-dev: tiled log": proofs.tiled_log,
    "EU trusted lists (TS 119 612)": proofs.xml_lists,
    "Lists of trusted entities (TS 119 602)": proofs.json_lists,
    "X-Road: signed containers": containers.x_road,
}
HEAD = """# What decides about trust, judged by what others wrote

Made by `make judges-trust` on the sets of `shared/data` (their READMEs name origin, commit and licence). A case is
right when we accept what the set calls good and refuse what it calls bad; for certification paths the kind of reason
must be right too. *Narrower* are good ones that we refuse by a policy of our own, told below. Nothing that a set calls
bad may be accepted: `make judges-trust` fails then.

| set | cases | right | narrower | free in the set | accepted though bad |
|---|---:|---:|---:|---:|---:|
"""
TAIL = """
Judged elsewhere: EU DSS, OpenSSL and poppler on what we sign and stamp (tests beside the code, and the other `judge`
targets). Of ML-DSA the 21 cases with a context are left out: no form in which we meet signatures has one. OCSP answers
are tried by tests of our own (`tests/trust/pki/test_ocsp.py`); no set judges them yet.
"""


def right(case: Case) -> bool:
    return case.expected is None or case.expected == case.ours


def row(name: str, cases: list[Case]) -> str:
    wrong = [case for case in cases if not right(case)]
    narrower = sum(bool(case.expected) for case in wrong)
    free = sum(case.expected is None for case in cases)
    agreed = len(cases) - len(wrong) - free
    return f"| {name} | {len(cases):,} | {agreed:,} | {narrower} | {free} | {len(wrong) - narrower} |"


def main(arguments: list[str]) -> int:
    lines, told, bad = [], [], 0
    for name, judge in JUDGES.items():
        cases = list(judge())
        lines.append(row(name, cases))
        print(lines[-1], flush=True)
        wrong = [case for case in cases if not right(case)]
        bad += sum(not case.expected or not case.policy for case in wrong)
        for case in wrong:
            if not case.expected or not case.policy:
                print(f"  WRONG {case}")
        reasons = Counter(case.policy for case in wrong)
        told += [f"| {name} | {count} | {reason} |" for reason, count in sorted(reasons.items())]
    if "--write" in arguments:
        narrower = "\n## Good ones that we refuse\n\n| set | cases | why |\n|---|---:|---|\n"
        PAGE.write_text(HEAD + "\n".join(lines) + "\n" + narrower + "\n".join(told) + "\n" + TAIL, "utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
