"""The commands against real nodes: init, start, peers, publish, find, get, decisions, log."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from tegata.demo.nodes import free_ports
from tests.cli.conftest import Ran, Tegata, in_own_process, write_flow
from tests.trust.test_envelope import CERTIFICATES, KEYS

PEM = serialization.Encoding.PEM
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "node-ownership.json"
ABROAD = ("entity=organisation", "designated=false", "owned_by_covered_pct=0", "handles_data=true", "role=controller")


def start(folder: Path, country: str) -> subprocess.Popen[bytes]:
    dsp, management = free_ports(2)
    facts = folder.with_suffix(".yaml")
    facts.write_text(
        "entity: organisation\norganised_under: [US]\nprincipal_place: US\ndesignated: false\nappi_operator: true\n"
        "gdpr_subject: false\nrole: controller\n"
    )
    ports = ("--dsp-port", dsp, "--management-port", management)
    made = in_own_process("node", "init", folder, "--country", country, "--facts", facts, *ports)
    assert made.code == 0, made.err
    return subprocess.Popen(
        [sys.executable, "-m", "tegata.cli", "node", "start", str(folder), "--while-stdin-open"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def nodes(place: Path) -> Iterator[dict[str, dict[str, str]]]:
    """Two running nodes that know each other: what each says of itself."""
    running = [start(place / name, country) for name, country in (("provider", "JP"), ("recipient", "DE"))]
    try:
        up = {
            name: in_own_process("node", "status", "--wait", "20", "--node", place / name, "--json").document
            for name in ("provider", "recipient")
        }
        add(place / "provider", up["recipient"], *ABROAD, "organised_under=DE", "principal_place=DE", "located_in=DE")
        add(place / "recipient", up["provider"])
        yield up
    finally:
        for child in running:
            child.send_signal(signal.SIGINT)
        assert [child.wait(10) for child in running] == [0, 0]
        for child in running:
            if child.stdin:
                child.stdin.close()


def add(node: Path, peer: dict[str, str], *facts: str) -> None:
    stated = [word for fact in facts for word in ("--facts", fact)]
    url = ("--name", peer["name"], "--url", peer["url"])
    added = in_own_process("node", "peer", "add", peer["id"], *url, *stated, "--node", node)
    assert added.code == 0, added.err


@pytest.fixture(scope="module")
def weather(place: Path, nodes: dict[str, dict[str, str]]) -> str:
    table = place / "weather.csv"
    table.write_text("station,day,rain_mm\n" + "".join(f"S{n},2026-01-{n:02d},{n}\n" for n in range(1, 29)))
    return publish(place, table, "Weather of January", "data.personal: false")


@pytest.fixture(scope="module")
def people(place: Path, register: Path, nodes: dict[str, dict[str, str]]) -> str:
    return publish(place, register, "Register", "data.personal: true")


def publish(place: Path, table: Path, title: str, fact: str) -> str:
    facts = place / "facts.yaml"
    facts.write_text(f"relation: none\n{fact}\n")
    told = in_own_process("publish", table, "--title", title, "--facts", facts, "--node", place / "provider", "--json")
    assert told.code == 0, told.err
    return str(told.document["dataset"]["id"])


def test_status_tells_who_it_is(tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]]) -> None:
    told = tegata("node", "status", "--node", place / "provider")
    assert told.code == 0
    assert nodes["provider"]["id"] in told.out


def test_peers_are_listed_with_their_facts(tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]]) -> None:
    told = tegata("node", "peer", "list", "--node", place / "provider")
    assert nodes["recipient"]["id"] in told.out
    assert "organised_under: [DE]" in told.out


def test_find_by_words_of_the_title(tegata: Tegata, place: Path, weather: str, people: str) -> None:
    both = tegata("find", "--from", "provider", "--node", place / "recipient")
    assert weather in both.out
    assert people in both.out
    one = tegata("find", "january weather", "--from", "provider", "--node", place / "recipient", "--json")
    assert [item["id"] for item in one.document["items"]] == [weather]


def get(place: Path, dataset: str, *more: object) -> Ran:
    return in_own_process(
        "get", dataset, "--from", "provider", "--node", place / "recipient", "--out", place / "received", *more
    )


def test_get_ends_with_files_that_verify(tegata: Tegata, place: Path, weather: str) -> None:
    told = get(place, weather)
    assert told.code == 0, told.err
    data, passport = (
        place / "received" / "weather-of-january.csv",
        place / "received" / "weather-of-january.passport.jws",
    )
    assert data.read_text().splitlines() == (place / "weather.csv").read_text().splitlines()
    assert str(data) in told.out
    assert tegata("verify", passport, data).code == 12
    again = get(place, weather)
    assert again.code == 2
    assert "already exists" in again.err
    assert get(place, weather, "--force", "--json", "--push").document["phase"] == "done"


def test_data_for_a_certificate_is_opened_by_its_key(
    tegata: Tegata, place: Path, weather: str, nodes: dict[str, dict[str, str]]
) -> None:
    out, trusted = place / "sealed", ("--trust", nodes["provider"]["id"])
    for name in ("p256", "rsa"):
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (place / f"{name}.key").write_bytes(KEYS[name].private_bytes(PEM, *plain))
        (place / f"{name}.key").chmod(0o600)
        (place / f"{name}.pem").write_bytes(CERTIFICATES[name].public_bytes(PEM))
    wanted = ("--for", place / "p256.pem", "--out", out)
    wrong = get(place, weather, *wanted, "--key", place / "rsa.key")
    assert (wrong.code, "not for this key" in wrong.err, out.exists()) == (1, True, False)
    assert get(place, weather, *wanted, "--key", place / "p256.key").code == 0
    data, passport = out / "weather-of-january.csv", out / "weather-of-january.passport.jws"
    assert data.read_text().splitlines() == (place / "weather.csv").read_text().splitlines()
    assert tegata("verify", passport, data, *trusted).code == 0
    told = get(place, weather, *wanted, "--force")
    assert (told.code, "tegata decrypt" in told.err) == (0, True)
    sealed = data.with_suffix(".p7m")
    assert tegata("verify", passport, sealed, *trusted).code == 0
    assert tegata("decrypt", sealed, "--key", place / "p256.key", "--out", place / "opened.csv").code == 0
    assert (place / "opened.csv").read_bytes() == data.read_bytes()


def test_a_folder_comes_as_a_folder_that_verifies(
    tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]]
) -> None:
    folder = place / "stations"
    folder.mkdir()
    for name in ("north", "south"):
        (folder / f"{name}.csv").write_text("station,rain_mm\nS1,3\nS2,4\n")
    (folder / "map.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    dataset = publish(place, folder, "Stations", "data.personal: false")
    told = get(place, dataset)
    assert told.code == 0, told.err
    received = place / "received" / "stations"
    there = sorted(path.name for path in received.iterdir())
    assert there == ["manifest.json", "map.png", "north.csv", "south.csv"]
    passport = place / "received" / "stations.passport.jws"
    trusted = ("--trust", nodes["provider"]["id"])
    assert tegata("verify", passport, received, *trusted).code == 0
    assert get(place, dataset, "--force").code == 0
    (received / "north.csv").write_text("station,rain_mm\nS1,9\n")
    assert tegata("verify", passport, received, *trusted).code == 1
    (received / "manifest.json").unlink()
    assert tegata("verify", passport, received, *trusted).code == 2
    kept = get(place, dataset, "--force")
    assert (kept.code, "is there already" in kept.err) == (2, True), "it is not ours to overwrite"


def test_data_that_stays_is_opened_with_lines_to_copy(tegata: Tegata, place: Path, weather: str) -> None:
    told = get(place, weather, "--doors")
    assert told.code == 0, told.err
    assert "pd.read_csv" in told.out
    transfer = told.out.splitlines()[1].strip()
    node = ("--node", place / "recipient")
    document = tegata("node", "doors", "show", transfer, *node, "--json").document
    jsonschema_rs.validate(msgspec.json.decode((SCHEMA.parent / "doors.json").read_bytes()), document)
    assert document["uses"] == []
    profile = msgspec.json.decode(tegata("node", "doors", "show", transfer, "--tool", "Profile", *node).out)
    assert profile["bearerToken"] == f"{document['key']}.{document['secret']}"
    unknown = tegata("node", "doors", "show", transfer, "--tool", "abacus", *node)
    assert (unknown.code, "pandas" in unknown.err) == (2, True)
    link = tegata("link", transfer, "--form", "excel", "--hours", "1", *node)
    assert (link.code, link.out.startswith("http://127.0.0.1:")) == (0, True)
    assert "/excel/Weather%20of%20January.xlsx?" in link.out.splitlines()[0]
    japanese = tegata("link", transfer, *node, "--lang", "ja")
    assert "どちらか早い方まで" in japanese.out
    assert get(place, weather, "--doors", "--push").code == 2
    assert tegata("node", "transfers", "complete", transfer, *node).code == 0
    shut = tegata("link", transfer, *node)
    assert (shut.code, "STARTED" in shut.err) == (2, True)


def test_refusal_ends_with_the_code_of_the_decision(tegata: Tegata, place: Path, people: str) -> None:
    told = get(place, people)
    assert told.code == 11
    assert "the provider refuses" in told.err
    decided = tegata("node", "decisions", "--dataset", people, "--node", place / "provider", "--json").document
    assert decided[-1]["decision"]["outcome"] == "needs_info"
    shown = tegata("node", "decisions", decided[-1]["digest"], "--node", place / "provider")
    assert "facts are missing" in shown.out


def test_transfers_and_negotiations_are_shown(tegata: Tegata, place: Path, weather: str) -> None:
    assert get(place, weather, "--force").code == 0
    for kind, state, role in (("transfers", "COMPLETED", "as provider"), ("negotiations", "FINALIZED", "as provider")):
        told = tegata("node", kind, "list", "--state", state.lower(), "--node", place / "provider")
        assert told.out.startswith(f"{state}  {role}\n  urn:uuid:")
        found = tegata("node", kind, "list", "--node", place / "provider", "--json").document
        shown = tegata("node", kind, "show", found[0]["id"], "--node", place / "provider", "--json").document
        assert shown == found[0]
        told = tegata(
            "node", kind, "terminate", next(p["id"] for p in found if p["state"] == state), "--node", place / "provider"
        )
        assert (told.code, f"is {state}" in told.err) == (2, True)


def test_an_offer_is_made_shown_taken_and_fetched(tegata: Tegata, place: Path, weather: str) -> None:
    theirs, ours = ("--node", place / "provider"), ("--node", place / "recipient")
    made = tegata("node", "negotiations", "offer", weather, "--to", "recipient", *theirs)
    assert made.out.startswith("OFFERED  as provider"), made.err
    waiting = offered(tegata, *ours)
    shown = tegata("node", "negotiations", "show", waiting, *ours)
    assert "`tegata node negotiations accept` takes it" in shown.out
    early = tegata("get", waiting, *ours, "--out", place / "offered")
    assert (early.code, f"tegata get {waiting}" in early.err) == (2, True)
    assert tegata("node", "negotiations", "accept", waiting, *ours, "--json").document["state"] == "ACCEPTED"
    assert tegata("get", waiting, *ours, "--out", place / "offered", "--push").code == 2
    got = tegata("get", waiting, *ours, "--out", place / "offered", "--json")
    assert Path(got.document["data"]).read_text() == (place / "weather.csv").read_text()


def offered(tegata: Tegata, *node: object) -> str:
    """The offer that waits at a node, once it has come."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if found := tegata("node", "negotiations", "list", "--state", "offered", *node, "--json").document:
            return str(found[0]["id"])
        time.sleep(0.05)
    raise AssertionError("no offer has come")


