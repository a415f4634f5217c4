"""One decision over all packs, in process, and all of it: rules, citations, facts used, questions, the path to yes."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable
from functools import partial

from bench.measure import Figure
from bench.rules_flows import flow_of, table_flow
from tegata.model.decision import Fact, Flow, Outcome
from tegata.rules import builtin_packs, decide, fact_schema, read_flow
from tegata.rules.flow import read_facts
from tegata.rules.judge import judge, overall

DAY = dt.date(2026, 11, 25)
TIMES = 3000
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
    flow, packs = read_flow(DENIED), builtin_packs()
    if overall(judge(pack, fact_schema().values(flow.facts), DAY, DAY) for pack in packs) is not Outcome.DENY:
        raise AssertionError("the flow that is measured is denied")
    judged = measured(lambda: judged_by_all(flow))
    worded = measured(lambda: decide(flow, packs, today=DAY, search_paths=False))
    with_path = measured(lambda: decide(flow, packs, today=DAY), 300)
    mixed = spent_on(described())
    gaps = spent_on(with_gaps())
    print(
        f"  {len(packs)} packs; published peer: {PEER_US:.0f} us, {PEER_US / statistics.median(judged):.0f} times the"
    )
    print(f"  judgement, {PEER_US / statistics.median(worded):.0f} times the whole decision")
    return [
        Figure("denied, judged: p50", statistics.median(judged), 100, "us"),
        Figure("denied, judged: p99", percentile(judged, 99), 1000, "us"),
        Figure("denied, with its words: p50", statistics.median(worded), 100, "us"),
        Figure("denied, with its words: p99", percentile(worded, 99), 1000, "us"),
        Figure("denied, with its words and the path to yes: p50", statistics.median(with_path), 1000, "us"),
        Figure("1,000 described flows, with words: p50", statistics.median(mixed), 100, "us"),
        Figure("1,000 described flows, with words: p99", percentile(mixed, 99), 1000, "us"),
        Figure("worked examples, gaps and all, with questions: p50", statistics.median(gaps), 6000, "us"),
    ]


def judged_by_all(flow: Flow) -> Outcome:
    values = fact_schema().values(flow.facts)
    return overall([judge(pack, values, DAY, DAY) for pack in builtin_packs()])


def described() -> list[Flow]:
    """Different flows of which everything is stated that some pack asks for, of an American provider."""
    drawn, elsewhere = random.Random(1), read_flow(DENIED).facts
    return [without_party(Flow(facts={**elsewhere, **flow_of(table_flow(drawn)).facts})) for _ in range(1000)]


def without_party(flow: Flow) -> Flow:
    """Without what DENIED states of the recipient, which the table derives."""
    left_out = ("recipient.covered_person", "recipient.us_person")
    return Flow(facts={name: fact for name, fact in flow.facts.items() if name not in left_out})


def with_gaps() -> list[Flow]:
    """What the worked examples of all packs state: each leaves out what its own law does not ask for."""
    examples = [example for pack in builtin_packs() for example in pack.examples]
    return [Flow(facts={name: Fact(value=fact.value) for name, fact in read_facts(e.facts).items()}) for e in examples]


def spent_on(flows: list[Flow]) -> list[float]:
    """Microseconds of each flow's decision, without the path to yes."""
    packs = builtin_packs()
    spent = []
    for _ in range(2):  # the first is the warm-up
        spent = [timed(partial(decide, flow, packs, today=DAY, search_paths=False)) for flow in flows]
    return spent


def timed(call: Callable[[], object]) -> float:
    started = time.thread_time_ns()  # of the processor: what others do meanwhile on a shared machine does not count
    call()
    return (time.thread_time_ns() - started) / 1000


def measured(call: Callable[[], object], times: int = TIMES) -> list[float]:
    """Microseconds of each call, after a warm-up."""
    for _ in range(100):
        call()
    return [timed(call) for _ in range(times)]


def percentile(spent: list[float], part: int) -> float:
    return statistics.quantiles(spent, n=100)[part - 1]
