"""Packages bring the trusted lists that recognised who stamped: who trusts the keeper of lists needs nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.lists.folder import Fetched, ListFolder
from tegata.model.errors import InputError, VerificationError
from tegata.model.trusted_list import DigitalIdentity, ListedService, Standing
from tegata.trust.lists import write_xml_list
from tegata.trust.lists.clocks import either, listed
from tegata.trust.package_lists import lists_in
from tegata.trust.timestamp import nobody
from tests.cli.conftest import Tegata, tegata
from tests.evidence.logs import KEY, NOW
from tests.evidence.test_validation import DAY, ROOT, Stamped, stamping, stamping_certificate
from tests.lists.samples import BELGIUM, ESTONIA, KEEPER, NEXT_KEEPER, root
from tests.trust.lists.samples import LIST, SCHEME, certified

__all__ = ["tegata"]
pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
UNIT = stamping_certificate(1)
ANCHORS = [KEEPER.certificate.der]


def national(
    *statuses: tuple[str, dt.datetime],
    kind: str = "TSA/QTST",
    issued: dt.datetime = NOW - DAY,
    until: dt.datetime = NOW + 90 * DAY,
    signer: object = BELGIUM,
    by_root: bool = False,
) -> bytes:
    """The list of a country with the authority, which had these statuses since these days, newest first."""
    der = (ROOT.x509 if by_root else UNIT).public_bytes(Encoding.DER)
    standings = tuple(
        Standing(
            kind=f"{SCHEME}/Svctype/{kind}",
            status=f"{SCHEME}/Svcstatus/{status}",
            since=since,
            names={"en": "Stamps"},
            identity=DigitalIdentity(certificates=(der,)),
        )
        for status, since in statuses
    )
    provider = msgspec.structs.replace(LIST.providers[0], services=(ListedService(standings=standings),))
    found = msgspec.structs.replace(
        LIST, sequence=81, territory="BE", issued_at=issued, next_update=until, providers=(provider,), proof=""
    )
    return write_xml_list(found, certified(signer), issued)  # type: ignore[arg-type]


def snapshot(member: bytes, keeper: bytes | None = None) -> dict[str, bytes]:
    return {"root.xml": keeper or root(until=NOW + 90 * DAY), "BE-81.xml": member}


GRANTED = ("granted", NOW - 10 * DAY)


@pytest.mark.parametrize(
    ("member", "trusted"),
    [
        (lambda: national(GRANTED), True),
        (lambda: national(GRANTED, by_root=True), True),
        (lambda: national(("withdrawn", NOW + DAY), GRANTED, issued=NOW + 2 * DAY), True),
        (lambda: national(GRANTED, issued=NOW + 2 * DAY), True),
        (lambda: national(("withdrawn", NOW - DAY), GRANTED), False),
        (lambda: national(("granted", NOW + DAY), issued=NOW + 2 * DAY), False),
        (lambda: national(GRANTED, until=NOW - DAY, issued=NOW - 5 * DAY), False),
        (lambda: national(GRANTED, kind="CA/QC"), False),
        (lambda: national(GRANTED, signer=ESTONIA), False),
        (lambda: b"<junk/>", False),
    ],
    ids=[
        "unit",
        "issuer",
        "withdrawn later",
        "newer list",
        "withdrawn",
        "not yet",
        "stale",
        "no TSA",
        "signer",
        "junk",
    ],
)
def test_who_is_listed_as_an_authority_at_the_time_is_trusted(member: Callable[[], bytes], trusted: bool) -> None:
    trust = either(nobody, listed(snapshot(member()), ANCHORS))
    if trusted:
        assert trust(UNIT, (), NOW) == "CN=stamps 1,C=BE (BE 81)"
    else:
        with pytest.raises(VerificationError, match="do not trust"):
            trust(UNIT, (), NOW)


@pytest.mark.parametrize("keeper", [root(signer=NEXT_KEEPER), root()[:-9], b""])
def test_a_list_of_lists_that_the_reader_does_not_trust_opens_nothing(keeper: bytes) -> None:
    with pytest.raises((InputError, VerificationError)):
        listed({"root.xml": keeper, "BE-81.xml": national(GRANTED)}, ANCHORS)


def test_a_stale_list_of_lists_vouches_for_nobody() -> None:
    with pytest.raises(VerificationError, match="do not trust"):
        listed(snapshot(national(GRANTED), root(until=NOW - DAY)), ANCHORS)(UNIT, (), NOW)


async def packed(here: Stamped, folder: Path) -> Path:
    """A package of a node that has lists; the country is that of the authority's certificate."""
    lists = ListFolder(here.folder / "lists")
    lists.put({"BE-81.xml": national(GRANTED), "EE-9.xml": b"<not asked for/>"}, root(until=NOW + 90 * DAY), Fetched())
    here.validation._lists = lists.snapshot
    await here.stamp()
    path = folder / "evidence.asice"
    path.write_bytes(await here.package())
    return path


async def test_lists_of_the_country_go_along_where_there_are_any(tmp_path: Path) -> None:
    async with stamping(tmp_path / "with") as here:
        path = await packed(here, tmp_path)
        assert set(lists_in(path.read_bytes())) == {"root.xml", "BE-81.xml"}
    async with stamping(tmp_path / "without") as here:
        await here.stamp()
        assert lists_in(await here.package()) == {}


async def test_the_keeper_of_lists_is_all_that_a_reader_names(tmp_path: Path, tegata: Tegata) -> None:
    async with stamping(tmp_path) as here:
        path = await packed(here, tmp_path)
    for name, party in (("keeper", KEEPER), ("other", NEXT_KEEPER)):
        (tmp_path / f"{name}.der").write_bytes(party.certificate.der)
    asked = ("verify", path, "--trust", KEY.did, "--json")
    told = {one["name"]: one for one in tegata(*asked).document["checks"]}
    assert "whether you trust that authority is not known" in told["time"]["say"]["en"]
    by_list = tegata(*asked, "--anchor", tmp_path / "keeper.der")
    told = {one["name"]: one for one in by_list.document["checks"]}
    assert (by_list.code, by_list.document["verdict"]) == (0, "total-passed")
    assert "stamped by `CN=stamps 1,C=BE (BE 81)`, whom you trust" in told["time"]["say"]["en"]
    refused = tegata("verify", path, "--trust", KEY.did, "--anchor", tmp_path / "other.der")
    assert (refused.code, "do not open" in refused.err, "--anchor" in refused.err) == (2, True, True)
