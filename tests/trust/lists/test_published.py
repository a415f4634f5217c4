"""The European lists as they were published: both versions, pivots, known answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.errors import VerificationError
from tegata.trust.lists import check_fresh, open_list_of_lists, read_family, read_xml_list
from tests.shared_data import shared_data

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
JUNE = dt.datetime(2026, 6, 20, tzinfo=dt.UTC)


@pytest.fixture
def folder() -> Path:
    return shared_data("trusted-lists")


def anchors(folder: Path) -> list[bytes]:
    pem = (folder / "pre-reanchor.cert.pem").read_bytes()
    return [parsed.public_bytes(Encoding.DER) for parsed in x509.load_pem_x509_certificates(pem)]


def pivots(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*pivot*.xml")}


@pytest.mark.parametrize(
    ("name", "sequence", "version", "services", "pointers"),
    [
        ("eu-lotl.xml", 388, 6, 0, 43),
        ("eu-lotl-old.xml", 369, 5, 0, 43),
        ("eu-lotl-pivot-282.xml", 282, 5, 0, 44),
        ("tsl-be-v6.xml", 81, 6, 135, 1),
        ("tsl-be-old.xml", 74, 5, 108, 1),
        ("tsl-ee.xml", 68, 5, 62, 1),
    ],
)
def test_published_lists(folder: Path, name: str, sequence: int, version: int, services: int, pointers: int) -> None:
    found = read_xml_list((folder / name).read_bytes())
    assert (found.sequence, found.version, found.services, len(found.pointers)) == (
        sequence,
        version,
        services,
        pointers,
    )


def test_known_answers_of_belgium(folder: Path) -> None:
    found = read_xml_list((folder / "tsl-be-old.xml").read_bytes())
    services = [service for provider in found.providers for service in provider.services]

    def current(kind: str) -> int:
        newest = (service.standings[0] for service in services)
        return sum(one.kind.endswith(kind) and one.status.endswith("/granted") for one in newest)

    assert (current("CA/QC"), current("TSA/QTST")) == (28, 17)


def test_pivots_lead_from_an_old_anchor_to_a_later_list(folder: Path) -> None:
    """The certificate that signed the pivot of 2021 did not sign the list of 2025: the pivot of 2023 hands over."""
    data, first = (folder / "eu-lotl-old.xml").read_bytes(), anchors(folder)[:1]
    assert open_list_of_lists(data, first, pivots(folder)).sequence == 369
    some = {name: pivot for name, pivot in pivots(folder).items() if "335" not in name}
    with pytest.raises(VerificationError):
        open_list_of_lists(data, first, some)


def test_a_family_uses_what_is_signed_and_in_time(folder: Path) -> None:
    lists = [path.read_bytes() for path in sorted(folder.glob("tsl-*.xml"))]
    root = (folder / "eu-lotl.xml").read_bytes()
    family = read_family(root, lists, anchors=anchors(folder), pivots=pivots(folder), at=JUNE)
    told = {member.territory: member for member in family.members}
    assert [one.sequence for one in family.lists] == [81]
    assert told["EE"].problem is not None
    assert "good until 2025-12-12" in told["EE"].problem.en
    assert told["DE"].problem is not None
    assert "not at hand" in told["DE"].problem.en


def test_a_stale_list_of_lists_fails_closed(folder: Path) -> None:
    with pytest.raises(VerificationError):
        check_fresh(read_xml_list((folder / "eu-lotl-old.xml").read_bytes()), JUNE)