def test_evidence_is_exported_and_verified(tegata: Tegata, place: Path, weather: str) -> None:
    out = place / "evidence.asice"
    made = tegata("node", "log", "export", weather, "--out", out, "--node", place / "provider")
    assert (made.code, made.out) == (0, f"tegata verify {out}\n")
    told = tegata("verify", out)
    assert told.code == 12
    assert "entries lie in the log" in told.out
    shown = tegata("node", "log", "show", weather, "--node", place / "provider")
    assert "dataset_published" in shown.out
    again = tegata("node", "log", "export", weather, "--out", out, "--node", place / "provider")
    assert (again.code, "already exists" in again.err) == (2, True), "evidence is not written over"
    forced = tegata("node", "log", "export", "urn:uuid:x", "--out", out, "--force", "--node", place / "provider")
    assert (forced.code, "holds nothing" in forced.err) == (2, True)
    assert tegata("verify", out).code == 12, "and it stays where there is nothing to put in its place"


def test_an_entry_is_shown_before_it_is_erased(tegata: Tegata, place: Path, weather: str) -> None:
    told = tegata("node", "log", "erase", "1", "--reason", "a test", "--node", place / "provider")
    assert (told.code, "dataset_published" in told.out, "--apply" in told.err) == (0, True, True)
    assert tegata("node", "log", "check", "--node", place / "provider").code == 0


