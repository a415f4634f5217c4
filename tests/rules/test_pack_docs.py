"""The page of a pack is what the pack says, all of it."""

from __future__ import annotations

import re

import pytest
from tools import make_pack_docs

from tegata.rules import Pack, builtin_packs
from tegata.rules.provision import provisions

PACKS = builtin_packs()
PAGES = make_pack_docs.pages(PACKS)


@pytest.mark.parametrize("name", PAGES)
def test_published_page_is_the_generated_one(name: str) -> None:
    assert (make_pack_docs.FOLDER / name).read_text("utf-8") == PAGES[name], "run `make documents`"


def test_no_page_is_left_over() -> None:
    found = (path for path in make_pack_docs.FOLDER.rglob("*") if path.is_file())
    assert {path.relative_to(make_pack_docs.FOLDER).as_posix() for path in found} == set(PAGES)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_a_page_leaves_nothing_out(pack: Pack) -> None:
    page, files = PAGES[f"{pack.id}.md"], pack.files
    said = [item.say for group in (files.rules, files.definitions, files.levers) for item in group if item.say]
    said += [condition.say for rule in files.rules for condition in rule.conditions]
    said += [rule.no_cure for rule in files.rules if rule.no_cure]
    for text in said:
        assert " ".join(text.en.split()).replace("|", "\\|") in page
        assert " ".join(text.ja.split()).replace("|", "\\|") in page
    words = [
        name for rule in files.rules for name in (rule.id, " ".join(rule.when.split()), *(c.url for c in rule.cite))
    ]
    words += [means for rule in files.rules for condition in rule.conditions for means in condition.means]
    words += [str(dated.from_) for parameter in files.parameters for dated in parameter.values]
    words += [item.id for group in (files.parameters, files.definitions, files.levers, pack.examples) for item in group]
    assert [word for word in words if word not in page] == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_the_page_of_a_provision_holds_all_that_it_rests_on(pack: Pack) -> None:
    """A reader sees rule, citation, parameters, examples and tests in one place."""
    for found in provisions(pack):
        page = PAGES[f"{pack.id}/{found.rule.id}.md"]
        wanted = [" ".join(found.rule.when.split()), found.rule.say.ja, pack.digest, "## Tests", "## Signature"]
        wanted += [citation.ref for citation in found.rule.cite]
        wanted += [citation.url for citation in found.rule.cite if citation.url]
        wanted += [" ".join((one.when or one.value or "").split()) for one in found.definitions]
        wanted += [f"`{one.id}`" for one in found.parameters]
        wanted += [str(dated.from_) for one in found.parameters for dated in one.values]
        wanted += [one.example.id for one in found.examples]
        wanted += [condition.verb for condition in found.rule.conditions]
        wanted += [edit.say.ja for edit in found.history]
        plain = page.replace("\\|", "|")
        assert [word for word in wanted if " ".join(word.split()) not in plain] == [], found.rule.id


@pytest.mark.parametrize("name", PAGES)
def test_every_link_between_pages_leads_somewhere(name: str) -> None:
    folder = (make_pack_docs.FOLDER / name).parent
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", PAGES[name]):
        path = (folder / target).resolve()
        assert path.is_file(), f"{name} -> {target}"
        assert not anchor or f"### {anchor}\n" in path.read_text("utf-8")


def test_a_provision_names_the_tests_that_mention_it() -> None:
    page = PAGES["us.28cfr202/s401-met.md"]
    assert "test_us_pack.py" in page
    assert re.search(r"変異: [1-9]\d* of the rule", page)
