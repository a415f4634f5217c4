"""Flows as hypothesis draws them: the facts of worked examples, two at a time, some of them forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tegata.rules import builtin_packs
from tegata.rules.flow import read_facts

TODAY = dt.date(2026, 11, 25)
STATED = [
    {name: fact.value for name, fact in read_facts(example.facts).items()}
    for pack in builtin_packs()
    for example in pack.examples
]


@st.composite
def stated(draw: st.DrawFn) -> dict[str, Any]:
    one, other = draw(st.sampled_from(STATED)), draw(st.sampled_from(STATED))
    facts = {**one, **other}
    forgotten = draw(st.sets(st.sampled_from(sorted(facts) or ["relation"]), max_size=4))
    return {name: value for name, value in facts.items() if name not in forgotten}