def test_witnesses_and_forks_are_shown(tegata: Tegata, place: Path, weather: str) -> None:
    assert "the log has" in tegata("node", "log", "witnesses", "--node", place / "provider").out
    assert "no peer's log" in tegata("node", "log", "forks", "--node", place / "provider").out


def test_log_is_whole(tegata: Tegata, place: Path, weather: str) -> None:
    told = tegata("node", "log", "check", "--node", place / "provider")
    assert told.code == 0
    assert "the log is whole" in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("get", "urn:uuid:nothing", "--from", "provider"), "provider"),
        (("find", "--from", "nobody"), "`nobody`"),
        (("node", "peer", "add", "did:web:x", "--name", "x"), "not a did:key"),
        (("node", "peer", "add", "did:key:x", "--name", "x", "--facts", "located_in=XX"), "`XX`"),
        (("node", "peer", "add", "did:key:x", "--name", "x", "--facts", "located_in"), "name=value"),
        (("node", "decisions", "sha256:0"), "sha256:0"),
        (("node", "transfers", "suspend", "urn:uuid:0"), "urn:uuid:0"),
        (("node", "negotiations", "show", "urn:uuid:0"), "urn:uuid:0"),
        (("node", "negotiations", "accept", "urn:uuid:0"), "urn:uuid:0"),
        (("node", "negotiations", "offer", "urn:uuid:0", "--to", "provider"), "tegata publish"),
        (("get", "urn:uuid:0"), "--from PEER"),
        (("publish", "absent.csv"), "absent.csv"),
    ],
)
def test_slips_are_told(
    tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]], arguments: tuple[str, ...], message: str
) -> None:
    told = tegata(*arguments, "--node", place / "recipient")
    assert told.code in (1, 2)
    assert message in told.err
    assert "Traceback" not in told.err


