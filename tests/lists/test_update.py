"""Lists are taken when they are newer and hold; whatever else a server says, what was there stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tegata.lists import Gate, ListFolder, Update, update
from tegata.lists.folder import ROOT
from tegata.model.errors import InputError, OutboundError, PeerError, TegataError, VerificationError
from tegata.model.trusted_list import ListPointer
from tegata.outbound import Answer
from tegata.trust.lists import read_family, read_xml_list
from tests.lists.samples import BELGIUM, ESTONIA, KEEPER, NEXT_KEEPER, ROOT_URL, member, pointer, root, url_of
from tests.shared_data import shared_data
from tests.trust.lists.samples import AT, DAY

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")
ANCHORS = [KEEPER.certificate.der]


class Web:
    """What is published, by address. A text is an error of the gate; a number is a status."""

    def __init__(self, published: Mapping[str, bytes | int | str | Answer]) -> None:
        self.published = dict(published)
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = 0
    ) -> Answer:
        assert method == "GET"
        self.asked.append((url, headers or {}))
        found = self.published.get(url, 404)
        if isinstance(found, str):
            raise (OutboundError if found == "refused" else PeerError)(found)
        if isinstance(found, Answer):
            return found
        if isinstance(found, int):
            return Answer(found, {}, b"")
        if len(found) > max_bytes:
            raise PeerError("it is too long")
        tag = f'"{hash(found)}"'
        if (headers or {}).get("If-None-Match") == tag:
            return Answer(304, {}, b"")
        return Answer(200, {"etag": tag}, found)


FIRST = {ROOT_URL: root(), url_of("BE"): member(), url_of("EE"): member("EE", 3, signer=ESTONIA)}


async def run(web: Gate, folder: Path, url: str = "", at: object = AT) -> Update:
    place = ListFolder(folder)
    found = await update(web, place, url, ANCHORS, at)  # type: ignore[arg-type]
    found.apply(place)
    return found


async def begun(folder: Path) -> Web:
    web = Web(FIRST)
    found = await run(web, folder, ROOT_URL)
    assert [(one.territory, one.state, one.sequence) for one in found.members] == [("BE", "new", 5), ("EE", "new", 3)]
    return web


def in_use(folder: Path) -> dict[str, int]:
    """What a reader without a network makes of the folder."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.xml")}
    family = read_family(files[ROOT], files.values(), anchors=ANCHORS, pivots=files, at=AT)
    return {one.territory: one.sequence for one in family.lists}


async def test_what_is_fetched_is_read_without_a_network(tmp_path: Path) -> None:
    await begun(tmp_path)
    assert in_use(tmp_path) == {"BE": 5, "EE": 3}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["BE-5.xml", "EE-3.xml", "fetched.yaml", ROOT]


