"""Writes docs/schemas: the JSON Schema of every document that `--json` prints and of the passport, from the types."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from tegata.admission import Standing
from tegata.cli.batch import BatchResult
from tegata.cli.keys.revoke import Revocation
from tegata.cli.recognisers.results import RecogniserTest
from tegata.cli.render.errors import Problem
from tegata.cli.replay import Replayed
from tegata.cli.rules.new import PackMade
from tegata.cli.rules.results import LintResult, PackTest
from tegata.cli.sign import Signed
from tegata.cli.vault.end import Destroyed, Forgotten
from tegata.consent import Change, ConsentReport
from tegata.demo.result import DemoResult
from tegata.doors.desk import Doors, Link
from tegata.ledger import ControlReport
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Condition, Decision
from tegata.model.evidence import Passport, Verification
from tegata.model.plan import DataSetPlan, ProtectionPlan, Release
from tegata.model.process import Negotiation, TransferProcess
from tegata.model.profile import Profile
from tegata.model.vault import VaultEntries, VaultState
from tegata.rules.duties import Duty
from tegata.rules.explain import Explanation
from tegata.rules.means import Mapping
from tegata.rules.ownership import OwnershipAnswer
from tegata.rules.pack_diff import PackChange
from tegata.rules.provision import Provision
from tegata.rules.summary import PackDocument, PackSummary
from tegata.rules.vary import Variation
from tegata.scan.recogniser import Recogniser
from tegata.trust.keyring import KeyRecord
from tegata.trust.pack_seal import PackStatement

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
DOCUMENTS: dict[str, Any] = {
    "profile": Profile,
    "decision": Decision,
    "plan": ProtectionPlan,
    "plan-of-data-set": DataSetPlan,
    "release": Release,
    "verification": Verification,
    "passport": Passport,
    "dataset": Dataset,
    "participant": Participant,
    "negotiation": Negotiation,
    "transfer": TransferProcess,
    "doors": Doors,
    "link": Link,
    "demo": DemoResult,
    "problem": Problem,
    "sign": Signed,
    "vault-show": VaultState,
    "vault-find": VaultEntries,
    "vault-forget": Forgotten,
    "vault-destroy": Destroyed,
    "keys-list": tuple[KeyRecord, ...],
    "keys-show": KeyRecord,
    "keys-revoke": Revocation,
    "decide-batch": BatchResult,
    "decide-replay": Replayed,
    "what-if": Variation,
    "recognisers-list": tuple[Recogniser, ...],
    "recognisers-show": Recogniser,
    "recognisers-test": RecogniserTest,
    "rules-duties": tuple[Duty, ...],
    "rules-list": tuple[PackSummary, ...],
    "rules-show": PackDocument,
    "rules-show-rule": Provision,
    "rules-explain": tuple[Explanation, ...],
    "rules-map": tuple[Mapping, ...],
    "rules-ownership": tuple[OwnershipAnswer, ...],
    "node-ownership": ControlReport,
    "node-consent": ConsentReport,
    "node-consent-change": Change,
    "rules-new": PackMade,
    "rules-lint": LintResult,
    "rules-test": PackTest,
    "rules-sign": PackStatement,
    "rules-odrl-read": tuple[Condition, ...],
    "rules-verify": tuple[Standing, ...],
    "rules-diff": tuple[PackChange, ...],
}


def schema(document: Any) -> bytes:
    """Draft 2020-12, as text for people."""
    made: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(document)}
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, document in DOCUMENTS.items():
        (FOLDER / f"{name}.json").write_bytes(schema(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