def test_node_that_is_down_says_how_to_start_it(tegata: Tegata, tmp_path: Path) -> None:
    dsp, management = free_ports(2)
    folder = tmp_path / "n"
    made = tegata("node", "init", folder, "--dsp-port", dsp, "--management-port", management)
    assert made.code == 0
    assert f"tegata node start {folder}" in made.out
    told = tegata("find", "--from", "x", "--node", folder)
    assert told.code == 1
    assert f"tegata node start {folder}" in told.err
    assert tegata("node", "init", folder).code == 2


def test_unknown_fact_or_country_makes_no_node(tegata: Tegata, tmp_path: Path) -> None:
    assert tegata("node", "init", tmp_path / "n", "--country", "XX").code == 2
    facts = tmp_path / "facts.yaml"
    facts.write_text("organized_under: [US]\n")
    told = tegata("node", "init", tmp_path / "n", "--facts", facts)
    assert told.code == 2
    assert "did you mean" in told.err
    assert not (tmp_path / "n").exists()


def test_start_of_a_folder_without_node(tegata: Tegata, tmp_path: Path) -> None:
    told = tegata("node", "start", tmp_path)
    assert told.code == 2
    assert "tegata node init" in told.err


def test_flow_file_is_read_before_anything_is_published(
    tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]]
) -> None:
    facts = write_flow(place, "XX")
    told = tegata("publish", place / "weather.csv", "--facts", facts, "--node", place / "provider")
    assert told.code == 2
    assert "`XX`" in told.err


