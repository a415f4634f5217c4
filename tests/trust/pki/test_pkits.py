"""NIST PKITS: every case that the set gives in machine-readable form, judged valid or invalid as it says."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any

from tegata.trust.pki import Algorithms, Anchor, Certificate, PathPolicy, PathResult, RevocationList, validate_path
from tests.shared_data import shared_data

AT = dt.datetime(2020, 6, 1, tzinfo=dt.UTC)
OLD = Algorithms(hashes=frozenset({"sha1", "sha256"}), min_rsa_bits=1024, dsa=True)  # the set is of 2010

REASONS = {
    "PathValidationError": {
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "CHAIN_CONSTRAINTS_FAILURE",
        "NO_CERTIFICATE_CHAIN_FOUND",
        "OUT_OF_BOUNDS_NO_POE",
        "OUT_OF_BOUNDS_NOT_REVOKED",
    },
    "InsufficientRevinfoError": {"CERTIFICATE_CHAIN_GENERAL_FAILURE", "TRY_LATER"},  # none, or not recent enough
    "StaleRevinfoError": {"TRY_LATER"},
    "RevokedError": {"REVOKED_NO_POE", "REVOKED_CA_NO_POE", "TRY_LATER"},
}


@cache
def certificate(folder: Path, name: str) -> Certificate:
    return Certificate.read((folder / "certs" / name).read_bytes())


@cache
def crl(folder: Path, name: str) -> RevocationList:
    return RevocationList.read((folder / "crls" / name).read_bytes())


def judged(folder: Path, case: dict[str, Any]) -> PathResult:
    asked = case.get("params") or {}
    policy = PathPolicy(
        policies=frozenset(asked.get("user_initial_policy_set") or PathPolicy().policies),
        explicit=asked.get("initial_explicit_policy", False),
        inhibit_mapping=asked.get("initial_policy_mapping_inhibit", False),
        inhibit_any=asked.get("initial_any_policy_inhibit", False),
        revocation=case.get("revocation", True),
        algorithms=OLD,
    )
    return validate_path(
        certificate(folder, case["cert"]),
        anchors=[Anchor(certificate(folder, "TrustAnchorRootCertificate.crt"))],
        others=[certificate(folder, name) for name in case.get("other_certs", ())],
        lists=[crl(folder, name) for name in ("TrustAnchorRootCRL.crl", *case.get("crls", ()))],
        at=AT,
        policy=policy,
    )


def test_every_case_of_pkits() -> None:
    folder = shared_data("pkits")
    cases = json.loads((folder / "pkits.json").read_text("utf-8"))
    differing = []
    for case in cases:
        result, error = judged(folder, case), case.get("error")
        indication = result.verification.sub_indication
        agrees = result.passed if error is None else indication in REASONS[error["class"]]
        if not agrees:
            differing.append(
                f"{case['id']} {case['name']}: {result.verification.verdict} {indication}, expected {error}"
            )
    assert len(cases) == 246
    assert differing == []
