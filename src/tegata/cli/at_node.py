"""What the commands against a running node share: which node, which peer, which facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tegata.cli.client import NodeClient
from tegata.cli.command import F, option
from tegata.cli.files import read_document, read_mapping
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError

PARTY: Final = "recipient"  # both parties have the same facts; either prefix finds them


def node_option(function: F) -> F:
    """`--node DIR`, else TEGATA_NODE, else ./node."""
    return option(
        "--node",
        type=click.Path(path_type=Path),
        envvar="TEGATA_NODE",
        default=Path("node"),
        show_default=True,
        show_envvar=True,
        about=t("folder of your node", "自分のノードのフォルダ"),
    )(function)


def peer_option(*, required: bool = True) -> Callable[[F], F]:
    about = t("the other node: its did or registered name", "相手のノード: did または登録名")
    return option("--from", "peer", required=required, metavar="PEER", about=about)


def client(node: Path, terminal: Terminal) -> NodeClient:
    return NodeClient(node, terminal.language)


def facts_from_file(path: Path) -> dict[str, Any]:
    """Facts of a flow file by their full names, checked against the fact schema."""
    from tegata.rules import read_flow

    return {name: fact.value for name, fact in read_flow(read_document(path)).facts.items()}


def conditions_asked(path: Path | None, plan: str | None, keep: Sequence[str]) -> list[Any]:
    """What a publisher asks for: by a file, by a ready plan, or both. InputError: one of them is none."""
    own = _conditions_in(path) if path else []
    if plan is None:
        return own
    from tegata.protect import conditions_of, ready_plan

    told = ("verb", "params", "say", "rule", "citations")
    ready = [{name: getattr(one, name) for name in told} for one in conditions_of(ready_plan(plan), keep)]
    return ready + own


def _conditions_in(path: Path) -> list[Any]:
    from tegata.contracts import Asked
    from tegata.documents import YamlError, read_yaml

    try:
        asked = msgspec.convert(read_yaml(read_document(path)), tuple[Asked, ...])
    except (YamlError, msgspec.ValidationError) as error:
        raise InputError(
            t(f"`{path}` lists no conditions", f"`{path}` は条件の一覧ではありません"),
            why=str(error),
            hint=t(
                "write for example `- {verb: drop, params: {columns: [name]}}`",
                "例: `- {verb: drop, params: {columns: [name]}}`",
            ),
        ) from None
    return [msgspec.to_builtins(one) for one in asked]


def party_facts(path: Path | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Facts of one party without its prefix, from a file and from `name=value` words; checked against the schema."""
    from tegata.rules.facts import check_value, fact_schema

    schema = fact_schema()
    stated = read_mapping(path) if path else {}
    for pair in pairs:
        name, value = _split(pair)
        stated[name] = _value(schema.spec(f"{PARTY}.{name}").type.kind, value)
    return {name: check_value(schema.spec(f"{PARTY}.{name}"), value) for name, value in stated.items()}


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise UsageError(
            t(f"`{pair}` is not a fact", f"`{pair}` は事実の形ではありません"),
            hint=t("write name=value, for example located_in=CN", "name=value の形で書きます。例: located_in=CN"),
        )
    return name, value


def _value(kind: str, text: str) -> Any:
    """Words as the kind of the fact reads them; sets are separated by commas."""
    if kind == "set":
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind in ("bool", "int", "number"):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text
