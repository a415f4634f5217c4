"""`tegata trust registry` at a running node: from the scheme to a list that anybody can check."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli.conftest import Tegata
from tests.nodes import live_node, make_node
from tests.trust.accreditation.acts import ALL
from tests.trust.lists.samples import AUTHORITY

pytest.importorskip("lxml", reason="lists in XML need the extra `lists`")


@pytest.fixture
def acts(tmp_path: Path) -> list[Path]:
    """The acts as a person writes them."""
    (tmp_path / "authority.pem").write_bytes(AUTHORITY.certificate.parsed.public_bytes(Encoding.PEM))
    files = []
    for number, act in enumerate(ALL):
        written: dict[str, Any] = json.loads(json.dumps(act))  # no two parts are one, so YAML writes no aliases
        if "certificates" in written:
            written["certificates"] = ["authority.pem"]
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    return files


@pytest.fixture
def key(tegata: Tegata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key for lists with a certificate; its file."""
    monkeypatch.setenv("TEGATA_KEYS", str(tmp_path / "keys"))
    for name, purpose in (("root", "ca"), ("lists", "list")):
        assert tegata("keys", "new", name, "--purpose", purpose, "--no-passphrase").code == 0
    assert tegata("keys", "ca", "root", "--organisation", "Example Agency", "--country", "JP").code == 0
    subject = ("--organisation", "Example Agency", "--country", "JP", "--corporate-number", "7000012050002")
    assert tegata("keys", "csr", "lists", *subject, "--out", tmp_path / "csr").code == 0
    issued = tegata(
        "keys", "issue", tmp_path / "csr", "--ca", "root", "--kind", "list", "--out", tmp_path / "lists.pem"
    )
    assert issued.code == 0, issued.err
    assert tegata("keys", "install", "lists", tmp_path / "lists.pem").code == 0
    return tmp_path / "lists.pem"


async def test_from_a_scheme_to_a_published_list(tegata: Tegata, tmp_path: Path, acts: list[Path], key: Path) -> None:
    make_node(tmp_path / "node", "Example Agency")
    async with live_node(tmp_path / "node") as node:

        def run(*arguments: object, code: int = 0) -> Any:
            ran = tegata("trust", "registry", *arguments, "--node", node.folder)
            assert ran.code == code, ran.err
            return ran

        def all_of_it() -> None:
            assert "no scheme yet" in run("show").out
            assert "state it first" in run("add", acts[1], code=2).err
            for act in acts:
                assert "may follow" in run("add", act).out
                assert "as entry" in run("add", act, "--apply").out
            assert "suspended" in run("show", "--lang", "ja").out
            assert "incident" in run("history").out
            assert len(run("history", "--json").document) == len(acts)
            files = ("--key", "lists", "--xml", tmp_path / "list.xml", "--jws", tmp_path / "list.jws")
            assert "draft" in run("publish", *files).err
            assert not (tmp_path / "list.xml").exists()
            run("publish", *files, "--apply")
            assert "already exists" in run("publish", *files, "--apply", code=2).err

        await asyncio.to_thread(all_of_it)
    for name in ("list.xml", "list.jws"):
        shown = tegata("trust", "lists", "show", tmp_path / name, "--signer", key)
        assert shown.code == 0, shown.err
        assert f"of the log of `{node.did}`" in shown.out
        assert "suspended" in shown.out
    changed = (tmp_path / "list.xml").read_bytes().replace(b"/suspended", b"/granted", 1)
    (tmp_path / "changed.xml").write_bytes(changed)
    assert tegata("trust", "lists", "show", tmp_path / "changed.xml").code == 1


def test_slips_are_told(tegata: Tegata, tmp_path: Path) -> None:
    (tmp_path / "act.yaml").write_text("act: service\nid: x\ncertificates: [nowhere.pem]\n", "utf-8")
    ran = tegata("trust", "registry", "add", tmp_path / "act.yaml", "--node", tmp_path)
    assert (ran.code, "nowhere.pem" in ran.err) == (2, True)
    (tmp_path / "act.yaml").write_text("act: dance\n", "utf-8")
    assert tegata("trust", "registry", "add", tmp_path / "act.yaml", "--node", tmp_path).code == 2
