"""The Australian pack: from which number of people on data is business critical, and which of the two clocks runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.pack_judge import built_in, definition, judged, rules_of

PACK = built_in("au/soci")
HOST: dict[str, Any] = {"provider.located_in": "AU", "provider.hosting": True, "data.personal": True}
COUNTED = ["identifier.contact", "health", "financial", "biometric", "omic.genomic", "geo.precise", "special.race"]


@pytest.mark.parametrize("category", COUNTED)
def test_from_twenty_thousand_people_on_data_is_business_critical(category: str) -> None:
    def critical(n: int) -> object:
        return definition(
            PACK, "critical_asset", {**HOST, "data.categories": [category], "subjects.persons": {category: n}}
        )

    assert (critical(19_999), critical(20_000)) == (False, True)


@pytest.mark.parametrize(("significant", "rule"), [(True, "s30bc-significant"), (False, "s30bd-other")])
def test_one_of_two_clocks_runs(*, significant: bool, rule: str) -> None:
    def clocks(stated: dict[str, Any]) -> set[str]:
        return {rule for rule in rules_of(judged(PACK, HOST | stated)) if rule.startswith("s30")}

    incident = {"incident.kind": "accident", "incident.significant": significant}
    assert clocks(incident) == {rule}
    assert clocks(incident | {"incident.kind": "none"}) == set()
    few = {"data.categories": ["health"], "subjects.persons": {"health": 1}}
    assert clocks(incident | few) == set()