async def test_what_is_not_new_is_not_sent_again(tmp_path: Path) -> None:
    web = await begun(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    web.asked.clear()
    found = await run(web, tmp_path)
    assert [one.state for one in (found.root, *found.members)] == ["unchanged"] * 3
    assert all("If-None-Match" in headers for _, headers in web.asked)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


async def test_a_newer_list_tells_what_changed(tmp_path: Path) -> None:
    web = await begun(tmp_path)
    web.published |= {ROOT_URL: root(11), url_of("BE"): member("BE", 6, statuses=("withdrawn", "", "granted"))}
    found = await run(web, tmp_path)
    assert (found.root.was, found.root.sequence) == (10, 11)
    told = [(one.what, one.was.rpartition("/")[2], one.now.rpartition("/")[2]) for one in found.changes]
    assert told == [("status", "granted", "withdrawn"), ("new", "", "granted"), ("gone", "granted", "")]
    assert in_use(tmp_path) == {"BE": 6, "EE": 3}
    assert not (tmp_path / "BE-5.xml").exists()


async def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    found = await update(Web(FIRST), ListFolder(tmp_path / "new"), ROOT_URL, ANCHORS, AT)
    assert len(found.files) == 2
    assert not (tmp_path / "new").exists()


BAD: dict[str, bytes | int | str | Answer] = {
    "by a stranger": member("BE", 6, signer=ESTONIA),
    "of another land": member("EE", 6),
    "out of date": member("BE", 6, until=AT - DAY),
    "older": member("BE", 4),
    "no list": b"<html>we are moving</html>",
    "not XML": b"\0\1\2",
    "a bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>',
    "nothing": b"",
    "gone": 404,
    "broken": 500,
    "not changed, it says": 304,
    "unreachable": "unreachable",
    "refused": "refused",
    "a circle": Answer(302, {"location": url_of("BE")}, b""),
    "an address that is none": Answer(302, {"location": "https://[::1"}, b""),
}


@pytest.mark.parametrize("bad", [name for name in BAD if name != "not changed, it says"])
async def test_what_does_not_hold_is_not_taken_and_the_one_before_stays(tmp_path: Path, bad: str) -> None:
    web = await begun(tmp_path)
    web.published |= {ROOT_URL: root(11), url_of("BE"): BAD[bad]}
    found = await run(web, tmp_path)
    told = found.members[0]
    assert (told.territory, told.state, told.sequence) == ("BE", "kept", 5)
    assert told.problem is not None
    assert found.changes == ()
    assert in_use(tmp_path) == {"BE": 5, "EE": 3}


@pytest.mark.parametrize("bad", [name for name in BAD if name != "older"])
async def test_at_the_first_time_it_is_missing(tmp_path: Path, bad: str) -> None:
    found = await run(Web({**FIRST, url_of("BE"): BAD[bad]}), tmp_path, ROOT_URL)
    assert [(one.territory, one.state) for one in found.members] == [("BE", "missing"), ("EE", "new")]
    assert in_use(tmp_path) == {"EE": 3}


async def test_a_list_whose_signers_were_taken_away_is_used_no_longer(tmp_path: Path) -> None:
    web = await begun(tmp_path)
    web.published[ROOT_URL] = root(11, pointers=(pointer("BE", NEXT_KEEPER), pointer("EE", ESTONIA)))
    found = await run(web, tmp_path)
    assert (found.members[0].state, found.members[0].was, found.members[0].sequence) == ("missing", 5, 0)
    assert in_use(tmp_path) == {"EE": 3}


@pytest.mark.parametrize(
    "bad",
    [
        root(9),  # an old state
        root(11, signer=NEXT_KEEPER),
        root(11, until=AT - DAY),
        b"<a/>",
        404,
        "unreachable",
    ],
)
async def test_a_bad_list_of_lists_changes_nothing(tmp_path: Path, bad: bytes | int | str) -> None:
    web = await begun(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    web.published |= {ROOT_URL: bad, url_of("BE"): member("BE", 6)}
    with pytest.raises(TegataError):
        await run(web, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


async def test_pivots_are_fetched_where_the_signer_is_another(tmp_path: Path) -> None:
    web = await begun(tmp_path)
    address = "https://lists.example/eu-lotl-pivot-11.xml"
    told = ("https://lists.example/legal.html#en", "https://lists.example/eu-lotl-pivot-2.xml", address)
    web.published |= {
        address: root(11, keepers=(NEXT_KEEPER,)),
        ROOT_URL: root(12, signer=NEXT_KEEPER, keepers=(NEXT_KEEPER,), information=told),
    }
    assert (await run(web, tmp_path)).root.sequence == 12
    assert in_use(tmp_path) == {"BE": 5, "EE": 3}
    web.asked.clear()
    await run(web, tmp_path)
    assert address not in [url for url, _ in web.asked]


async def test_a_pivot_that_is_rubbish_is_fetched_again(tmp_path: Path) -> None:
    web = await begun(tmp_path)
    address = "https://lists.example/eu-lotl-pivot-11.xml"
    web.published |= {
        address: b"<html>busy</html>",
        ROOT_URL: root(12, signer=NEXT_KEEPER, keepers=(NEXT_KEEPER,), information=(address,)),
    }
    with pytest.raises(VerificationError):
        await run(web, tmp_path)
    (tmp_path / "eu-lotl-pivot-11.xml").write_bytes(b"<html>busy</html>")
    web.published[address] = root(11, keepers=(NEXT_KEEPER,))
    assert (await run(web, tmp_path)).root.sequence == 12


async def test_a_redirection_is_followed_through_the_gate(tmp_path: Path) -> None:
    web = Web({**FIRST, url_of("BE"): Answer(301, {"location": "/moved.xml"}, b"")})
    web.published["https://be.example/moved.xml"] = member()
    assert [one.state for one in (await run(web, tmp_path, ROOT_URL)).members] == ["new", "new"]


@pytest.mark.parametrize("territory", ["../../etc", "be", "", "ABCD", "B\u0415"])
async def test_a_territory_is_never_a_path(tmp_path: Path, territory: str) -> None:
    pointers: tuple[ListPointer, ...] = (pointer(territory, BELGIUM, url=url_of("BE")),)
    web = Web({ROOT_URL: root(pointers=pointers), url_of("BE"): member(territory)})
    found = await run(web, tmp_path / "lists", ROOT_URL)
    assert [one.state for one in found.members] == ["missing"]
    assert sorted(path.name for path in (tmp_path / "lists").iterdir()) == ["fetched.yaml", ROOT]


async def test_a_folder_that_was_never_begun_wants_an_address(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not known"):
        await run(Web(FIRST), tmp_path)
    (tmp_path / "fetched.yaml").write_text("tags: [1]")
    with pytest.raises(InputError, match=r"fetched\.yaml"):
        await run(Web(FIRST), tmp_path, ROOT_URL)


async def test_damaged_files_of_ours_are_fetched_anew(tmp_path: Path) -> None:
    web = await begun(tmp_path)
    for name in (ROOT, "BE-5.xml"):
        (tmp_path / name).write_bytes(b"<a>")
    web.published |= {ROOT_URL: root(11), url_of("BE"): member("BE", 6)}
    await run(web, tmp_path)
    assert in_use(tmp_path) == {"BE": 6, "EE": 3}


async def test_the_european_lists_as_they_were_published(tmp_path: Path) -> None:
    """Replayed from their addresses: of the older state first, then of the newer."""
    folder = shared_data("trusted-lists")
    newer = (folder / "eu-lotl.xml").read_bytes()
    listed = {
        one.territory: one.location for one in read_xml_list(newer).pointers if one.media_type != "application/pdf"
    }
    web = Web({listed["EU"]: newer, listed["BE"]: (folder / "tsl-be-v6.xml").read_bytes()})
    for address in read_xml_list(newer).information:
        if (file := folder / address.rpartition("/")[2]).exists():
            web.published[address] = file.read_bytes()
    from tests.trust.lists.test_published import JUNE, anchors

    found = await update(web, ListFolder(tmp_path), listed["EU"], anchors(folder), JUNE)
    told = {one.territory: one for one in found.members}
    assert (found.root.sequence, told["BE"].sequence, told["BE"].state) == (388, 81, "new")
    assert {one.state for one in found.members if one.territory != "BE"} == {"missing"}
    assert len(told) == 31
