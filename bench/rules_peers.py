"""The decision table of 28 CFR Part 202 beside OPA and Cedar: the same flows in one run, and the same answers."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.measure import Figure
from bench.rules_flows import flow_of, nested, table_flow
from bench.rules_speed import DAY, percentile
from tegata.model.decision import Decision
from tegata.rules import builtin_packs, decide

HERE = Path(__file__).parent / "peers"
FLOWS, TIMES = 1000, 5
Micros = list[float]


def figures() -> list[Figure]:
    drawn = random.Random(202)
    stated = [table_flow(drawn) for _ in range(FLOWS)]
    packs = [pack for pack in builtin_packs() if pack.id == "us.28cfr202"]
    flows = [flow_of(facts) for facts in stated]
    decisions = [decide(flow, packs, today=DAY, search_paths=False) for flow in flows]
    ours = timed(lambda flow: decide(flow, packs, today=DAY, search_paths=False), flows)
    told("tegata, one pack, with rules, citations and facts used", ours)
    found = []
    for name, peer in (("OPA", opa), ("Cedar", cedar)):
        theirs = peer(stated, decisions)
        if theirs:
            ratio = statistics.median(ours) / statistics.median(theirs)
            found.append(Figure(f"US decision table: p50 as a part of {name}'s", ratio, 1, "x"))
    return found


def told(name: str, micros: Micros) -> None:
    print(f"  {name}: p50 {statistics.median(micros):.0f} us, p99 {percentile(micros, 99):.0f} us")


def timed(call: Callable[[Any], object], arguments: Sequence[Any]) -> Micros:
    """Microseconds of each call, all arguments in turn, after a warm-up."""
    spent: Micros = []
    for _ in range(TIMES):
        for argument in arguments:
            started = time.perf_counter_ns()
            call(argument)
            spent.append((time.perf_counter_ns() - started) / 1000)
    return spent


def same(name: str, ours: Sequence[object], theirs: Sequence[object]) -> None:
    differing = sum(one != other for one, other in zip(ours, theirs, strict=True))
    if differing:
        raise AssertionError(f"{name} and tegata differ on {differing} of {len(ours)} flows")
    print(f"  {name}: the same answer on all {len(ours)} flows")


# ---------------------------------------------------------------------------------------------- OPA


def opa(stated: Sequence[dict[str, Any]], decisions: Sequence[Decision]) -> Micros:
    """Outcome and rules of each flow; built from its Go module. [] where that cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "opa"
        if why := not_built(binary):
            print(f"  OPA was not measured: {why}")
            return []
        order = {
            "module": (HERE / "us_table.rego").read_text("utf-8"),
            "inputs": [nested(facts) for facts in stated],
            "times": TIMES,
        }
        run = subprocess.run([binary], input=json.dumps(order), capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    theirs = [(result["outcome"], {*result["deny"], *result["conditions"]}) for result in answer["results"]]
    same("OPA", [rules_of(decision) for decision in decisions], [relevant(*one) for one in theirs])
    told(f"OPA, {answer['mode']} query in process, with rules", answer["micros"])
    return list(answer["micros"])


def not_built(binary: Path) -> str:
    if shutil.which("go") is None:
        return "there is no Go"
    built = subprocess.run(["go", "build", "-o", binary, "."], cwd=HERE / "opa", capture_output=True, text=True)
    return built.stderr.strip().splitlines()[-1] if built.returncode else ""


def rules_of(decision: Decision) -> tuple[str, frozenset[str]]:
    hits = decision.per_pack[0].rules
    return relevant(decision.outcome.value, {hit.rule for hit in hits if hit.holds and hit.outcome is decision.outcome})


def relevant(outcome: str, rules: set[str]) -> tuple[str, frozenset[str]]:
    """The rules that give the outcome; exemptions, which merely allow, are not named by the peers."""
    denying = {rule for rule in rules if rule in DENYING}
    if outcome == "allow":
        return outcome, frozenset()
    return outcome, frozenset(denying if outcome == "deny" else rules - denying)


DENYING = {"s301-brokerage", "s303-omic", "s401-unmet", "s302-no-clause", "s304-evasion", "s305-directing"}

# ---------------------------------------------------------------------------------------------- Cedar


def cedar(stated: Sequence[dict[str, Any]], decisions: Sequence[Decision]) -> Micros:
    """Forbidden or not, which is all that Cedar says. [] where `cedarpy` is not installed."""
    if importlib.util.find_spec("cedarpy") is None:
        print("  Cedar was not measured: `pip install cedarpy` first")
        return []
    import cedarpy

    from bench.peers.cedar_table import POLICIES, request

    policies, requests = cedarpy.PolicySet.from_str(POLICIES), [request(facts) for facts in stated]
    allowed = [cedarpy.is_authorized(one, policies, []).allowed for one in requests]
    same("Cedar", [decision.outcome.value != "deny" for decision in decisions], allowed)
    micros = timed(lambda one: cedarpy.is_authorized(one, policies, []), requests)
    told("Cedar (cedarpy), parsed policies, forbidden or not", micros)
    return micros
