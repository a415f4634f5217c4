"""Signed containers that others made."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tegata.trust.ades.asic import verify_container
from tegata.trust.ades.paths import Trust
from tegata.trust.certificates import read_certificates
from tegata.trust.pki import Certificate
from tests.shared_data import shared_data
from tests.trust.judge.case import Case

UNSIGNED = "containers/invalid-not-signed-hashchain.asice"
OF_OTHERS = "structure/valid-signed-message.asice"  # its authority is in no configuration of the set


def x_road() -> Iterator[Case]:
    """Messages as X-Road exports them; good ones must pass whole, with its configuration as what the reader trusts."""
    folder = shared_data("asic-xroad")
    trust = Trust(anchors(folder), dt.datetime(2026, 11, 25, tzinfo=dt.UTC), freshness=dt.timedelta(hours=1))
    for row in csv.DictReader((folder / "expected.csv").read_text().splitlines()):
        name, result = row["file"], verify_container((folder / row["file"]).read_bytes(), trust)
        passed = {check.name for check in result.checks if check.verdict == "passed"}
        holds = {"data", "signature"} <= passed if name == OF_OTHERS else result.verdict == "total-passed"
        policy = "a chain that nobody signed lies in the container" if name == UNSIGNED else ""
        yield Case(name, row["result"] == "pass", holds, policy)


def anchors(folder: Path) -> tuple[Certificate, ...]:
    """Authorities, OCSP responders and time-stamping authorities of its configuration."""
    shared = (folder / "globalconf/globalconf_good2_v3/DEV/shared-params.xml").read_text()
    stated = (base64.b64decode("".join(one.split())) for one in re.findall(r"(?s)<cert>(.*?)</cert>", shared))
    return tuple(Certificate.read(one.public_bytes(Encoding.DER)) for raw in stated for one in read_certificates(raw))
