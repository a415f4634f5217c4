"""The records a scan is made of: what kinds of column look like, and what kinds of table there are. Data, not code."""

from __future__ import annotations

from typing import Literal

from tegata.model.base import Noun, Text, t

Listed = Literal[
    "government", "financial_account", "device", "contact", "advertising", "auth", "network", "call_detail"
]
"""The eight kinds of listed identifier, 28 CFR 202.234(a) to (h)."""

Normaliser = Literal["", "compact", "lower", "letters", "digits"]
"""The form in which values are proven and told apart. compact: capitals without blanks, hyphens, dots and slashes;
lower: small letters; letters: small letters without blanks; digits: digits and a plus sign."""

RoleName = Literal[
    "", "full_name", "family_name", "given_name", "representative", "birth_date", "country", "call_party", "sample"
]

Precision = Literal["", "degrees", "pair", "geohash", "mgrs", "mesh", "words"]


class Support(Noun, frozen=True, kw_only=True):
    """Columns beside this one that make it likelier (or less likely) by `weight`, a natural-log likelihood ratio.

    `of` names recognisers, or whole families by a prefix that ends in a dot (`person.`).
    """

    of: tuple[str, ...]
    weight: float


class InText(Noun, frozen=True, kw_only=True):
    """How a value shows among other text. Only for kinds that a check digit or their structure tells.

    `patterns` are searched for anywhere in a cell; what they match must not be a part of a longer number or word.
    `rarity` is the share of other texts that happen to show the shape; 1 where the proof alone can tell.
    """

    patterns: tuple[str, ...]
    rarity: float = 1.0


class Recogniser(Noun, frozen=True, kw_only=True):
    """One kind of column.

    Value evidence: `patterns` (Rust dialect, linear time, for the whole trimmed cell) give the shape; `validator`
    (by name, run on the value brought to the form `normaliser`) and `range` prove it. `rarity` is the share of other
    columns that happen to have the shape, `chance` the share of random strings of the shape that pass the proof.
    Header evidence: `names` say what the column is, `weak_names` and `header_patterns`
    (for the whole header) only hint; `except_names` are words that rule it out. `in_text`: how the value shows inside
    cells that hold more than it.
    """

    id: str
    title: Text
    category: str
    citation: str
    listed: Listed | None = None
    jurisdictions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    weak_names: tuple[str, ...] = ()
    header_patterns: tuple[str, ...] = ()
    except_names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    in_text: InText | None = None
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    normaliser: Normaliser = ""
    validator: str = ""
    range: tuple[float, float] | None = None
    rarity: float = 0.02
    chance: float = 1.0
    prior: float = 0.02
    needs_header: bool = False  # the shape is too common to mean anything under a foreign header
    min_distinct: int = 1  # distinct matching values without which values alone do not name the column
    needs: tuple[str, ...] = ()  # one of these must stand beside it (prefixes allowed)
    neighbours: tuple[Support, ...] = ()
    tables: dict[str, float] = {}  # table kind -> weight when the table is of that kind
    subject: Literal["", "person", "device"] = ""  # whether equal values mean the same person or device
    key_strength: int = 0  # among subject keys, the greater is preferred; 0: never alone
    role: RoleName = ""  # what the column tells about its subject, beside its category
    precision: Precision = ""  # how the digits of a coordinate tell its precision

    @property
    def proves(self) -> bool:
        """Whether something beside the shape is asked of a value."""
        return bool(self.validator) or self.range is not None


class TableKind(Noun, frozen=True, kw_only=True):
    """A kind of table, known by the columns that stand together. Every group of `all_of` must be met."""

    id: str
    title: Text
    all_of: tuple[Group, ...]
    none_of: tuple[str, ...] = ()
    names_table: bool = True  # False: a sign only, never `Profile.table_kind`

    @property
    def reason(self) -> Text:
        """Why a column of such a table is likelier, or less likely, to be of some kind."""
        return t(f"the table looks like: {self.title.en}", f"表の種類: {self.title.ja}")


class Group(Noun, frozen=True, kw_only=True):
    """At least `at_least` columns recognised as one of `of`."""

    of: tuple[str, ...]
    at_least: int = 1


def belongs(recogniser: str, family: tuple[str, ...]) -> bool:
    """Whether a recogniser id is one of `family`, whose members may be prefixes that end in a dot."""
    return any(recogniser == member or (member.endswith(".") and recogniser.startswith(member)) for member in family)
