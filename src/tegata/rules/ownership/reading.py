"""Ownership files: entities, shareholdings and which entity is which party, as people write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tegata.documents import YamlError, read_yaml
from tegata.model.base import Text, t
from tegata.model.errors import FactError
from tegata.rules.facts import PARTIES, check_value, did_you_mean, fact_schema
from tegata.rules.ownership.graph import KINDS, Entity, Graph, Holding
from tegata.rules.ownership.share import read_share

SECTIONS: Final = (*PARTIES, "designated", "entities", "shareholdings")
LONGEST_NAME: Final = 500
SETS: Final = frozenset({"organised_under", "citizenship", "employers"})
FACTS: Final[Mapping[str, frozenset[str]]] = {
    "organisation": frozenset({"organised_under", "principal_place", "designated"}),
    "individual": frozenset({"citizenship", "us_permanent", "present_in", "residence", "employers", "designated"}),
    "country": frozenset({"country"}),
    "dispersed": frozenset(),
}
"""Which facts an entity of each kind may have."""

Beside = Callable[[str], bytes]
"""The bytes of a file that the ownership file names."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """The graph, and the ids of the entities that are the parties of the flow (`provider`, `recipient`)."""

    graph: Graph
    parties: Mapping[str, str]


def read_ownership(data: bytes, beside: Beside) -> Ownership:
    """The ownership file: YAML or JSON with `entities` and `shareholdings`, either of them in a CSV that it names.

    `designated` lists those on the Covered Persons List and says that all others were looked up and are not on it.

    Raises:
        FactError: the document cannot be read, or names something that is not there, not possible or twice there.
    """
    try:
        document = read_yaml(data)
    except YamlError as error:
        raise _unreadable(error.why or error.what) from None
    if not isinstance(document, dict):
        raise _unreadable(t("it is not a mapping", "表（名前: 値）になっていません"))
    for name in document:
        if name not in SECTIONS:
            raise _unreadable(t(f"it has no `{name}`", f"`{name}` という項目はありません"), str(name), SECTIONS)
    rows = _entity_rows(document.get("entities"), beside)
    designated = _designated(document.get("designated"), rows)
    entities = [_entity(name, facts, designated) for name, facts in rows.items()]
    graph = Graph(entities, _holdings(document.get("shareholdings"), beside))
    return Ownership(graph, {role: party(graph, role, document[role]) for role in PARTIES if role in document})


def party(graph: Graph, role: str, name: Any) -> str:
    """Id of the entity that is the provider or the recipient.

    Raises:
        FactError: there is none, or it cannot be a party.
    """
    english, japanese = PARTIES[role]
    found = graph.entity(str(name), t(english, japanese))
    if found.entity == "dispersed":
        raise FactError(
            t(f"`{name}` cannot be {english}", f"`{name}` は{japanese}になり得ません"),
            why=t("it stands for many holders", "多数の保有者をまとめたものです"),
        )
    return found.id


def _entity_rows(raw: Any, beside: Beside) -> dict[str, Mapping[str, Any]]:
    if isinstance(raw, str):
        rows: dict[str, Mapping[str, Any]] = {}
        for row in _table(raw, beside, "id"):
            name = _name(row.pop("id"))
            if name in rows:
                raise FactError(t(f"`{name}` stands twice in `{raw}`", f"`{raw}` に `{name}` が二度あります"))
            rows[name] = row
        return rows
    if not isinstance(raw, dict) or not all(isinstance(facts, dict) for facts in raw.values()):
        raise _unreadable(t("`entities` is no mapping of names to facts", "`entities` が名前と事実の表ではありません"))
    return {_name(str(name)): facts for name, facts in raw.items()}


def _name(name: str) -> str:
    """A name that an entity may have."""
    if name.strip() and len(name) <= LONGEST_NAME and "\0" not in name:
        return name
    raise _unreadable(
        t(
            f"`{name[:60]}` is no name of an entity: it has 1 to {LONGEST_NAME} characters, none of them U+0000",
            f"`{name[:60]}` は当事者の名前になりません（U+0000 を含まない 1～{LONGEST_NAME} 文字）",
        )
    )


def _designated(raw: Any, rows: Mapping[str, Any]) -> frozenset[str] | None:
    if raw is None:
        return None
    if not isinstance(raw, list):
        raise _unreadable(t("`designated` is no list of entities", "`designated` が当事者の一覧ではありません"))
    for name in raw:
        if str(name) not in rows:
            raise _unreadable(
                t(
                    f"`designated` names `{name}`, which is not listed",
                    f"`designated` にある `{name}` は登録されていません",
                )
            )
    return frozenset(map(str, raw))


def _entity(name: str, facts: Mapping[str, Any], designated: frozenset[str] | None) -> Entity:
    kind = facts.get("entity")
    if kind not in KINDS:
        raise _wrong(
            name, t(f"`entity` is one of {', '.join(KINDS)}", f"`entity` は {'、'.join(KINDS)} のいずれかです")
        )
    read: dict[str, Any] = {}
    for fact, value in facts.items():
        if fact == "entity" or value in (None, "", "unknown"):
            continue
        if fact not in FACTS[kind]:
            near = did_you_mean(str(fact), FACTS[kind])
            raise _wrong(name, t(f"`{kind}` has no `{fact}`", f"`{kind}` に `{fact}` はありません"), near)
        read[fact] = _fact(name, fact, value)
    if kind == "country" and "country" not in read:
        raise _wrong(name, t("a country needs its code in `country`", "`country` に国コードが必要です"))
    if designated is not None and "designated" in FACTS[kind]:
        read["designated"] = name in designated or read.get("designated", False)
    return Entity(id=name, entity=kind, **read)


def _fact(name: str, fact: str, value: Any) -> Any:
    if fact in SETS and isinstance(value, str):  # one word, or several in a cell of a table
        value = value.split()
    if fact == "employers":
        return tuple(map(str, value)) if isinstance(value, list) else _refuse(name, fact, value)
    if isinstance(value, str) and value in ("true", "false"):
        value = value == "true"
    spec = fact_schema().spec("recipient." + ("residence" if fact == "country" else fact))
    try:
        checked = check_value(spec, value)
    except FactError as error:
        raise _wrong(name, error.why or error.what, error.hint, fact) from None
    return frozenset(checked) if isinstance(checked, list) else checked


def _refuse(name: str, fact: str, value: Any) -> tuple[str, ...]:
    raise _wrong(name, t(f"`{value}` is no list of entities", f"`{value}` は当事者の一覧ではありません"), fact=fact)


def _holdings(raw: Any, beside: Beside) -> Iterator[Holding]:
    rows = _table(raw, beside, "owner", "owned", "percent") if isinstance(raw, str) else raw
    if rows is None:
        return
    if not isinstance(raw, list | str):
        raise _unreadable(t("`shareholdings` is no list", "`shareholdings` が一覧ではありません"))
    for number, row in enumerate(rows, 1):
        yield _holding(number, row)


def _holding(number: int, row: Any) -> Holding:
    if not isinstance(row, dict) or row.keys() != {"owner", "owned", "percent"}:
        raise _unreadable(
            t(
                f"shareholding {number} does not consist of owner, owned and percent",
                f"{number} 件目の持分が owner・owned・percent から成っていません",
            )
        )
    owner, owned, share = str(row["owner"]), str(row["owned"]), read_share(row["percent"])
    if share is None:
        raise FactError(
            t(
                f"`{owner}` cannot hold `{row['percent']}` % of `{owned}`",
                f"`{owner}` の `{owned}` に対する持分は `{row['percent']}` % にはなり得ません",
            ),
            why=t(
                "a share is above 0 and at most 100, with at most ten decimals",
                "割合は 0 を超え 100 以下、小数点以下は10桁までです",
            ),
        )
    return Holding(owner, owned, share)


def _table(name: str, beside: Beside, *needed: str) -> Iterable[dict[str, str]]:
    """The rows of a CSV file that the ownership file names. Its columns must be those that are needed, or more."""
    try:
        text = beside(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(t(f"`{name}` is not UTF-8", f"`{name}` が UTF-8 ではありません"), str(error.start)) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [column for column in needed if column not in (reader.fieldnames or ())]
    if missing:
        raise _unreadable(t(f"`{name}` has no column `{missing[0]}`", f"`{name}` に列 `{missing[0]}` がありません"))
    try:
        for row in reader:
            if None in row or None in row.values():
                raise _ragged(name, reader.line_num)
            yield row
    except csv.Error as error:
        raise _unreadable(
            t(f"line {reader.line_num} of `{name}`: {error}", f"`{name}` の {reader.line_num} 行目: {error}")
        ) from None


def _ragged(name: str, line: int) -> FactError:
    return _unreadable(
        t(
            f"line {line} of `{name}` has more or fewer cells than the header",
            f"`{name}` の {line} 行目のセル数が見出しと異なります",
        )
    )


def _unreadable(why: Text | str, word: str = "", known: Iterable[str] = ()) -> FactError:
    what = t("the ownership file cannot be used", "所有関係のファイルを使えません")
    return FactError(what, why=why, hint=did_you_mean(word, known) if word else "")


def _wrong(name: str, why: Text | str, hint: Text | str = "", fact: str = "") -> FactError:
    of = (
        t(f"`{fact}` of the entity `{name}`", f"当事者 `{name}` の `{fact}`")
        if fact
        else t(f"the entity `{name}`", f"当事者 `{name}`")
    )
    return FactError(t(f"{of.en} cannot be used", f"{of.ja} を使えません"), why=why, hint=hint)
