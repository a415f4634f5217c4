"""What `--json` prints is described by published schemas; what the documents show is real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from tools import check_docs, make_schemas

from tegata.model.base import encode
from tests.cli.samples import denial, open_question


@pytest.mark.parametrize("name", make_schemas.DOCUMENTS)
def test_published_schema_is_the_generated_one(name: str) -> None:
    published = (make_schemas.FOLDER / f"{name}.json").read_bytes()
    assert published == make_schemas.schema(make_schemas.DOCUMENTS[name]), "run `make schemas`"


def test_no_schema_is_left_over() -> None:
    assert {path.stem for path in make_schemas.FOLDER.glob("*.json")} == set(make_schemas.DOCUMENTS)


def validator(name: str) -> Any:
    return jsonschema_rs.validator_for(msgspec.json.decode((make_schemas.FOLDER / f"{name}.json").read_bytes()))


def test_decisions_satisfy_their_schema_and_rubbish_does_not() -> None:
    schema = validator("decision")
    for decision in (denial(), open_question()):
        schema.validate(msgspec.json.decode(encode(decision)))
    assert not schema.is_valid({"outcome": "perhaps"})


def test_lies_in_documents_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ tegata --version --help\nnonsense\n```\n")
    assert [fault.partition("\n")[0] for fault in check_docs.faults(page)] == [
        "page.md: `tegata --version --help` prints"
    ]
    page.write_text("<!-- run -->\n```console\n$ tegata --version\ntegata 0.1.0\n```\n")
    assert list(check_docs.faults(page)) == []


def test_commands_and_exit_codes_must_be_named(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("tegata scan\n\n| code | |\n|---|---|\n| 0 | |\n")
    found = "\n".join(check_docs.faults(readme, complete=True))
    assert "`tegata check` is not mentioned" in found
    assert "`tegata scan` is not mentioned" not in found
    assert "exit code 13 is not documented" in found
    assert "exit code 0 is not documented" not in found
