"""The acts of a small scheme, in the order in which they are taken."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tegata.model.accreditation import Act, Recorded
from tegata.trust.accreditation import Register, read_act
from tests.trust.lists.samples import AUTHORITY

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
EVIDENCE = "sha256:" + "e" * 64
CONTACT = {
    "street": "1-1 Example",
    "locality": "Chiyoda",
    "postal_code": "100-0001",
    "country": "JP",
    "addresses": ["mailto:list@trust.example"],
}
SCHEME = {
    "act": "scheme",
    "base": "https://trust.example/scheme",
    "name": {"en": "JP:Example accreditation scheme", "ja": "JP:認定制度の例"},
    "operator": {"en": "Example Agency", "ja": "例示庁"},
    "territory": "JP",
    "contact": CONTACT,
    "information": ["https://trust.example/about"],
    "rules": ["https://trust.example/rules"],
    "notice": "For tests only.",
}
ACCREDITOR = {"act": "accreditor", "id": "agency", "names": {"en": "Example Agency"}, "mandate": "Example Act Art. 3"}
BODY = {
    "act": "body",
    "id": "assessors",
    "names": {"en": "Example Assessors"},
    "accreditor": "agency",
    "levels": ["specified", "qualified"],
    "since": "2026-01-01",
    "until": "2028-12-31",
}
PROVIDER = {
    "act": "provider",
    "id": "acme",
    "names": {"en": "Example Trust KK", "ja": "例示トラスト株式会社"},
    "identifiers": ["NTRJP-7000012050002"],
    "contact": CONTACT,
    "information": ["https://provider.example/"],
}
SERVICE = {
    "act": "service",
    "id": "acme-seals",
    "provider": "acme",
    "kind": "http://uri.etsi.org/TrstSvc/Svctype/CA/QC",
    "names": {"en": "Certificates for seals", "ja": "eシール用証明書"},
    "certificates": [msgspec.to_builtins(AUTHORITY.certificate.der)],
}
MET = {"met": True, "evidence": EVIDENCE}
ASSESSMENT = {
    "act": "assessment",
    "id": "acme-2026",
    "service": "acme-seals",
    "body": "assessors",
    "level": "qualified",
    "criteria": {"facility": MET, "technical": MET, "operational": MET},
    "on": "2026-03-01",
    "until": "2028-02-29",
}
GRANT = {
    "act": "decision",
    "service": "acme-seals",
    "level": "qualified",
    "status": "granted",
    "since": "2026-04-01T00:00:00Z",
    "reason": "assessed",
    "assessment": "acme-2026",
}
SUSPENSION = GRANT | {"status": "suspended", "since": "2026-05-01T00:00:00Z", "reason": "incident", "assessment": ""}
INCIDENT = {
    "act": "supervision",
    "subject": "acme-seals",
    "kind": "incident",
    "at": "2026-04-30T08:00:00Z",
    "says": "keys were generated outside the module",
    "evidence": EVIDENCE,
}
TERMS = {
    "enacted": True,
    "since": "2026-01-01T00:00:00Z",
    "here": [{"kind": "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"}],
    "there": [{"kind": "https://other.example/Svctype/CA"}],
    "valid": [{"here": ["https://trust.example/scheme/Svcstatus/granted"], "there": ["https://other.example/granted"]}],
}
RECOGNITION = {
    "act": "recognition",
    "agreement": {
        "territory": "EU",
        "location": "https://other.example/list.xml",
        "equivalences": [{"id": "seals", "terms": [TERMS]}],
    },
}
REPEAL = {
    "act": "recognition",
    "agreement": RECOGNITION["agreement"]  # type: ignore[operator]
    | {
        "equivalences": [{"id": "seals", "terms": [TERMS | {"enacted": False, "since": "2026-05-01T00:00:00Z"}, TERMS]}]
    },
}
ALL = (SCHEME, ACCREDITOR, BODY, PROVIDER, SERVICE, ASSESSMENT, GRANT, INCIDENT, SUSPENSION, RECOGNITION, REPEAL)


def act(data: dict[str, Any], **changes: Any) -> Act:
    return read_act(data | changes)


def register(*acts: dict[str, Any]) -> Register:
    recorded = (Recorded(index=i, at=NOW, act=act(each)) for i, each in enumerate(acts))
    return Register.of(recorded)
