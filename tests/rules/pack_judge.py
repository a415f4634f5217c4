"""What the tests of the packs share: judge facts by one pack, evaluate a definition, spoil a copy of a pack."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tegata.model.decision import Decision, Fact, Flow, PackDecision
from tegata.rules import decide, fact_schema, load_pack
from tegata.rules.faults import Faults
from tegata.rules.pack import BUILTIN, Pack, boundaries
from tegata.rules.pack_check import check_pack

TODAY = dt.date(2026, 11, 22)


def built_in(folder: str) -> Pack:
    return load_pack(BUILTIN / folder)


def facts_of(stated: Mapping[str, Any]) -> dict[str, Fact]:
    return {name: Fact(value=value) for name, value in stated.items()}


def decided(pack: Pack, stated: Mapping[str, Any], as_of: dt.date = TODAY) -> Decision:
    return decide(Flow(facts=facts_of(stated), as_of=as_of, known_on=TODAY), [pack], today=TODAY)


def judged(pack: Pack, stated: Mapping[str, Any], as_of: dt.date = TODAY) -> PackDecision:
    flow = Flow(facts=facts_of(stated), as_of=as_of, known_on=TODAY)
    return decide(flow, [pack], today=TODAY, search_paths=False).per_pack[0]


def outcome(pack: Pack, stated: Mapping[str, Any], as_of: dt.date = TODAY) -> str:
    return judged(pack, stated, as_of).outcome.value


def definition(pack: Pack, name: str, stated: Mapping[str, Any], as_of: dt.date = TODAY) -> object:
    """Value of a definition: True, False, or None for unknown."""
    edition = pack.edition(as_of)
    return edition.definitions[name].value(edition.prepared(fact_schema().values(facts_of(stated)), as_of))


def asked(result: PackDecision) -> set[str]:
    return {missing.name for missing in result.missing}


def rules_of(result: PackDecision) -> set[str]:
    return {hit.rule for hit in result.rules}


def verbs_of(result: PackDecision) -> set[tuple[str, str]]:
    return {(condition.rule, condition.verb) for condition in result.conditions}


def check_form(pack: Pack) -> None:
    """Every rule and parameter cites an address; everything that is said is said in both languages."""
    files = pack.files
    said = [files.head.title, files.head.not_applicable, files.head.default_say]
    said += [item.say for group in (files.rules, files.definitions, files.levers) for item in group]
    said += [condition.say for rule in files.rules for condition in rule.conditions]
    said += [rule.no_cure for rule in files.rules if rule.no_cure]
    for text in said:
        assert text is not None
        assert text.en.strip().isascii(), text.en
        assert re.search("[\u3040-\u9fff]", text.ja), text.ja
    cited = [citation for rule in files.rules for citation in rule.cite] + list(files.head.sources)
    assert all(citation.ref and citation.url.startswith("https://") for citation in cited)
    assert all(parameter.cite and parameter.url.startswith("https://") for parameter in files.parameters)
    assert all(definition.cite for definition in files.definitions)
    assert all(condition.means for rule in files.rules for condition in rule.conditions)


def rebuilt(pack: Pack, **changed: Any) -> Pack:
    """The pack with some of its files changed, in memory: nothing is written, nobody vouches for it.

    Raises:
        PackError: the loader refuses such a pack.
    """
    files, faults = msgspec.structs.replace(pack.files, **changed), Faults()
    checked = check_pack(files, pack.schema, faults)
    if faults.found:
        raise faults.found[0]
    return Pack(files, checked, pack.digest, pack.schema, boundaries(files), pack.folder, pack.tell)


def spoilt(pack: Pack, folder: str, target: Path, file: str, change: Callable[[str], str]) -> Pack:
    """A copy of a built-in pack with one file changed; the change must change something."""
    copy = target / "spoilt"
    shutil.copytree(BUILTIN / folder, copy, dirs_exist_ok=True)
    before = (copy / file).read_text("utf-8")
    after = change(before)
    if after == before:
        raise AssertionError(f"nothing was changed in {file} of {pack.id}")
    (copy / file).write_text(after, "utf-8")
    return load_pack(copy)
