"""`tegata rules sign` and `verify`, and `--signers`, as a person meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tegata

FLOW = "data.personal: true\nrelation: same_entity\n"


@pytest.fixture
def own(tegata: Tegata, tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    assert tegata("rules", "new", folder).code == 0
    return folder


@pytest.fixture
def signers(tegata: Tegata, tmp_path: Path, own: Path) -> Path:
    """The list of who may sign, once counsel has signed the pack."""
    told = tegata("rules", "sign", own, "--key", tmp_path / "counsel.key", "--new-key", "--json")
    assert told.code == 0, told
    path = tmp_path / "signers.yaml"
    path.write_text(f"{told.document['signer']}: Example Counsel\n")
    return path


def test_signed_verified_used(tegata: Tegata, tmp_path: Path, own: Path, signers: Path) -> None:
    assert (tmp_path / "counsel.key").stat().st_mode & 0o777 == 0o600
    told = tegata("rules", "verify", own, "--signers", signers)
    assert told.code == 0
    assert "signed by Example Counsel" in told.out
    assert tegata("rules", "verify", own, "--signers", signers, "--lang", "ja").out.count("Example Counsel が署名") == 1
    (tmp_path / "flow.yaml").write_text(FLOW)
    decided = tegata("decide", tmp_path / "flow.yaml", "--packs", own, "--signers", signers, "--json").document
    assert decided["pack_signers"]["house.own"].startswith("did:key:z6Mk")
    assert decided["pack_signers"]["us.28cfr202"] == "installation"


def test_who_names_signers_gets_no_unsigned_pack(tegata: Tegata, tmp_path: Path, own: Path, signers: Path) -> None:
    (tmp_path / "flow.yaml").write_text(FLOW)
    (own / "signature.jws").unlink()
    decide = ("decide", tmp_path / "flow.yaml", "--packs", own)
    assert "nobody has signed it" in tegata(*decide, "--signers", signers).err
    assert tegata(*decide, "--signers", signers, "--json").code == 2
    looked_at = tegata(*decide, "--signers", signers, "--unsigned", "review", "--json").document
    said = next(pack for pack in looked_at["per_pack"] if pack["pack"] == "house.own")
    assert said["outcome"] == "human_review"
    plain = tegata(*decide, "--json").document
    assert "house.own" not in plain["pack_signers"]
    assert tegata("rules", "verify", own).code == 1


def test_an_empty_list_of_signers_trusts_nobody(tegata: Tegata, tmp_path: Path, own: Path) -> None:
    (tmp_path / "none.yaml").write_text("{}\n")
    assert tegata("rules", "list", "--packs", own, "--signers", tmp_path / "none.yaml").code == 2


def test_a_pack_that_changed_after_counsel_signed_is_used_by_no_setting(
    tegata: Tegata, own: Path, signers: Path
) -> None:
    rules = own / "rules.yaml"
    rules.write_text(rules.read_text("utf-8").replace("outcome: deny", "outcome: allow", 1), "utf-8")
    for unsigned in ("refuse", "review", "allow"):
        told = tegata("rules", "list", "--packs", own, "--signers", signers, "--unsigned", unsigned)
        assert (told.code, "changed after it was signed" in told.err) == (2, True)
    assert tegata("rules", "list", "--packs", own).code == 2, "nor by who names nobody: the signature is broken"


def test_signing_replaces_nothing_unasked(tegata: Tegata, tmp_path: Path, own: Path, signers: Path) -> None:
    before = (own / "signature.jws").read_bytes()
    again = ("rules", "sign", own, "--key", tmp_path / "counsel.key")
    assert tegata(*again).code == 2
    assert tegata(*again, "--force", "--new-key").code == 1, "a key is never overwritten"
    assert (own / "signature.jws").read_bytes() == before
    assert tegata(*again, "--force", "--expires", "2027-01-31").code == 0
    assert (own / "signature.jws").read_bytes() != before
    assert tegata(*again, "--force", "--expires", "2031-01-01").code == 2, "nobody stands for law beyond its review"
    assert tegata(*again, "--force", "--expires", "2020-01-01").code == 2


def test_a_pack_of_the_package_is_signed_beside_it(tegata: Tegata, tmp_path: Path, signers: Path) -> None:
    sign = ("rules", "sign", "jp.appi", "--key", tmp_path / "counsel.key")
    assert "--out" in tegata(*sign).err
    (tmp_path / "signatures").mkdir()
    assert tegata(*sign, "--out", tmp_path / "signatures" / "jp.appi.jws").code == 0
    verify = ("rules", "verify", "jp.appi", "--signers", signers, "--signed", "--signatures", tmp_path / "signatures")
    assert tegata(*verify).code == 0
    assert tegata("rules", "verify", "jp.appi", "uk.gdpr", *verify[3:]).code == 1


def test_keys_of_others_are_no_keys(tegata: Tegata, tmp_path: Path, own: Path, signers: Path) -> None:
    key = tmp_path / "counsel.key"
    key.chmod(0o644)
    told = tegata("rules", "sign", own, "--key", key, "--force")
    assert told.code == 2
    assert "PRIVATE" not in told.out + told.err
    assert tegata("rules", "sign", own, "--key", tmp_path / "none", "--force").code == 2


def test_a_decision_goes_to_odrl_and_its_conditions_come_back(tegata: Tegata, tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(FLOW)
    decided = tegata("decide", tmp_path / "flow.yaml", "--json")
    (tmp_path / "decision.json").write_text(decided.out)
    told = tegata("rules", "odrl", tmp_path / "decision.json")
    assert told.document["@context"][0] == "http://www.w3.org/ns/odrl.jsonld"
    (tmp_path / "denied.json").write_text(told.out)
    assert tegata("rules", "odrl", "--read", tmp_path / "denied.json").code in (0, 2)
    policy = (
        '{"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Offer", "uid": "urn:x", "permission": '
        '{"action": "use", "constraint": {"leftOperand": "purpose", "operator": "isA", "rightOperand": "dpv:%s"}}}'
    )
    (tmp_path / "policy.json").write_text(policy % "Marketing")
    assert "use is limited to a purpose" in tegata("rules", "odrl", "--read", tmp_path / "policy.json").out
    assert "利用目的" in tegata("rules", "odrl", "--read", tmp_path / "policy.json", "--lang", "ja").out
    (tmp_path / "policy.json").write_text((policy % "Marketing").replace("purpose", "payAmount"))
    refused = tegata("rules", "odrl", "--read", tmp_path / "policy.json")
    assert (refused.code, "payAmount" in refused.err) == (2, True)
    assert tegata("rules", "odrl", tmp_path / "policy.json").code == 2
