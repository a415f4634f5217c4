"""Who vouches for a pack decides whether it may judge."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import shutil
from pathlib import Path

import msgspec
import polars as pl
import pytest

from tegata.admission import PackTrust, Standing, admitted, standing
from tegata.admission.installation import differing
from tegata.model.decision import Fact, Flow, Outcome
from tegata.model.errors import PackError
from tegata.rules import Pack, builtin_packs, decide, load_pack
from tegata.rules.batch import Batch
from tegata.rules.pack import BUILTIN, TEMPLATE
from tegata.trust import SigningKey
from tegata.trust.pack_seal import PackStatement, seal_pack

KEY = SigningKey.generate(b"c" * 32)
STRANGER = SigningKey.generate(b"s" * 32)
TODAY = dt.date(2026, 11, 25)
EXPIRES = dt.date(2027, 3, 1)
TRUST = PackTrust(signers={KEY.did: "Example Counsel"})
ALLOW = msgspec.structs.replace(TRUST, unsigned="allow")
REVIEW = msgspec.structs.replace(TRUST, unsigned="review")
HARMLESS = Flow(facts={"data.personal": Fact(value=True), "relation": Fact(value="same_entity")})


def sealed(pack: Pack, key: SigningKey = KEY, *, signed_on: dt.date = TODAY, expires: dt.date = EXPIRES) -> bytes:
    statement = PackStatement(
        pack=pack.id,
        version=pack.version,
        digest=pack.digest,
        signer=key.did,
        signed_on=signed_on,
        expires=expires,
    )
    return seal_pack(statement, key).encode()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A pack of one's own, signed by counsel."""
    folder = tmp_path / "own"
    shutil.copytree(TEMPLATE, folder)
    (folder / "signature.jws").write_bytes(sealed(load_pack(folder)) + b"\n")
    return folder


def verdict(folder: Path, trust: PackTrust = TRUST, today: dt.date = TODAY) -> str:
    return standing(load_pack(folder), trust, today).verdict


def changed(folder: Path, old: str, new: str, file: str = "pack.yaml") -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def test_who_signed_stands_in_every_decision(own: Path) -> None:
    (pack,) = admitted([load_pack(own)], TRUST, TODAY)
    decision = decide(HARMLESS, [pack], today=TODAY)
    assert decision.outcome is Outcome.ALLOW
    assert decision.pack_signers == {pack.id: KEY.did}
    assert decision.pack_digests == {pack.id: pack.digest}


@pytest.mark.parametrize("name", ["rules.yaml", "parameters.yaml", "examples.yaml", "levers.yaml"])
def test_a_change_of_one_byte_is_refused_whatever_the_setting(own: Path, name: str) -> None:
    (own / name).write_bytes((own / name).read_bytes() + b"\n")
    for trust in (TRUST, REVIEW, ALLOW):
        with pytest.raises(PackError, match="changed after it was signed"):
            admitted([load_pack(own)], trust, TODAY)


def test_a_file_more_or_less_is_refused(own: Path) -> None:
    kept = (own / "levers.yaml").read_bytes()
    (own / "levers.yaml").unlink()
    assert verdict(own) == "altered"
    (own / "levers.yaml").write_bytes(kept)
    (own / "more.yaml").write_text("[]")
    with pytest.raises(PackError, match="no such file"):
        load_pack(own)


def test_the_signature_of_another_version_or_pack_is_refused(own: Path) -> None:
    old = (own / "signature.jws").read_bytes()
    changed(own, "version: ", "version: x")
    assert verdict(own) == "altered"
    (own / "signature.jws").write_bytes(sealed(load_pack(own)))
    assert verdict(own) == "trusted"
    (own / "signature.jws").write_bytes(old)
    with pytest.raises(PackError, match="signature is over"):
        admitted([load_pack(own)], ALLOW, TODAY)


