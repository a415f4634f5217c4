"""Law as dated, cited data with a small total evaluator: facts in, decision out."""

from tegata.rules.decide import decide
from tegata.rules.facts import fact_schema
from tegata.rules.flow import flow_template, read_flow
from tegata.rules.pack import Pack, builtin_packs, load_pack, packs_beside
from tegata.rules.profile_facts import profile_facts

__all__ = [
    "Pack",
    "builtin_packs",
    "decide",
    "fact_schema",
    "flow_template",
    "load_pack",
    "packs_beside",
    "profile_facts",
    "read_flow",
]
