"""Every operation of protection by both roads: by hand with `tegata protect`, and as a condition of an agreement."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest

from tegata.cli.at_node import conditions_asked
from tegata.cli.release_key import key_of_agreement
from tegata.model.decision import Condition
from tegata.model.plan import ProtectionPlan
from tegata.model.rows import RowFilter
from tegata.model.step import Step
from tegata.protect import plan_for, ready_plan, ready_plans
from tegata.protect.compile import DATA_VERBS, PROCESS_VERBS, WHOLE_VERBS
from tegata.protect.said import said_of
from tegata.store import datasets
from tegata.trust import open_passport
from tegata.trust.envelope import open_envelope
from tegata.trust.keyfile import write_secret
from tests.cli.conftest import Tegata, tegata  # noqa: F401
from tests.nodes import LiveNode, live_node, make_node
from tests.services.conftest import OPEN, PROVIDER
from tests.services.test_envelopes import der
from tests.services.test_parts import rows
from tests.services.test_privacy_budget import met
from tests.trust.test_envelope import CERTIFICATES, KEYS

Params = dict[str, Any]
TITLE: Final = {"en": "t", "ja": "t"}
BY_CONDITION: Final[dict[str, Params]] = {
    "drop": {"columns": ["name"]},
    "keep": {"columns": ["ward", "region"], "otherwise": "drop"},
    "mask": {"columns": ["phone"], "show_last": 2},
    "pseudonymise": {"columns": ["patient"]},
    "tokenise": {"columns": ["patient"]},
    "encrypt_fpe": {"columns": ["card"]},
    "encrypt": {"columns": ["email"], "deterministic": True, "held_in": "JP"},
    "redact_text": {"columns": ["note"], "kinds": ["contact.email"]},
    "generalise": {"columns": ["born"], "to": "year"},
    "top_bottom_code": {"columns": ["income"], "top": 900},
    "suppress_rare": {"columns": ["ward"], "least": 10},
    "round_location": {"columns": ["lat"], "min_error_m": 1000},
    "shift_dates": {"columns": ["visited"], "subject": ["patient"], "days": 30},
    "keep_rows": {"columns": ["region"], "where": {"is": "in", "values": ["Kyoto"]}},
    "drop_rows": {"columns": ["income"], "where": {"is": "number", "low": 900}},
    "cap_subjects": {"max": 7, "columns": ["patient"]},
    "k_anonymity": {"k": 5, "max_suppressed": 0.2},
    "statistics": {"epsilon": 1.0, "budget": 1.0, "count_by": [{"column": "region", "values": ["Kyoto", "Osaka"]}]},
    "limit_differencing": {"least_change": 2, "of": "anyone"},
    "encrypt_for_recipient": {},
}
BY_PLAN: Final = {  # fields of a plan that are no steps: the verb that asks for it, and why some have none
    "rows": "keep_rows",
    "otherwise": "keep",
    "cap_subjects": "cap_subjects",
    "anonymity": "k_anonymity",
    "statistics": "statistics",
    "differencing": "limit_differencing",
    "none_left": "drop",  # filled in from kinds that conditions remove
}
TOLD: Final = {"steps", "because", "meets", "subject_key", "subject_kind"}  # of how, not of what


def test_every_operation_of_a_plan_is_asked_for_by_a_condition() -> None:
    tags = {str(kind.__struct_config__.tag) for kind in (*get_args(Step), *get_args(RowFilter))}
    assert tags <= DATA_VERBS.keys() | WHOLE_VERBS
    assert BY_PLAN.keys() | TOLD == set(ProtectionPlan.__struct_fields__)
    assert set(BY_PLAN.values()) <= BY_CONDITION.keys()
    assert DATA_VERBS.keys() | WHOLE_VERBS | {"encrypt_for_recipient"} == BY_CONDITION.keys()
    assert "encrypt_for_recipient" in PROCESS_VERBS, "of any file, also of what is no table"


@pytest.mark.parametrize("verb", BY_CONDITION)
def test_every_condition_is_put_into_words(verb: str) -> None:
    """In both languages, with what can still be learned and on which columns it falls."""
    said = said_of(verb, BY_CONDITION[verb])
    assert not said.en.startswith("The publisher asks")
    assert said.en != said.ja
    assert all(f"`{name}`" in said.en and f"`{name}`" in said.ja for name in BY_CONDITION[verb].get("columns", ()))
    for malformed in ({"where": 3}, {"max": "x"}, {"k": None}, {"to": "nowhere"}, {"columns": 3}, {"min_error_m": 0}):
        assert said_of(verb, malformed).en


def table(path: Path, notes: str = "desk{n}@example.com") -> Path:
    chance = random.Random(3)
    lines = ["patient,name,phone,card,email,born,age,income,ward,region,lat,lon,visited,note"]
    for n in range(200):
        person = n % 40
        lines.append(
            f"P{person:04d},Anna{person},090-1234-{person:04d},41111111{person:08d},user{person}@example.org,"
            f"19{50 + person}-0{1 + n % 9}-1{n % 9},{76 - person},{chance.randrange(1000)},W{min(n % 50, 9)},"
            f"{('Kyoto', 'Osaka')[n % 2]},{35 + chance.random():.5f},{135 + chance.random():.5f},"
            f"2026-01-{1 + n % 28:02d},please write to {notes.format(n=n, person=person)} soon"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


async def published(provider: LiveNode, source: Path, asked: list[Any]) -> tuple[int, dict[str, Any]]:
    wanted = {"path": str(source), "title": TITLE, "description": TITLE, "facts": OPEN, "conditions": asked}
    return await provider.call("POST", "/v1/datasets", wanted)


async def agreed(provider: LiveNode, consumer: LiveNode, source: Path, asked: list[Any], **more: Any) -> dict[str, Any]:
    """What comes under an agreement with these conditions."""
    status, document = await published(provider, source, asked)
    assert status == 201, document
    return await consumer.acquires("Example Provider", document["dataset"]["id"], 60, **more)


async def agreed_on(provider: LiveNode, consumer: LiveNode, source: Path, verb: str) -> dict[str, Any]:
    more = {"certificate": der(CERTIFICATES["p256"])} if verb == "encrypt_for_recipient" else {}
    return await agreed(provider, consumer, source, [{"verb": verb, "params": BY_CONDITION[verb]}], **more)


@pytest.mark.parametrize("name", ready_plans())
async def test_a_ready_plan_is_agreed_clause_by_clause(tmp_path: Path, tegata: Tegata, name: str) -> None:  # noqa: F811
    source, keep = table(tmp_path / "table.csv"), [] if name == "appi-pseudonymised" else ["ward"]
    make_node(tmp_path / "provider", "Example Provider", PROVIDER)
    async with live_node(tmp_path / "provider") as provider, met(provider, tmp_path / "consumer", "C") as consumer:
        got = await agreed(provider, consumer, source, conditions_asked(None, name, keep))
    assert got["phase"] == "done", got["reasons"]
    passport = open_passport(Path(got["passport"]).read_text())
    rules = {one.condition.rule for one in passport.obligations}
    assert {clause.clause for clause in ready_plan(name).clauses if clause.conditions} <= rules
    write_secret(tmp_path / "key", key_of_agreement(tmp_path / "provider", passport.agreement))
    words = [word for column in keep for word in ("--keep", column)]
    made = tegata("protect", source, "--plan", name, *words, "--out", tmp_path / "made.csv", "--key", tmp_path / "key")
    assert made.code == 0, made.err
    assert (tmp_path / "made.csv").read_bytes() == Path(got["data"]).read_bytes() != source.read_bytes()


async def test_what_is_removed_by_its_name_stands_nowhere_else(tmp_path: Path) -> None:
    source = table(tmp_path / "table.csv", notes="user{person}@example.org")
    make_node(tmp_path / "provider", "Example Provider", PROVIDER)
    async with live_node(tmp_path / "provider") as provider, met(provider, tmp_path / "consumer", "C") as consumer:
        got = await agreed_on(provider, consumer, source, "encrypt")
    assert (got["phase"], got["code"]) == ("failed", "exposure"), got
    assert "still holds what the plan removes" in got["reasons"][0]["en"]


async def test_a_publisher_asks_for_what_can_be_done(tmp_path: Path) -> None:
    source = table(tmp_path / "table.csv")
    make_node(tmp_path / "provider", "Example Provider", PROVIDER)
    async with live_node(tmp_path / "provider") as provider:
        for asked, said in (
            ({"verb": "vanish"}, "`vanish` (publisher) cannot be carried out"),
            ({"verb": "drop", "params": {"columns": ["nmae"]}}, "`drop` (publisher) cannot be carried out"),
            ({"verb": "keep", "params": {"columns": [], "otherwise": "drop"}}, "leaves no column"),
            ({"verb": "keep", "params": {"columns": ["name"], "otherwise": "hide"}}, "`keep` (publisher) cannot"),
            ({"verb": "k_anonymity", "params": {"k": 1}}, "k-anonymity cannot be met"),
            ({"verb": "k_anonymity", "params": {"k": 5, "l": 2}}, "`k_anonymity` (publisher) cannot be carried out"),
        ):
            status, problem = await published(provider, source, [asked])
            assert (status, said in problem["title"]) == (400, True), problem
        assert (await provider.call("GET", "/v1/datasets"))[1]["datasets"] == []


def column(file: Path, name: str) -> list[str]:
    return [row[name] for row in rows(file)]


def alike(values: list[str]) -> list[int]:
    return [values.index(one) for one in values]


def opened(file: Path, out: Path) -> Path:
    with file.open("rb") as sealed, out.open("wb") as plain:
        open_envelope(sealed, plain, KEYS["p256"])
    return out


Judge = Callable[[Path, Path, Path], bool]
JUDGES: Final[dict[str, Judge]] = {  # what came, what was made by hand, the source; byte by byte where none is named
    "tokenise": lambda came, made, source: (
        alike(column(came, "patient")) == alike(column(made, "patient")) == alike(column(source, "patient"))
        and {one[:2] for one in column(came, "patient")} == {"t-"}
    ),
    "statistics": lambda came, made, _: column(came, "region") == column(made, "region") == ["Kyoto", "Osaka", "*"],
}


async def test_both_roads_lead_to_the_same(tmp_path: Path, tegata: Tegata) -> None:  # noqa: F811
    """Under one key the bytes are the same, but for what is drawn: tokens and noise."""
    source = table(tmp_path / "table.csv")
    verbs = [one for one in BY_CONDITION if one != "statistics" or importlib.util.find_spec("opendp")]
    make_node(tmp_path / "provider", "Example Provider", PROVIDER)
    async with live_node(tmp_path / "provider") as provider, met(provider, tmp_path / "consumer", "C") as consumer:
        came = {verb: await agreed_on(provider, consumer, table(tmp_path / f"{verb}.in.csv"), verb) for verb in verbs}
        assert {verb: one["phase"] for verb, one in came.items()} == dict.fromkeys(verbs, "done"), came
        ids = [one["dataset"] for one in came.values()]
        known = await provider.node.store.read(lambda tx: {one: datasets.get(tx, one) for one in ids})
    assert tegata("vault", "new", tmp_path / "own.vault", "--name", "own", "--no-passphrase").code == 0
    for verb, got in came.items():
        passport, dataset = open_passport(Path(got["passport"]).read_text()), known[got["dataset"]]
        (met_by,) = (one for one in passport.obligations if one.condition.verb == verb)
        assert met_by.met, verb
        assert met_by.how.en, verb
        assert met_by.how.ja, verb
        assert dataset is not None
        by_hand = tmp_path / f"{verb}.csv"
        plan = plan_for([Condition(verb=verb, params=BY_CONDITION[verb], say=met_by.condition.say)], dataset.profile)
        (tmp_path / "plan.json").write_bytes(msgspec.json.encode(plan))
        write_secret(tmp_path / f"{verb}.key", key_of_agreement(tmp_path / "provider", passport.agreement))
        words = (
            "protect",
            source,
            "--plan",
            tmp_path / "plan.json",
            "--out",
            by_hand,
            "--vault",
            tmp_path / "own.vault",
        )
        made = tegata(*words, "--key", tmp_path / f"{verb}.key")
        assert made.code == 0, (verb, made.err)
        data = Path(got["data"])
        if verb == "encrypt_for_recipient":
            data = opened(data, tmp_path / "opened.csv")
        judge = JUDGES.get(verb, lambda came, made, _: came.read_bytes() == made.read_bytes())
        assert judge(data, by_hand, source), verb
        if verb not in ("limit_differencing", "encrypt_for_recipient"):
            assert by_hand.read_bytes() != source.read_bytes(), f"{verb} has done nothing"
