"""Check digits and structure rules over whole columns, by name.

A validator takes a series of non-null strings that already have the shape of its recogniser's pattern, in the form its
normaliser gives, and returns a Boolean series of the same length. No Python loop per value anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

from tegata.scan.validators import asia, devices, europe, health, japan, member_states, money, united_states

Validator = Callable[[pl.Series], pl.Series]

VALIDATORS: Mapping[str, Validator] = MappingProxyType(
    {
        "aadhaar": asia.aadhaar,
        "aba_routing": money.aba_routing,
        "at_svnr": member_states.at_svnr,
        "be_national_number": europe.be_national_number,
        "bg_egn": member_states.bg_egn,
        "card": money.card,
        "cn_resident_id": asia.cn_resident_id,
        "corporate_number": japan.corporate_number,
        "cz_rc": member_states.cz_rc,
        "de_tax_id": europe.de_tax_id,
        "dea": united_states.dea,
        "ean13": money.ean13,
        "ee_ik": member_states.ee_ik,
        "es_dni": europe.es_dni,
        "fi_hetu": europe.fi_hetu,
        "fr_nir": europe.fr_nir,
        "gr_amka": member_states.gr_amka,
        "hr_oib": member_states.hr_oib,
        "hu_taj": member_states.hu_taj,
        "hu_tax": member_states.hu_tax,
        "iban": money.iban,
        "iccid": devices.iccid,
        "ie_pps": member_states.ie_pps,
        "imei": devices.imei,
        "insurer_number": japan.insurer_number,
        "invoice_number": japan.invoice_number,
        "it_codice_fiscale": europe.it_codice_fiscale,
        "itin": united_states.itin,
        "kr_rrn": asia.kr_rrn,
        "loinc": health.loinc,
        "lu_matricule": member_states.lu_matricule,
        "lv_pk": member_states.lv_pk,
        "my_number": japan.my_number,
        "nhs": health.nhs,
        "nl_bsn": europe.nl_bsn,
        "npi": united_states.npi,
        "pl_pesel": europe.pl_pesel,
        "pt_cc": member_states.pt_cc,
        "pt_nif": member_states.pt_nif,
        "ro_cnp": member_states.ro_cnp,
        "se_personnummer": europe.se_personnummer,
        "sg_nric": asia.sg_nric,
        "si_emso": member_states.si_emso,
        "snomed": health.snomed,
        "ssn": united_states.ssn,
        "vin": devices.vin,
    }
)
