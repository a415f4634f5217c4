"""Our words in the Data Privacy Vocabulary 2.3 (https://w3id.org/dpv) and in ODRL 2.2 (https://www.w3.org/TR/odrl-vocab/)."""

from __future__ import annotations

from typing import Final

ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
PREFIXES: Final = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
}
PROFILE: Final = "tegata:odrl"
MEASURE: Final = "dpv:hasTechnicalOrganisationalMeasure"
DATA: Final = "dpv:hasPersonalData"
BASIS: Final = "dpv:hasLegalBasis"

CATEGORIES: Final = {
    "omic.genomic": "pd:Genetic",
    "omic.other": "pd:MedicalHealth",
    "biometric": "pd:Biometric",
    "geo.precise": "pd:Location",
    "health": "pd:Health",
    "financial": "pd:Financial",
    "identifier.government": "pd:OfficialID",
    "identifier.contact": "pd:Contact",
    "identifier.device": "pd:DeviceBased",
    "identifier.network": "pd:IPAddress",
    "identifier.advertising": "pd:Tracking",
    "identifier.auth": "pd:Authenticating",
    "identifier.call": "pd:CallLog",
    "special.race": "pd:Race",
    "special.creed": "pd:Religion",
    "special.politics": "pd:PoliticalOpinion",
    "special.union": "pd:TradeUnionMembership",
    "special.sexlife": "pd:SexualPreference",
    "special.criminal": "pd:Criminal",
    "special.disability": "pd:Disability",
}
"""Categories of people's data; the nearest term where DPV has none of the same width."""

MEASURES: Final = {
    "drop": "dpv:Erase",
    "keep": "dpv:Filter",
    "mask": "dpv:DataRedaction",
    "pseudonymise": "dpv:Pseudonymisation",
    "tokenise": "dpv:Pseudonymisation",
    "encrypt_fpe": "dpv:Pseudonymisation",
    "encrypt": "dpv:Encryption",
    "redact_text": "dpv:DataRedaction",
    "generalise": "dpv:Deidentification",
    "top_bottom_code": "dpv:Deidentification",
    "suppress_rare": "dpv:Deidentification",
    "round_location": "dpv:Deidentification",
    "shift_dates": "dpv:Deidentification",
    "keep_rows": "dpv:Filter",
    "drop_rows": "dpv:Filter",
    "cap_subjects": "dpv:Filter",
    "k_anonymity": "dpv:Anonymisation",
    "statistics": "dpv:DifferentialPrivacy",
    "limit_differencing": "dpv:RiskAssessment",
    "insert_clause": "dpv:ContractualClause",
    "keep_records": "dpv:RecordsOfActivities",
    "report": "dpv:Notice",
    "obtain_consent": "dpv:ObtainConsent",
    "encrypt_in_transit": "dpv:EncryptionInTransfer",
    "encrypt_for_recipient": "dpv:EndToEndEncryption",
    "apply_security_requirements": "dpv:SecurityProcedure",
    "review_periodically": "dpv:ReviewProcedure",
    "publish_notice": "dpv:PrivacyNotice",
    "limit_use": "dpv:UsageControl",
    "witness_quorum": "dpv:DigitalSignatures",
}
"""What each verb of a condition is among DPV's technical and organisational measures and processing."""

BASES: Final = {
    ("consent.given", True): "dpv:Consent",
    ("consent.explicit", True): "dpv:ExplicitlyExpressedConsent",
    ("mechanism.scc", True): "eu-gdpr:A46-2-c",
    ("mechanism.bcr", True): "eu-gdpr:A46-2-b",
    ("mechanism.derogation_49", "explicit_consent"): "eu-gdpr:A49-1-a",
    ("mechanism.derogation_49", "contract"): "eu-gdpr:A49-1-b",
    ("mechanism.derogation_49", "public_interest"): "eu-gdpr:A49-1-d",
    ("mechanism.derogation_49", "claims"): "eu-gdpr:A49-1-e",
    ("mechanism.derogation_49", "vital_interests"): "eu-gdpr:A49-1-f",
}
"""Facts that claim a legal basis."""
