"""The page of a pack is what the pack says, all of it."""

from __future__ import annotations

import pytest
from tools import make_pack_docs

from tegata.rules import Pack, builtin_packs

PACKS = builtin_packs()
PAGES = make_pack_docs.pages(PACKS)


@pytest.mark.parametrize("name", PAGES)
def test_published_page_is_the_generated_one(name: str) -> None:
    assert (make_pack_docs.FOLDER / name).read_text("utf-8") == PAGES[name], "run `make documents`"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in make_pack_docs.FOLDER.glob("*")} == set(PAGES)


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
    words += [
        item.id for group in (files.parameters, files.definitions, files.levers, files.examples) for item in group
    ]
    assert [word for word in words if word not in page] == []