def test_who_counts_together_is_taken_from_an_ownership_file(
    tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]]
) -> None:
    entities = {"parent": "organisation", nodes["recipient"]["id"]: "organisation", "unrelated": "individual"}
    file = place / "ownership.yaml"
    lines = [f'  "{name}": {{entity: {kind}}}' for name, kind in entities.items()]
    share = f'{{owner: parent, owned: "{nodes["recipient"]["id"]}", percent: 60}}'
    file.write_text("\n".join(["entities:", *lines, f"shareholdings: [{share}]"]))
    at = ("--node", place / "provider")
    assert "no ownership file is in use" in tegata("node", "ownership", "show", *at).out
    tried = tegata("node", "ownership", "load", file, "--dry-run", *at)
    assert "entities: 3; groups of two or more under common control: 1" in tried.out
    assert tegata("node", "ownership", "show", *at, "--json").document["version"] == 0
    loaded = tegata("node", "ownership", "load", file, *at, "--json")
    jsonschema_rs.validate(msgspec.json.decode(SCHEMA.read_bytes()), loaded.document)
    assert [one["listed"] for one in loaded.document["participants"]] == [True]
    assert "当事者 3 件" in tegata("--lang", "ja", "node", "ownership", "show", *at).out
    file.write_text("entities: {a: {entity: company}}")
    refused = tegata("node", "ownership", "load", file, *at)
    assert (refused.code, "`a`" in refused.err) == (2, True)
    assert tegata("node", "ownership", "show", *at, "--json").document["version"] == 1


def test_consent_is_loaded_withdrawn_and_shown(
    tegata: Tegata, place: Path, people: str, nodes: dict[str, dict[str, str]]
) -> None:
    at, listed = ("--node", place / "provider"), place / "consented.csv"
    listed.write_text("nr,station\n1,S1\n2,S2\n")
    assert "there is no register" in tegata("node", "consent", "show", people, *at).out
    assert tegata("node", "consent", "withdraw", people, *at).code == 2
    refused = tegata("node", "consent", "load", people, listed, "--column", "station", *at)
    assert "has no column `station`" in refused.err
    table = place / "stations.csv"
    table.write_text("station,day,email\n" + "".join(f"S{n},2026-01-{n:02d},a{n}@example.org\n" for n in range(1, 29)))
    dataset = publish(place, table, "Stations", "data.personal: true")
    load = ("node", "consent", "load", dataset, listed, *at)
    assert "`--column`" in tegata(*load).err
    tried = tegata(*load, "--column", "station", "--dry-run")
    assert "nothing was changed" in tried.out
    assert "consent to what the data set is for: 2 people" in tried.out
    assert tegata("node", "consent", "show", dataset, *at, "--json").document["epoch"] == 0
    assert tegata(*load, "--column", "station", "--json").document["standing"] == {"": 2}
    gone = tegata("node", "consent", "withdraw", dataset, "S2", "S9", *at)
    assert "named: 2; changed: 1" in gone.out
    assert "had given no consent" in gone.out
    shown = tegata("--lang", "ja", "node", "consent", "show", dataset, *at)
    assert "第 2 版。人は列 `station` で区別します" in shown.out
    assert "すべての目的への同意を撤回" in shown.out


def test_nothing_is_told_of_what_was_not_released(
    tegata: Tegata, place: Path, nodes: dict[str, dict[str, str]]
) -> None:
    told = tegata("node", "transfers", "risk", "urn:uuid:0", "--node", place / "provider")
    assert (told.code, "nothing has been released" in told.err) == (2, True)
