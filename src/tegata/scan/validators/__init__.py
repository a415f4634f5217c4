"""Check digits and structure rules over whole columns, by name.

A validator takes a series of non-null strings that already have the shape of its recogniser's pattern, in the form its
normaliser gives, and returns a Boolean series of the same length. No Python loop per value anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

from tegata.scan.validators import asia, devices, europe, health, japan, money, united_states

Validator = Callable[[pl.Series], pl.Series]

VALIDATORS: Mapping[str, Validator] = MappingProxyType(
    {
        "aadhaar": asia.aadhaar,
        "aba_routing": money.aba_routing,
        "be_national_number": europe.be_national_number,
        "card": money.card,
        "cn_resident_id": asia.cn_resident_id,
        "corporate_number": japan.corporate_number,
        "dea": united_states.dea,
        "de_tax_id": europe.de_tax_id,
        "ean13": money.ean13,
        "es_dni": europe.es_dni,
        "fi_hetu": europe.fi_hetu,
        "fr_nir": europe.fr_nir,
        "iban": money.iban,
        "iccid": devices.iccid,
        "imei": devices.imei,
        "insurer_number": japan.insurer_number,
        "invoice_number": japan.invoice_number,
        "it_codice_fiscale": europe.it_codice_fiscale,
        "itin": united_states.itin,
        "kr_rrn": asia.kr_rrn,
        "loinc": health.loinc,
        "my_number": japan.my_number,
        "nhs": health.nhs,
        "nl_bsn": europe.nl_bsn,
        "npi": united_states.npi,
        "pl_pesel": europe.pl_pesel,
        "se_personnummer": europe.se_personnummer,
        "sg_nric": asia.sg_nric,
        "snomed": health.snomed,
        "ssn": united_states.ssn,
        "vin": devices.vin,
    }
)
