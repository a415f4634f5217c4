"""Other classifiers on the labelled columns. Each script runs in an environment of its own (`make judge-scan`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.scan.labelled import ORDINARY, Verdicts, folder

HERE = Path(__file__).parent
BUILT = Path(__file__).parents[3] / "build" / "peers"

_GOVERNMENT = (
    "US_SSN", "US_ITIN", "US_PASSPORT", "US_DRIVER_LICENSE", "US_NPI", "UK_NHS", "UK_NINO", "MEDICAL_LICENSE", "US_MBI",
    "SSN", "DRIVERS_LICENSE",
)  # fmt: skip
_FINANCIAL = ("CREDIT_CARD", "IBAN_CODE", "US_BANK_NUMBER", "ABA_ROUTING_NUMBER", "CRYPTO", "BAN")
_CONTACT = ("EMAIL_ADDRESS", "PHONE_NUMBER", "PERSON", "ADDRESS", "LOCATION")
MEANT: Mapping[str, str] = {
    **dict.fromkeys(_GOVERNMENT, "identifier.government"),
    **dict.fromkeys(_FINANCIAL, "financial"),
    **dict.fromkeys(_CONTACT, "identifier.contact"),
    **dict.fromkeys(("IP_ADDRESS", "IPV4", "IPV6"), "identifier.network"),
    "MAC_ADDRESS": "identifier.device",
    "HASH_OR_KEY": "identifier.auth",
    "US_HEALTH_INSURANCE_MEMBER_ID": "health",
}
"""What the names of others say in our categories; every other name (dates, URLs, numbers) is ordinary."""


def verdicts(peer: str, tables: Sequence[str]) -> Verdicts | None:
    """Of all tables; None where the peer is not installed."""
    python = BUILT / peer / "bin" / "python"
    if not python.exists():
        return None
    command = [python, HERE / f"{peer}_columns.py", folder(), *tables]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{peer}: {done.stderr[-2000:]}")
    said: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return {table: {column: MEANT.get(name, ORDINARY) for column, name in one.items()} for table, one in said.items()}