def test_a_signature_put_in_place_of_counsels_is_nobodys(own: Path) -> None:
    (own / "signature.jws").write_bytes(sealed(load_pack(own), STRANGER))
    assert verdict(own) == "unknown_signer"
    with pytest.raises(PackError, match="not one of yours"):
        admitted([load_pack(own)], TRUST, TODAY)


@pytest.mark.parametrize("text", [b"x", b"a.b.c", b"\xff\xfe", b"." * 4_000_000, b"{}"])
def test_what_is_no_signature_is_refused_whatever_the_setting(own: Path, text: bytes) -> None:
    (own / "signature.jws").write_bytes(text[: 1 << 20])
    for trust in (TRUST, REVIEW, ALLOW):
        with pytest.raises(PackError, match="signature does not hold"):
            admitted([load_pack(own)], trust, TODAY)


def test_by_setting_an_unsigned_pack_is_refused_or_a_person_must_look(own: Path) -> None:
    (own / "signature.jws").unlink()
    pack = load_pack(own)
    with pytest.raises(PackError, match="nobody has signed it"):
        admitted([pack], TRUST, TODAY)
    (looked_at,) = admitted([pack], REVIEW, TODAY)
    decision = decide(HARMLESS, [looked_at], today=TODAY)
    assert decision.outcome is Outcome.HUMAN_REVIEW
    assert decision.pack_signers == {}
    assert any("nobody who is trusted vouches" in note.en for note in decision.per_pack[0].notes)
    (taken,) = admitted([pack], ALLOW, TODAY)
    assert decide(HARMLESS, [taken], today=TODAY).outcome is Outcome.ALLOW


def test_a_doubt_makes_no_denial_milder(own: Path) -> None:
    (own / "signature.jws").unlink()
    changed(own, "default: allow", "default: deny")
    (looked_at,) = admitted([load_pack(own)], REVIEW, TODAY)
    assert decide(HARMLESS, [looked_at], today=TODAY).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("signed_on", "expires", "today", "expected"),
    [
        (TODAY, TODAY, TODAY, "trusted"),
        (TODAY, EXPIRES, EXPIRES, "trusted"),
        (TODAY, EXPIRES, EXPIRES + dt.timedelta(1), "expired"),
        (TODAY + dt.timedelta(1), EXPIRES, TODAY, "expired"),
        (TODAY, dt.date(2035, 1, 1), dt.date(2034, 1, 1), "expired"),  # long after the pack's own review
    ],
)
def test_a_signature_holds_from_day_to_day(
    own: Path, signed_on: dt.date, expires: dt.date, today: dt.date, expected: str
) -> None:
    (own / "signature.jws").write_bytes(sealed(load_pack(own), signed_on=signed_on, expires=expires))
    assert verdict(own, today=today) == expected


def test_a_signature_that_runs_out_while_a_node_runs_asks_for_a_person(own: Path) -> None:
    (pack,) = admitted([load_pack(own)], TRUST, TODAY)
    assert decide(HARMLESS, [pack], today=EXPIRES).outcome is Outcome.ALLOW
    after = decide(HARMLESS, [pack], today=EXPIRES + dt.timedelta(1))
    assert after.outcome is Outcome.HUMAN_REVIEW
    assert any("held until 2027-03-01" in note.en for note in after.per_pack[0].notes)


def test_a_batch_asks_for_a_person_too(own: Path) -> None:
    (own / "signature.jws").unlink()
    packs = admitted([load_pack(own)], REVIEW, TODAY)
    frame = pl.DataFrame({"data.personal": ["true"], "relation": ["same_entity"]})
    decided = Batch(frame.columns, packs, today=TODAY).decide(frame)
    assert decided["outcome"].to_list() == ["human_review"]


# ------------------------------------------------------------------------------------------ packs of the package


def test_the_installation_vouches_for_the_packs_of_the_package() -> None:
    packs = admitted(builtin_packs(), TRUST, TODAY)
    assert {pack.vouch.signer for pack in packs} == {"installation"}


