"""One decision over all packs, in process: the judgement alone (what a batch needs), with its words, and a batch."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable

from bench.measure import Figure
from tegata.model.decision import Flow, Outcome
from tegata.rules import builtin_packs, decide, fact_schema, read_flow
from tegata.rules.batch import Batch
from tegata.rules.judge import judge, overall

DAY = dt.date(2026, 11, 25)
TIMES, ROWS = 5000, 20_000
PEER_US = 6000.0  # the published decision time of CBCMS, its fastest (6 to 13 ms)
DENIED = b"""
data: {personal: true, categories: [health], identifiers: [government], form: identified, linked: true,
  government_related: false, geo_polygon_hit: false, marketed_as_government: false, public_record: false,
  biospecimen: false, collected_in: [US]}
subjects: {us_persons: {health: 200000, identifier: 200000}, persons: {health: 200000, identifier: 200000},
  prior_us_persons: {}, us_devices: 0, prior_us_devices: 0}
provider: {entity: organisation, organised_under: [US], principal_place: US, located_in: US, us_person: true,
  appi_operator: false, gdpr_subject: false, role: controller}
recipient: {entity: organisation, organised_under: [CN], principal_place: CN, located_in: CN, covered_person: true,
  designated: false, us_person: false, role: controller}
relation: none
transaction: {class: data_brokerage, access: true, act: licence, incident_to: none, evasion: false, directs: false,
  us_role: none}
authorisations.licence: false
"""


def figures() -> list[Figure]:
    flow, packs, schema = read_flow(DENIED), builtin_packs(), fact_schema()
    values = schema.values(flow.facts)
    if overall(judge(pack, values, DAY, DAY) for pack in packs) is not Outcome.DENY:
        raise AssertionError("the flow that is measured is denied")
    alone = measured(lambda: [judge(pack, schema.values(flow.facts), DAY, DAY) for pack in packs[:1]])
    judged = measured(lambda: judged_by_all(flow))
    worded = measured(lambda: decide(flow, packs, today=DAY, search_paths=False))
    print(f"  {len(packs)} packs; reading the facts and one pack: {statistics.median(alone):.0f} us")
    print(f"  published peer: {PEER_US:.0f} us, {PEER_US / statistics.median(judged):.0f} times the judgement")
    return [
        Figure("denied, all packs, judged: p50", statistics.median(judged), 100, "us"),
        Figure("denied, all packs, judged: p99", percentile(judged, 99), 1000, "us"),
        Figure("denied, all packs, with its words: p50", statistics.median(worded), 100, "us"),
        Figure("batch, a row of numbers never seen before, one core", row_us(flow), 120, "us"),
    ]


def judged_by_all(flow: Flow) -> Outcome:
    values = fact_schema().values(flow.facts)
    return overall([judge(pack, values, DAY, DAY) for pack in builtin_packs()])


def measured(call: Callable[[], object]) -> list[float]:
    """Microseconds of each call, after a warm-up."""
    for _ in range(100):
        call()
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter_ns()
        call()
        spent.append((time.perf_counter_ns() - started) / 1000)
    return spent


def percentile(spent: list[float], part: int) -> float:
    return statistics.quantiles(spent, n=100)[part - 1]


def row_us(flow: Flow) -> float:
    """Microseconds a row: a company's record of transfers, other numbers of people in each."""
    drawn = random.Random(1)
    columns = [*(name for name in flow.facts if name != "subjects.us_persons"), "subjects.us_persons.health"]
    stated = [text(flow.facts[name].value) for name in columns[:-1]]
    rows = [(*stated, str(drawn.randrange(10**9))) for _ in range(ROWS)]
    batch = Batch(columns, builtin_packs(), today=DAY)
    started = time.perf_counter()
    for row in rows:
        batch.decide(row)
    return (time.perf_counter() - started) / ROWS * 1e6


def text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value) or "none"
        case dict():
            return ", ".join(f"{name}={n}" for name, n in value.items()) or "none"
    return str(value)
