"""A second entry of what the packs ask for: outcomes, dates and duties of every rule, kept apart from the packs.

Whoever changes one of them changes it twice, and the reader of the change sees it in one line. Conditions under which a
rule holds do not stand here: they are for the examples and the tests to prove.

    python -m tests.rules.record PACK...     writes the entries anew; read the difference before you keep it
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tegata.rules.pack import BUILTIN, Pack, load_pack
from tegata.rules.pack_file import Parameter, Rule, RuleCondition

HERE = Path(__file__).parent


def recorded(pack: str) -> Any:
    path = HERE / f"{pack}.yaml"
    return yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None


def read_off(pack: Pack) -> dict[str, Any]:
    """What a pack asks for, in the shape of the record."""
    head = pack.files.head
    return {
        "from": str(head.from_),
        "default": head.default.value,
        "lists": {p.id: _periods(p) for p in pack.files.parameters if isinstance(p.values[0].value, list)},
        "rules": {rule.id: _line(rule) for rule in pack.files.rules},
    }


def _periods(parameter: Parameter) -> dict[str, str]:
    """The members of a list, by the first day of each of its periods."""
    return {str(dated.from_): _word(dated.value) for dated in parameter.values}


def _line(rule: Rule) -> dict[str, Any]:
    days = {"from": rule.from_, "until": rule.until}
    line: dict[str, Any] = {"outcome": rule.outcome.value}
    line |= {} if rule.status == "in_force" else {"status": rule.status}
    line |= {name: str(day) for name, day in days.items() if day}
    return line | ({"duties": [_duty(condition) for condition in rule.conditions]} if rule.conditions else {})


def _duty(condition: RuleCondition) -> str:
    params = (f"{name}={_word(value)}" for name, value in condition.params.items())
    return " ".join([condition.verb, *params])


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def write(pack: Pack) -> None:
    text = yaml.safe_dump(read_off(pack), allow_unicode=True, sort_keys=False, width=4000)
    (HERE / f"{pack.id}.yaml").write_text(text, "utf-8")


def main(named: list[str]) -> None:
    for path in BUILTIN.glob("*/*/pack.yaml"):
        pack = load_pack(path.parent)
        if pack.id in named:
            write(pack)
