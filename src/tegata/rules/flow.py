"""Flow files: what people state about one intended movement of data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from tegata.documents import YamlError, read_yaml
from tegata.model.base import t
from tegata.model.decision import Fact, Flow
from tegata.model.errors import FactError
from tegata.rules.facts import FactSchema, FactSpec, check_value, fact_schema

DATES = ("as_of", "known_on")
UNKNOWN = ("unknown", None)


def read_flow(data: bytes) -> Flow:
    """A flow from YAML or JSON, its names nested (`recipient: {kind: ...}`) or dotted (`recipient.kind: ...`).

    `unknown`, null and absence are the same: the fact is not known.

    Raises:
        FactError: the document is not plain YAML, or names an unknown fact, country or category, or a value that does
            not fit its fact.
    """
    try:
        document = read_yaml(data)
    except YamlError as error:
        raise FactError(t("the flow cannot be read", "フローを読めません"), why=error.why or error.what) from None
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise FactError(
            t("the flow cannot be read", "フローを読めません"),
            why=t("it is not a mapping of facts", "事実の表になっていません"),
        )
    dates = {name: read_date(name, document.pop(name)) for name in DATES if name in document}
    return Flow(facts=read_facts(document), **dates)


def read_facts(document: Mapping[str, Any]) -> dict[str, Fact]:
    """Facts from their nested or dotted names.

    Raises:
        FactError: an unknown fact, or a value that does not fit.
    """
    schema = fact_schema()
    facts: dict[str, Fact] = {}
    for name, raw in _leaves(document, schema, ""):
        if name in facts:
            raise FactError(t(f"`{name}` is stated twice", f"`{name}` が二度記されています"))
        if raw not in UNKNOWN:
            facts[name] = Fact(value=check_value(schema.spec(name), raw))
    return facts


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Facts by their dotted names, as they are written; of one that is stated twice the last.

    Raises:
        FactError: an unknown fact.
    """
    return dict(_leaves(document, fact_schema(), ""))


def read_date(name: str, raw: Any) -> dt.date | None:
    if raw in UNKNOWN:
        return None
    try:
        return raw if isinstance(raw, dt.date) else dt.date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise FactError(
            t(f"`{name}` cannot be `{raw}`", f"`{name}` は `{raw}` にはなり得ません"), hint="2026-01-31"
        ) from None


def _leaves(document: Mapping[str, Any], schema: FactSchema, prefix: str) -> Iterator[tuple[str, Any]]:
    """Facts by their dotted names. A mapping is a group of facts unless it is the value of a counts fact."""
    for key, raw in document.items():
        name = prefix + key
        if name in schema.groups and (raw is None or isinstance(raw, dict)):  # None: all of it is commented out
            yield from _leaves(raw or {}, schema, name + ".")
        else:
            schema.spec(name)
            yield name, raw


def flow_template() -> str:
    """A flow file with every fact unknown, its question in both languages and the values that it takes."""
    lines = [
        "# What is known about one movement of data. What is not known stays `unknown` or is left out.",
        "# 一つのデータ移転について分かっていること。分からないものは unknown のままにしてください。",
        "",
        "# the day of the act and the day of the knowledge (default: today)",
        "# 行為の日と、知識の基準日（既定：今日）",
        "as_of: unknown",
        "known_on: unknown",
    ]
    group = ""
    for spec in fact_schema().specs:
        head, dot, name = spec.name.rpartition(".")
        if head != group:
            group = head
            lines += ["", f"{head}:"] if head else [""]
        lines += _entry(spec, "  " if dot else "", name)
    return "\n".join(lines) + "\n"


def _entry(spec: FactSpec, indent: str, name: str) -> list[str]:
    lines = [f"{indent}# {spec.question.en}", f"{indent}# {spec.question.ja}"]
    return [*lines, f"{indent}# {spec.type.label} | {spec.why}", f"{indent}{name}: unknown"]
