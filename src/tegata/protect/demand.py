"""What is asked of a table as a whole becomes a demand for k-anonymity over the columns that leave with a meaning."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from tegata.model.base import Noun
from tegata.model.categories import under
from tegata.model.decision import Condition
from tegata.model.plan import Grid, Hierarchy, KAnonymity, Prefixes, QuasiIdentifier, Ranges, Taxonomy
from tegata.model.profile import ColumnProfile, Profile
from tegata.model.step import Step, Telling
from tegata.protect.selection import is_selected, unusable

K_ANONYMITY: Final = "k_anonymity"


class Ways(Noun, frozen=True, kw_only=True):
    """How columns that were recognised so (by prefix) become coarser."""

    recognisers: tuple[str, ...]
    hierarchy: Hierarchy


USUAL: Final = (
    Ways(recognisers=("person.birth_date", "person.age"), hierarchy=Ranges(widths=(5, 10, 20, 40))),
    Ways(recognisers=("postal_code",), hierarchy=Prefixes(lengths=(2, 1))),
    Ways(recognisers=("geo",), hierarchy=Grid(min_errors_m=(5000, 50000, 500000))),
)


class Demand(Noun, frozen=True, kw_only=True):
    """k-anonymity over every column that leaves with a meaning and is not sensitive. What no way is named for is told
    or not told."""

    k: int
    max_suppressed: float = 0.05
    hierarchies: tuple[Ways, ...] = USUAL

    def over(self, profile: Profile, telling: Sequence[str], sensitive: Collection[str]) -> KAnonymity | None:
        """Of a table; None where nobody can be recognised by what leaves.

        Args:
            telling: columns that leave with a meaning.
            sensitive: those of them of which l and t are measured.
        """
        columns = {column.name: column for column in profile.columns}
        quasi = tuple(
            QuasiIdentifier(column=name, hierarchy=self._hierarchy(columns[name]))
            for name in telling
            if name not in sensitive
        )
        if not quasi:
            return None
        kept = tuple(name for name in telling if name in sensitive)
        return KAnonymity(k=self.k, max_suppressed=self.max_suppressed, quasi_identifiers=quasi, sensitive=kept)

    def _hierarchy(self, column: ColumnProfile) -> Hierarchy:
        fitting = (way.hierarchy for way in self.hierarchies if under(column.recogniser, way.recognisers))
        return next(fitting, Taxonomy())


class _Asked(Demand, frozen=True, kw_only=True):
    """As a condition: `categories`, `recognisers` and `columns` select what is sensitive."""

    categories: tuple[str, ...] = ()
    recognisers: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def anonymity_for(conditions: Sequence[Condition], profile: Profile, steps: Mapping[str, Step]) -> KAnonymity | None:
    """What conditions `k_anonymity` ask of a table that leaves by these steps: the strictest of each.

    Raises:
        InputError: their parameters mean nothing, or two name different hierarchies.
    """
    asked = [(one, _read(one)) for one in conditions if one.verb == K_ANONYMITY]
    if not asked:
        return None
    reads: list[Demand] = [read for _, read in asked]
    demand = functools.reduce(_stricter, reads)
    for one, read in asked:
        if read.hierarchies != demand.hierarchies:
            raise unusable(one, "another condition names other hierarchies", "別の条件と階層が食い違っています")
    telling = [name for name, step in steps.items() if isinstance(step, Telling)]
    return demand.over(profile, telling, _sensitive([one for one, _ in asked], profile))


def _read(condition: Condition) -> _Asked:
    try:
        return msgspec.convert(condition.params, _Asked)
    except msgspec.ValidationError as error:
        raise unusable(condition, str(error), str(error)) from None


def _stricter(first: Demand, second: Demand) -> Demand:
    return Demand(
        k=max(first.k, second.k),
        max_suppressed=min(first.max_suppressed, second.max_suppressed),
        hierarchies=first.hierarchies,
    )


def _sensitive(conditions: Sequence[Condition], profile: Profile) -> set[str]:
    return {
        column.name
        for condition in conditions
        for column in profile.columns
        if is_selected(condition, column.name, (column.category,), (column.recogniser,))
    }