def test_an_operator_can_ask_for_counsels_signature_on_these_too(tmp_path: Path) -> None:
    signed = msgspec.structs.replace(TRUST, package="signed")
    with pytest.raises(PackError, match="nobody has signed it"):
        admitted(builtin_packs(), signed, TODAY)
    for pack in builtin_packs():
        (tmp_path / f"{pack.id}.jws").write_bytes(sealed(pack, expires=TODAY))
    packs = admitted(builtin_packs(), signed, TODAY, tmp_path)
    assert {pack.vouch.signer for pack in packs} == {KEY.did}
    one, other, *_ = builtin_packs()
    shutil.copy(tmp_path / f"{one.id}.jws", tmp_path / f"{other.id}.jws")
    with pytest.raises(PackError, match="signature is over"):
        admitted([other], signed, TODAY, tmp_path)


def test_a_pack_of_the_package_must_be_as_it_was_installed() -> None:
    pack = builtin_packs()[0]
    place = pack.folder.relative_to(BUILTIN).as_posix()
    record = {
        f"{place}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in pack.folder.glob("*.yaml")
    }
    assert differing(pack, record) == ()
    assert differing(pack, record | {f"{place}/rules.yaml": "0" * 64}) == ("rules.yaml",)
    assert differing(pack, record | {f"{place}/gone.yaml": "0" * 64}) == ("gone.yaml",)
    assert "rules.yaml" in differing(pack, {})
    assert differing(dataclasses.replace(pack, digest="sha256:0"), record) == ("pack.yaml",)


# ------------------------------------------------------------------------------------------ tricks with paths


@pytest.mark.parametrize("name", ["pack.yaml", "rules.yaml", "parameters.yaml", "signature.jws"])
def test_a_link_is_no_file_of_a_pack(own: Path, tmp_path: Path, name: str) -> None:
    (own / name).rename(tmp_path / name)
    (own / name).symlink_to(tmp_path / name)
    with pytest.raises(PackError, match=f"`{name}` cannot be used; it is a link"):
        load_pack(own)


def test_neither_is_a_pipe_a_folder_or_a_huge_file(own: Path) -> None:
    kept = (own / "levers.yaml").read_bytes()
    (own / "levers.yaml").unlink()
    os.mkfifo(own / "levers.yaml")
    with pytest.raises(PackError, match="not a regular file"):
        load_pack(own)
    (own / "levers.yaml").unlink()
    (own / "levers.yaml").mkdir()
    with pytest.raises(PackError, match=r"levers\.yaml"):
        load_pack(own)
    (own / "levers.yaml").rmdir()
    with (own / "levers.yaml").open("wb") as huge:
        huge.write(kept)
        huge.truncate(1 << 33)
    with pytest.raises(PackError, match="larger than"):
        load_pack(own)


@pytest.mark.parametrize("name", ["../../etc", "a", "A.b", "a.b/c", "a..b", "a.b\n"])
def test_an_id_that_could_name_another_file_is_refused(own: Path, name: str) -> None:
    changed(own, "id: house.own", f"id: {name!r}")
    with pytest.raises(PackError, match=r"pack\.yaml"):
        load_pack(own)


def test_a_signature_beside_is_found_by_no_detour(own: Path, tmp_path: Path) -> None:
    (own / "signature.jws").rename(tmp_path / "real.jws")
    signatures = tmp_path / "signatures"
    signatures.mkdir()
    (signatures / "house.own.jws").symlink_to(tmp_path / "real.jws")
    with pytest.raises(PackError, match="it is a link"):
        standing(load_pack(own), TRUST, TODAY, signatures)


def test_standings_are_told_in_both_languages(own: Path) -> None:
    found: Standing = standing(load_pack(own), TRUST, TODAY)
    assert (found.say.en, found.say.ja) == ("signed by Example Counsel", "Example Counsel が署名")
    assert (found.signed_on, found.expires, found.name) == (TODAY, EXPIRES, "Example Counsel")
