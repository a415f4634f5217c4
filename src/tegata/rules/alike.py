"""Worked examples that are told as official texts tell them: the same as another one, but for this."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tegata.model.errors import FactError
from tegata.rules.faults import Faults, bad
from tegata.rules.flow import flat
from tegata.rules.pack_file import EXAMPLES, Example, read_examples


def told_whole(contents: Mapping[str, bytes], faults: Faults) -> tuple[Example, ...]:
    """The examples with all of their facts: those of the earlier one that each is `like`, and its own in their place.

    `faults` is told of an example that is like none before it, or that holds a fact which does not exist.
    """
    whole: dict[str, Example] = {}
    for example in read_examples(contents, faults):
        with faults.kept():
            whole[example.id] = _whole(example, whole) if example.like else example
    return tuple(whole.values())


def _whole(example: Example, before: Mapping[str, Example]) -> Example:
    if example.like not in before:
        raise bad(
            EXAMPLES,
            example.id,
            f"no example `{example.like}` stands before it",
            f"それより前に事例 `{example.like}` がありません",
        )
    try:
        facts = flat(before[example.like].facts) | flat(example.facts)
    except FactError as error:
        raise bad(EXAMPLES, example.id, error.parts("en")[0], error.parts("ja")[0]) from None
    return msgspec.structs.replace(example, facts=facts)
