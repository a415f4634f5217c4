"""The graph: entities and who holds which share of whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from tegata.model.base import Text, t
from tegata.model.errors import FactError
from tegata.rules.facts import did_you_mean
from tegata.rules.ownership.share import WHOLE, words

Kind = Literal["organisation", "individual", "country", "dispersed"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Entity:
    """One holder or one that is held. None is unknown.

    A `country` is a state, with everything that it owns itself. `dispersed` stands for many holders of whom none is a
    country of concern or a covered person. `employers` are those for whom an individual works, as employee or
    contractor: ids of entities.
    """

    id: str
    entity: Kind
    country: str | None = None
    organised_under: frozenset[str] | None = None
    principal_place: str | None = None
    citizenship: frozenset[str] | None = None
    us_permanent: bool | None = None
    present_in: str | None = None
    residence: str | None = None
    employers: tuple[str, ...] | None = None
    designated: bool | None = None

    @property
    def us_person(self) -> bool | None:
        """28 CFR 202.256: organised solely under US law; citizen, permanent resident or present in the US."""
        if self.entity == "organisation":
            return None if self.organised_under is None else self.organised_under == {"US"}
        if self.entity != "individual":
            return False
        citizen = None if self.citizenship is None else "US" in self.citizenship
        present = None if self.present_in is None else self.present_in == "US"
        signs = (citizen, self.us_permanent, present)
        return True if True in signs else None if None in signs else False


@dataclass(frozen=True, slots=True)
class Holding:
    """`owner` holds `share` of `owned`, in units of 10^-10 per cent (`share.read_share`)."""

    owner: str
    owned: str
    share: int


class Graph:
    """Entities by id, and their holdings in both directions. Circular holdings are allowed.

    Raises:
        FactError: a holding of or by nobody that is listed, of oneself, of somebody who cannot be owned, or twice the
            same; shares of one entity that add up to more than 100 per cent; an employer that is not listed.
    """

    def __init__(self, entities: Iterable[Entity], holdings: Iterable[Holding]) -> None:
        self.entities: Mapping[str, Entity] = {entity.id: entity for entity in entities}
        self.holders: dict[str, dict[str, int]] = {}
        self.held: dict[str, dict[str, int]] = {}
        self.staff: dict[str, list[str]] = {}
        for holding in holdings:
            self._add(holding)
        for owned, holders in self.holders.items():
            _refuse_excess(owned, holders)
        for entity in self.entities.values():
            for employer in entity.employers or ():
                self._employ(entity.id, employer)

    def _add(self, holding: Holding) -> None:
        owner, owned = holding.owner, holding.owned
        self.entity(owner, t(f"an owner of `{owned}`", f"`{owned}` の所有者"))
        kind = self.entity(owned, t(f"held by `{owner}`", f"`{owner}` の所有先")).entity
        if owner == owned:
            raise FactError(
                t(f"`{owner}` cannot own itself", f"`{owner}` は自らを所有できません"),
                hint=t("leave own shares out and state shares of the rest", "自己株式を除いた割合を記入してください"),
            )
        if kind != "organisation":
            raise FactError(
                t(f"nobody can own `{owned}`", f"`{owned}` を所有することはできません"),
                why=t(f"its `entity` is `{kind}`", f"`entity` が `{kind}` です"),
            )
        if owner in self.holders.setdefault(owned, {}):
            raise FactError(
                t(f"`{owner}` holds `{owned}` twice", f"`{owner}` の `{owned}` に対する持分が二度記されています"),
                hint=t("add the shares up in one line", "割合を合計して一行にしてください"),
            )
        self.holders[owned][owner] = holding.share
        self.held.setdefault(owner, {})[owned] = holding.share

    def _employ(self, person: str, employer: str) -> None:
        kind = self.entity(employer, t(f"the employer of `{person}`", f"`{person}` の雇用主")).entity
        if kind not in ("organisation", "country"):
            raise FactError(
                t(f"`{person}` cannot work for `{employer}`", f"`{employer}` は `{person}` の雇用主になり得ません"),
                why=t(f"the `entity` of `{employer}` is `{kind}`", f"`{employer}` の `entity` が `{kind}` です"),
            )
        self.staff.setdefault(employer, []).append(person)

    def entity(self, name: str, role: Text) -> Entity:
        """The entity called `name`, which the message calls `role`.

        Raises:
            FactError: there is none.
        """
        found = self.entities.get(name)
        if found is None:
            few = len(self.entities) <= 1000  # looking for what was meant is no task for a long list
            raise FactError(
                t(f"there is no entity called `{name}`", f"`{name}` という当事者はありません"),
                why=t(f"it is named as {role.en}", f"{role.ja}として記されています"),
                hint=did_you_mean(name, self.entities) if few else "",
            )
        return found

    def undisclosed(self, name: str) -> int:
        """The share of an entity of which nobody said who holds it."""
        return WHOLE - sum(self.holders.get(name, {}).values())


def _refuse_excess(owned: str, holders: Mapping[str, int]) -> None:
    total = sum(holders.values())
    if total > WHOLE:
        raise FactError(
            t(f"more than 100 % of `{owned}` is held", f"`{owned}` の持分の合計が 100 % を超えています"),
            why=t(
                f"{len(holders)} shares add up to {words(total)} %", f"{len(holders)} 件の合計は {words(total)} % です"
            ),
        )
