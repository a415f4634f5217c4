"""The whole road between real nodes: publish, find, agree, protect, move, prove; and a denial with its reasons."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import msgspec.yaml

from tegata.clock import Clock
from tegata.demo import story
from tegata.demo.audience import Audience
from tegata.demo.authority import certificate_of, running_authority
from tegata.demo.hospital import PEOPLE, write_register
from tegata.demo.nodes import refuse_dead, running_node
from tegata.demo.postal import write_postal_codes
from tegata.demo.result import DemoResult
from tegata.demo.scenario import Party, load_scenario
from tegata.demo.tool import Tool
from tegata.evidence.lag import Lag
from tegata.model.base import Language, Text, pretty, t
from tegata.model.decision import Decision
from tegata.model.errors import PeerError, UsageError
from tegata.model.evidence import Verification
from tegata.model.profile import Profile

MARKER = ".tegata-demo"
PATIENCE_S = "20"
GET_CODES = (0, 11, 12, 13)  # received, or refused with the decision's own code


class Node(NamedTuple):
    """A running node of the demonstration."""

    party: Party
    folder: str
    id: str
    url: str


def run(out: Path, file: Path | None, country: str, audience: Audience, clock: Clock, language: Language) -> DemoResult:
    """Walk the road. Nodes are stopped on the way out; a road that fails leaves no folder behind.

    Raises:
        TegataError: as the steps raise them.
    """
    scenario = load_scenario()
    recipient = scenario.recipient.at(country)
    began = clock.monotonic()
    with _own_folder(out), contextlib.ExitStack() as running:
        walk = _Walk(out, audience, Tool(audience, language), running, clock)
        audience.step(story.title(scenario.provider.name, recipient.name, country))
        walk.start(provider=scenario.provider, recipient=recipient, refused=scenario.refused)
        people = walk.people_table(file)
        walk.introduce()
        people_id, postal_id = (
            walk.publish(people, scenario.people, own=file is not None),
            walk.publish_postal(scenario.postal),
        )
        walk.find()
        result = walk.get_people(people_id) | walk.get_postal(postal_id) | walk.get_refused(people_id)
        return msgspec.convert({**result, "seconds": round(clock.monotonic() - began, 1)}, DemoResult)


@contextlib.contextmanager
def _own_folder(out: Path) -> Iterator[None]:
    """A fresh folder. An earlier one is replaced only when the demonstration made it."""
    if out.exists() and not (out / MARKER).exists() and (out.is_file() or any(out.iterdir())):
        raise UsageError(
            t(f"`{out}` was not made by the demo", f"`{out}` はデモが作ったものではありません"),
            hint=t("choose another folder with `--out`", "`--out` で別のフォルダを指定してください"),
        )
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARKER).touch()
    try:
        yield
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise


class _Walk:
    """The steps in their order; each tells the audience what it does."""

    def __init__(self, out: Path, audience: Audience, tool: Tool, running: contextlib.ExitStack, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._audience = audience
        self._tool = tool
        self._running = running
        self._starting: dict[str, tuple[Party, Path, subprocess.Popen[bytes]]] = {}
        self._nodes: dict[str, Node] = {}

    def start(self, **parties: Party) -> None:
        """Launch them; `introduce` waits until they are up, so that the register is made meanwhile."""
        self._audience.step(story.START_NODES)
        time_stamps = self._running.enter_context(running_authority(self._out / "authority", self._clock))
        self._audience.said(story.authority_made(str(self._out / "authority")))
        for role, party in parties.items():
            folder = self._out / "nodes" / role
            child = self._running.enter_context(running_node(folder, party.name, party.stated(), time_stamps))
            self._starting[role] = (party, folder, child)
            self._audience.said(story.node_made(party.name, party.country, str(folder)))

    def _await_nodes(self) -> None:
        for role, (party, folder, child) in self._starting.items():
            up = ("node", "status", "--wait", PATIENCE_S, "--node", str(folder))
            code, found = self._tool.run(*up, show=False, allowed=(0, 1))
            refuse_dead(child, folder)
            if code:
                raise PeerError(story.silent(party.name))
            self._nodes[role] = Node(party=party, folder=str(folder), id=found["id"], url=found["url"])

    def people_table(self, file: Path | None) -> Path:
        """The user's own file, or the synthetic register."""
        if file:
            self._audience.step(story.own_file(file.name))
            return file
        self._audience.step(story.MADE_REGISTER)
        path = self._out / "hospital-register.csv"
        rows = write_register(path)
        self._audience.said(story.register_made(rows, PEOPLE))
        return path

    def introduce(self) -> None:
        self._audience.step(story.REGISTER)
        self._await_nodes()
        provider = self._nodes["provider"]
        for role in ("recipient", "refused"):
            self._add_peer(provider, self._nodes[role])
            self._add_peer(self._nodes[role], provider, show=False)

    def _add_peer(self, at: Node, peer: Node, *, show: bool = True) -> None:
        stated = self._statement(peer.party.name, peer.party.stated())
        self._tool.run(
            *("node", "peer", "add", peer.id, "--name", peer.party.name, "--url", peer.url),
            *("--facts-file", stated, "--node", at.folder),
            show=show,
        )

    def publish(self, path: Path, stated: dict[str, Any], *, own: bool) -> str:
        self._audience.step(story.PUBLISH)
        title = t(path.stem, path.stem) if own else story.PEOPLE_TITLE
        published = self._publish(path, stated, title)
        self._audience.profile(msgspec.convert(published["profile"], Profile), path.name)
        return str(published["dataset"]["id"])

    def publish_postal(self, stated: dict[str, Any]) -> str:
        self._audience.step(story.PUBLISH_POSTAL)
        path = self._out / "postal-codes.csv"
        write_postal_codes(path)
        return str(self._publish(path, stated, story.POSTAL_TITLE)["dataset"]["id"])

    def _publish(self, path: Path, stated: dict[str, Any], title: Text) -> Any:
        _, published = self._tool.run(
            *("publish", str(path), "--title", title.en, "--title-ja", title.ja),
            *("--facts", self._statement(path.stem, stated), "--node", self._nodes["provider"].folder),
        )
        return published

    def find(self) -> None:
        self._audience.step(story.FIND)
        _, found = self._tool.run("find", *self._from_provider("recipient"))
        self._audience.said(story.found(found["items"]))

    def get_people(self, dataset: str) -> dict[str, Any]:
        recipient = self._nodes["recipient"]
        self._audience.step(story.get_people(recipient.party.name))
        code, got = self._get(dataset, "recipient")
        decision, saved = self._decision(dataset, recipient, "decision.json")
        self._audience.said(story.DECIDED)
        self._audience.decision(decision)
        result = {"outcome": decision.outcome, "decision": saved}
        if code:
            self._audience.said(story.NOT_RECEIVED)
            return result
        self._audience.said(story.received(got["bytes"], got["data"]))
        return result | self._verify(got)

    def _verify(self, got: dict[str, Any]) -> dict[str, Any]:
        self._audience.step(story.VERIFY)
        provider = self._nodes["provider"]
        trust = self._out / "trust.yaml"
        trust.write_bytes(msgspec.yaml.encode({provider.id: provider.party.name}))
        command = ("verify", got["passport"], got["data"], "--trust", str(trust))
        _, document = self._tool.run(*command, allowed=(0, 1, 12))
        verification = msgspec.convert(document, Verification)
        self._audience.verification(verification)
        return {
            "evidence": self._export(verification),
            "clock": str(shutil.copy(certificate_of(self._out / "authority"), self._out / "tsa.pem")),
            "data": got["data"],
            "passport": got["passport"],
            "verdict": verification.verdict,
            "verify": shlex.join([_program(), *command]),
        }

    def _export(self, verification: Verification) -> str:
        """What the provider gives to whoever asks it to prove this; `` where there is nothing to prove."""
        if verification.passport is None:
            return ""
        self._audience.step(story.EXPORT)
        out = str(self._out / "evidence.asice")
        node = self._nodes["provider"].folder
        self._await_stamp(node)
        self._tool.run("node", "log", "export", verification.passport.transfer, "--out", out, "--node", node)
        return out

    def _await_stamp(self, node: str) -> None:
        """Until all that is in the log now is stamped; not for ever, for evidence does not depend on it."""
        wanted, until = 0, self._clock.monotonic() + float(PATIENCE_S)
        while self._clock.monotonic() < until:
            _, found = self._tool.run("node", "log", "time-stamps", "--node", node, show=False, allowed=(0, 1))
            (lag,) = msgspec.convert(found, list[Lag])
            wanted = wanted or lag.entries
            if lag.reached >= wanted:
                return

    def get_postal(self, dataset: str) -> dict[str, Any]:
        self._audience.step(story.POSTAL_FREE)
        code, got = self._get(dataset, "recipient")
        decision, saved = self._decision(dataset, self._nodes["recipient"], "postal-decision.json")
        self._audience.decision(decision)
        result = {"postal_outcome": decision.outcome, "postal_decision": saved}
        if code:
            return result
        self._audience.said(story.passed(got["bytes"], got["data"]))
        return result | {"postal_data": got["data"]}

    def get_refused(self, dataset: str) -> dict[str, Any]:
        asking = self._nodes["refused"]
        self._audience.step(story.ask_refused(asking.party.name, asking.party.country))
        code, _ = self._get(dataset, "refused")
        decision, saved = self._decision(dataset, asking, "refusal.json")
        self._audience.said(story.refused(code) if code else story.NOT_REFUSED)
        self._audience.decision(decision)
        return {"refused_outcome": decision.outcome, "refused_decision": saved}

    def _get(self, dataset: str, role: str) -> tuple[int, Any]:
        into = str(self._out / "received" / role)
        return self._tool.run(
            "get", dataset, *self._from_provider(role), "--out", into, allowed=GET_CODES, watched=True
        )

    def _decision(self, dataset: str, asking: Node, name: str) -> tuple[Decision, str]:
        """The provider's latest decision on this pair, kept as a file."""
        wanted = ("--dataset", dataset, "--participant", asking.id)
        _, made = self._tool.run("node", "decisions", *wanted, "--node", self._nodes["provider"].folder, show=False)
        decision = msgspec.convert(made[-1]["decision"], Decision)
        path = self._out / name
        path.write_bytes(pretty(decision) + b"\n")
        return decision, str(path)

    def _from_provider(self, role: str) -> tuple[str, ...]:
        return "--from", self._nodes["provider"].party.name, "--node", self._nodes[role].folder

    def _statement(self, name: str, stated: dict[str, Any]) -> str:
        """What is stated, as a file that the commands read and that people can look at."""
        path = self._out / "stated" / f"{name.lower().replace(' ', '-')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(msgspec.yaml.encode(stated))
        return str(path)


def _program() -> str:
    """How whoever reads this may call us: by name where that is enough, else by the path beside our interpreter."""
    if shutil.which("tegata"):
        return "tegata"
    beside = Path(sys.executable).with_name("tegata")
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
