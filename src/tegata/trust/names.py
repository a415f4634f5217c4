"""Who a certificate is about: an organisation by its corporate number, a device by its OID, a person, an authority."""

from __future__ import annotations

import re
from typing import Final, Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from tegata.model.base import Noun, t
from tegata.model.errors import InputError, VerificationError
from tegata.trust import der

Kind = Literal["seal", "device", "signature", "timestamp", "list", "ca"]
HARDWARE_MODULE: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")  # id-on-hardwareModuleName, RFC 4108 section 5
_REGISTERED = re.compile(r"NTRJP-(\d{13})")  # ETSI EN 319 412-1 clause 5.1.4: national trade register, country, number
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d{0,17})){1,15}")


class Subject(Noun, frozen=True, kw_only=True):
    """Who holds the key. An empty field is not stated."""

    common_name: str
    organisation: str = ""
    country: str = ""
    corporate_number: str = ""  # 13 digits
    device_oid: str = ""  # the kind of device, as its maker registered it
    device_serial: str = ""


def corporate_number_holds(number: str) -> bool:
    """Whether 13 digits are a Japanese corporate number: the first is 9 - (weighted sum of the others mod 9).

    Ordinance of the Ministry of Finance 70 of 2014, article 2; weights 1 and 2 in turn from the last digit.
    """
    if not re.fullmatch(r"[1-9][0-9]{12}", number):
        return False
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number[1:])))
    return int(number[0]) == 9 - total % 9


def check(subject: Subject) -> Subject:
    """The subject, when what it states can be. Raises InputError."""
    if not 0 < len(subject.common_name) <= 64 or len(subject.organisation) > 64:
        raise _wrong("a name has 1 to 64 letters", "名前は 1 から 64 文字です")
    if subject.country and not re.fullmatch("[A-Z]{2}", subject.country):
        raise _wrong("a country is two capital letters (ISO 3166)", "国は大文字 2 字（ISO 3166）です")
    if subject.corporate_number and not corporate_number_holds(subject.corporate_number):
        raise _wrong(
            f"`{subject.corporate_number}` is no corporate number: its check digit does not fit",
            f"`{subject.corporate_number}` は法人番号ではありません。検査用数字が合いません",
        )
    if subject.corporate_number and subject.country not in ("", "JP"):
        raise _wrong("a corporate number is Japanese", "法人番号は日本のものです")
    if subject.device_oid and not (_OID.fullmatch(subject.device_oid) and _arcs_fit(subject.device_oid)):
        raise _wrong(f"`{subject.device_oid}` is no OID", f"`{subject.device_oid}` は OID ではありません")
    if len(subject.device_serial) > 64:
        raise _wrong("the serial number of a device has up to 64 letters", "機器の製造番号は 64 文字までです")
    if bool(subject.device_oid) != bool(subject.device_serial):
        raise _wrong("a device has an OID and a serial number", "機器には OID と製造番号の両方が要ります")
    return subject


def fits(subject: Subject, kind: Kind) -> None:
    """Raises InputError when a certificate of this kind cannot be about such a subject."""
    if kind == "seal" and not (subject.organisation and subject.country):
        raise _wrong("a seal names its organisation and country", "シールには組織名と国が要ります")
    if kind == "seal" and subject.country == "JP" and not subject.corporate_number:
        raise _wrong("a Japanese seal carries the corporate number", "日本のシールには法人番号が要ります")
    if kind == "device" and not subject.device_oid:
        raise _wrong("a device certificate carries the device's OID", "機器の証明書には機器の OID が要ります")
    if kind != "device" and subject.device_oid:
        raise _wrong("only a device certificate carries an OID of a device", "機器の OID は機器の証明書だけのものです")


def to_name(subject: Subject) -> x509.Name:
    """The distinguished name, country first (EN 319 412-2, 412-3)."""
    country = subject.country or ("JP" if subject.corporate_number else "")
    number = f"NTRJP-{subject.corporate_number}" if subject.corporate_number else ""
    parts = (
        (NameOID.COUNTRY_NAME, country),
        (NameOID.ORGANIZATION_NAME, subject.organisation),
        (NameOID.ORGANIZATION_IDENTIFIER, number),
        (NameOID.COMMON_NAME, subject.common_name),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def device_name(subject: Subject) -> x509.SubjectAlternativeName:
    """HardwareModuleName (RFC 4108 section 5): what kind of device, and which one."""
    module = der.sequence(der.oid(subject.device_oid), der.octets(subject.device_serial.encode()))
    return x509.SubjectAlternativeName([x509.OtherName(HARDWARE_MODULE, module)])


def from_name(name: x509.Name, alternative: x509.SubjectAlternativeName | None) -> Subject:
    """What a name says. Raises InputError for one that says a thing twice, or what no subject of ours says."""
    said: dict[x509.ObjectIdentifier, str] = {}
    for attribute in name:
        if attribute.oid in said or not isinstance(attribute.value, str):
            raise _wrong("the name says a thing twice", "名前に重複があります")
        said[attribute.oid] = attribute.value
    number = said.pop(NameOID.ORGANIZATION_IDENTIFIER, "")
    match = _REGISTERED.fullmatch(number)
    if number and not match:
        raise _wrong(f"`{number}` is not of the form NTRJP-number", f"`{number}` は NTRJP-番号 の形ではありません")
    oid, serial = _device(alternative)
    subject = Subject(
        country=said.pop(NameOID.COUNTRY_NAME, ""),
        organisation=said.pop(NameOID.ORGANIZATION_NAME, ""),
        common_name=said.pop(NameOID.COMMON_NAME, ""),
        corporate_number=match[1] if match else "",
        device_oid=oid,
        device_serial=serial,
    )
    if said:
        raise _wrong("the name says more than is accepted", "名前に認められない項目があります")
    return check(subject)


def _device(alternative: x509.SubjectAlternativeName | None) -> tuple[str, str]:
    """OID and serial number of the device, empty where no device is named."""
    if alternative is None:
        return "", ""
    names = list(alternative)
    if len(names) != 1 or not isinstance(names[0], x509.OtherName) or names[0].type_id != HARDWARE_MODULE:
        raise _wrong("the alternative name is not that of a device", "代替名が機器のものではありません")
    try:
        module = der.Fields(der.read(names[0].value))
        oid, serial = der.oid_of(module.take()), module.take(der.OCTET_STRING).content.decode()
        module.end()
    except (VerificationError, UnicodeDecodeError):
        raise _wrong("the name of the device is malformed", "機器の名前の形式が誤っています") from None
    return oid, serial


def _arcs_fit(oid: str) -> bool:
    first, second = (int(arc) for arc in oid.split(".")[:2])
    return first == 2 or second < 40


def _wrong(en: str, ja: str) -> InputError:
    return InputError(t("this cannot stand in a certificate", "証明書に記せません"), why=t(en, ja))
