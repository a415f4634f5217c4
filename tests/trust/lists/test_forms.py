"""What is written is read again as it was, in both forms; what strangers write is read strictly or not at all."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import InputError, VerificationError
from tegata.trust.ades.xades_sign import sign_document
from tegata.trust.lists import (
    Index,
    check_fresh,
    open_sealed_list,
    open_xml_list,
    read_json_list,
    read_xml_list,
    write_json_list,
    write_sealed_list,
    write_xml_list,
)
from tegata.trust.xml import parse
from tegata.trust.xmldsig import canonical_bytes
from tests.shared_data import shared_data
from tests.trust.lists.samples import AT, AUTHORITY, DAY, LIST, OPERATOR, SERVICE, STAMPS, certified
from tests.trust.pki.authority import Party

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
SIGNERS = [OPERATOR.certificate.der]
JWS = write_sealed_list(LIST, certified(OPERATOR), AT)
XML = write_xml_list(LIST, certified(OPERATOR), AT)


def replaced(**changes: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(LIST, **changes)


def test_a_list_comes_back_from_xml() -> None:
    assert open_xml_list(XML, SIGNERS) == LIST


def test_a_list_comes_back_from_json() -> None:
    assert read_json_list(write_json_list(LIST)) == replaced(format="json", version=1)


def test_the_last_list_has_no_next_update() -> None:
    last = replaced(next_update=None)
    assert open_xml_list(write_xml_list(last, certified(OPERATOR), AT), SIGNERS) == last
    assert read_json_list(write_json_list(last)).next_update is None


def test_json_is_what_the_schema_of_etsi_asks_for() -> None:
    folder = shared_data("lote") / "schema"
    schema = json.loads((folder / "1960201_json_schema.json").read_text("utf-8"))
    own = {name: json.loads((folder / name).read_text("utf-8")) for name in ("rfcs/rfc7517.json",)}
    validator = jsonschema_rs.Draft7Validator(schema, retriever=lambda uri: own["rfcs/rfc7517.json"])
    assert [str(error) for error in validator.iter_errors(json.loads(write_json_list(LIST)))] == []


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("valid.json", True),
        ("valid-full.json", True),
        ("valid-emptyTE.json", True),
        ("Mock_PID_Provider_List_v0.0.1-fixed.json", True),
        ("Mock_PID_Provider_List_v0.0.2.json", True),
        ("Mock_PID_Provider_List_v0.0.1.json", False),
        ("invalid.json", False),
        ("empty-only-schema-extensions.json", False),
    ],
)
def test_samples_of_others_in_json(name: str, good: bool) -> None:
    data = (shared_data("lote") / "samples" / name).read_bytes()
    if good:
        assert read_json_list(data).sequence > 0
    else:
        with pytest.raises(InputError):
            read_json_list(data)


ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "a status is changed": lambda xml: xml.replace(b"/suspended", b"/granted", 1),
    "a name inside the signed properties is changed": lambda xml: xml.replace(b"SigningTime>2026", b"SigningTime>2025"),
    "a second signature is added": lambda xml: xml.replace(
        b"</TrustServiceStatusList>",
        _signature(xml) + b"</TrustServiceStatusList>",
    ),
    "the signature is moved down": lambda xml: moved(xml),
    "the list is wrapped": lambda xml: (
        b"<TrustServiceStatusList xmlns='http://uri.etsi.org/02231/v2#'>"
        + xml[xml.index(b"<TrustServiceStatusList") :]
        + b"</TrustServiceStatusList>"
    ),
    "a reference points elsewhere": lambda xml: xml.replace(b'URI="#sig-properties"', b'URI="#other"'),
    "an identifier stands twice": lambda xml: xml.replace(b"<SchemeName>", b'<SchemeName Id="sig-properties">'),
    "another canonicalisation": lambda xml: xml.replace(
        b'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        b'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"',
    ),
    "a transform is added": lambda xml: xml.replace(
        b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>',
        b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
        b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
    ),
    "the method is weaker": lambda xml: xml.replace(b"ecdsa-sha256", b"ecdsa-sha1"),
    "the method is of another key": lambda xml: xml.replace(b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#rsa-sha256"),
}


def _signature(xml: bytes) -> bytes:
    return xml[xml.index(b"<ds:Signature ") : xml.rindex(b"</TrustServiceStatusList>")]


def moved(xml: bytes) -> bytes:
    signature = _signature(xml)
    rest = xml.replace(signature, b"")
    return rest.replace(b"<SchemeInformation>", b"<SchemeInformation>" + signature, 1)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_tampered_with_is_refused(attack: str) -> None:
    tampered = ATTACKS[attack](XML)
    assert tampered != XML
    with pytest.raises(VerificationError):
        open_xml_list(tampered, SIGNERS)


def test_a_list_signed_by_somebody_else_is_refused() -> None:
    with pytest.raises(VerificationError, match="may not sign"):
        open_xml_list(write_xml_list(LIST, certified(Party("list operator")), AT), SIGNERS)


def test_an_instruction_beside_the_root_is_part_of_the_list() -> None:
    """`URI=""` means all of the document (XML-Signature section 4.4.3.3), also what tells a browser its style."""
    bare = b"".join(XML.partition(b"<TrustServiceStatusList")[1:]).replace(_signature(XML), b"")
    styled = sign_document(b'<?xml-stylesheet href="list.xsl"?>' + bare, certified(OPERATOR), AT)
    assert open_xml_list(styled, SIGNERS) == LIST
    for other in (
        styled.replace(b"list.xsl", b"evil.xsl"),
        XML.replace(b"<Trust", b"<?xml-stylesheet href='x'?><Trust"),
    ):
        with pytest.raises(VerificationError, match="not what it holds"):
            open_xml_list(other, SIGNERS)


def test_comments_do_not_hide_anything() -> None:
    """A comment is not digested, so what is read must not change with it."""
    commented = XML.replace(b"Example Trust KK", b"Example <!-- -->Trust KK")
    assert open_xml_list(commented, SIGNERS).providers[0].names["en"] == "Example Trust KK"


BOMB = b"<!DOCTYPE l [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;&a;'>]><TrustServiceStatusList>&b;</TrustServiceStatusList>"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<a/>",
        BOMB,
        b"<!DOCTYPE l SYSTEM 'file:///etc/passwd'>" + XML[XML.index(b"<TrustServiceStatusList") :],
        b"<a>" * 100_000,
        XML[:-30],
        XML.replace(b"<TSLSequenceNumber>7", b"<TSLSequenceNumber>seven"),
        XML.replace(b"SchemeInformation>", b"SchemeInformatio>"),
        XML.replace(b'Critical="false"', b'Critical="true"', 1),
    ],
)
def test_what_is_no_list_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InputError):
        read_xml_list(data)


@given(st.integers(0, len(XML) - 1), st.binary(min_size=1, max_size=4))
def test_no_damage_changes_what_is_read(place: int, noise: bytes) -> None:
    damaged = XML[:place] + noise + XML[place + len(noise) :]
    with contextlib.suppress(InputError, VerificationError):
        assert open_xml_list(damaged, SIGNERS) == LIST


def test_a_name_space_that_is_a_relative_uri_has_no_canonical_form() -> None:
    damaged = XML.replace(b'xmlns="http://', b'xmlns="http', 1)
    assert damaged != XML
    with pytest.raises((InputError, VerificationError)):
        open_xml_list(damaged, SIGNERS)
    with pytest.raises(VerificationError, match="no canonical form"):
        canonical_bytes(parse(b'<a xmlns="b"/>'))


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2)))
def test_json_that_is_no_list_is_refused_in_words(value: object) -> None:
    document = json.loads(write_json_list(LIST))
    for place in (
        "LoTE",
        "ListAndSchemeInformation",
        "TrustedEntitiesList",
        "SchemeOperatorName",
        "ServiceInformation",
    ):
        if place == "TrustedEntitiesList" and value == []:
            continue
        with pytest.raises(InputError):
            read_json_list(json.dumps(put(document, place, value)).encode())


def put(document: Any, name: str, value: object) -> Any:
    """The document with every member of this name replaced."""
    if isinstance(document, dict):
        return {key: value if key == name else put(each, name, value) for key, each in document.items()}
    return [put(each, name, value) for each in document] if isinstance(document, list) else document


def test_a_critical_extension_of_the_scheme_ends_the_reading() -> None:
    document = json.loads(write_json_list(LIST))
    document["LoTE"]["ListAndSchemeInformation"]["SchemeExtensions"][0]["critical"] = True
    with pytest.raises(InputError):
        read_json_list(json.dumps(document).encode())


def test_a_list_fails_closed_in_time() -> None:
    check_fresh(LIST, AT + DAY)
    for moment in (AT - DAY, AT + 91 * DAY):
        with pytest.raises(VerificationError):
            check_fresh(LIST, moment)


def test_who_vouches_for_a_certificate_depends_on_the_time() -> None:
    index = Index([LIST])
    for party, itself in ((AUTHORITY, True), (STAMPS, False)):
        (finding,) = index.find(party.certificate, AT - 10 * DAY)
        assert finding.standing is not None
        assert (finding.itself, finding.standing.status.rpartition("/")[2]) == (itself, "granted")
    (before,) = index.find(STAMPS.certificate, AT - 100 * DAY)
    assert before.standing is None
    assert SERVICE.at(AT) is SERVICE.standings[0]


def test_a_namesake_is_vouched_for_by_nobody() -> None:
    stranger = Party("unit", Party("qualified authority"), authority=False)
    assert Index([LIST]).find(stranger.certificate, AT) == ()


def test_a_list_comes_back_from_signed_json() -> None:
    assert open_sealed_list(JWS, SIGNERS) == replaced(format="json", version=1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"..",
        JWS + b"A",
        JWS.replace(b".", b"=.", 1),
        b".".join((JWS.split(b".")[0], b"", JWS.split(b".")[2])),
        b".".join((JWS.split(b".")[0], JWS.split(b".")[1][:-8], JWS.split(b".")[2])),
        write_sealed_list(LIST, certified(Party("list operator")), AT),
    ],
)
def test_signed_json_that_was_tampered_with_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError):
        open_sealed_list(data, SIGNERS)
