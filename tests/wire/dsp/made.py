"""Documents drawn from the official schemas themselves: what they allow, and, with slips, what they do not.

Knows the words that these schemas use, and no others: one that it does not know stops it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import strategies as st

from tests.wire.dsp.schemas import schemas

Schema = Mapping[str, Any]

_SPOKEN: Final = {
    *("type", "const", "enum", "pattern", "properties", "required", "items", "minItems", "contains", "not"),
    *("$ref", "allOf", "oneOf", "anyOf", "$schema", "$id", "$comment", "title", "definitions"),
}
_DEEP: Final = 7  # objects and arrays within each other; from there on nothing is made that need not be
_SLIP: Final = 12  # one in so many places
_TEXTS: Final = st.one_of(st.text(max_size=4), st.sampled_from(["urn:uuid:1", "https://peer.example/catalog", "EU"]))
_ANYTHING: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False), _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(_TEXTS, inner, max_size=2)),
    max_leaves=3,
)


@dataclass
class _Demand:
    """What several schemas together ask of one value."""

    base: str
    types: list[str] = field(default_factory=list)
    one_of: list[Any] | None = None
    patterns: list[str] = field(default_factory=list)
    properties: dict[str, list[tuple[str, Schema]]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    items: list[tuple[str, Schema]] = field(default_factory=list)
    contained: list[tuple[str, Schema]] = field(default_factory=list)
    least: int = 0


@st.composite
def documents(draw: st.DrawFn, name: str, *, slips: bool) -> Any:
    """A document of the schema of a name; with slips it may be one that only comes near."""
    schema = schemas()[name]
    return _Making(draw, slips).value([(schema["$id"], schema)], 0)


class _Making:
    def __init__(self, draw: st.DrawFn, slips: bool) -> None:
        self._draw = draw
        self._slips = slips

    def value(self, asked: list[tuple[str, Schema]], depth: int) -> Any:
        """One that meets all these schemas."""
        if self._slip():
            return self._draw(_ANYTHING)
        demand = _Demand(asked[0][0])
        for base, schema in asked:
            self._add(demand, base, schema, depth)
        if demand.one_of is not None:
            return self._draw(st.sampled_from(demand.one_of))
        match demand.types[0] if demand.types else "":
            case "object":
                return self._object(demand, depth)
            case "array":
                return self._array(demand, depth)
            case "string":
                return self._draw(_matching(demand.patterns[0]) if demand.patterns else _TEXTS)
            case _:
                return self._object(demand, depth) if demand.properties else self._draw(_ANYTHING)

    def _add(self, demand: _Demand, base: str, schema: Schema, depth: int) -> None:
        if unknown := schema.keys() - _SPOKEN:
            raise AssertionError(unknown)
        if "$ref" in schema:
            self._add(demand, *_found(base, schema["$ref"]), depth)
        for part in schema.get("allOf", ()):
            self._add(demand, base, part, depth)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                self._choose(demand, base, schema[word], depth)
        demand.types += [schema["type"]] if "type" in schema else []
        demand.patterns += [schema["pattern"]] if "pattern" in schema else []
        named = schema.get("enum", [schema["const"]] if "const" in schema else None)
        demand.one_of = named if named is not None else demand.one_of
        for name, part in schema.get("properties", {}).items():
            demand.properties.setdefault(name, []).append((base, part))
        demand.required |= set(schema.get("required", ()))
        demand.forbidden |= set(schema.get("not", {}).get("required", ()))
        demand.items += [(base, schema["items"])] if "items" in schema else []
        demand.contained += [(base, schema["contains"])] if "contains" in schema else []
        demand.least = max(demand.least, schema.get("minItems", 0))

    def _choose(self, demand: _Demand, base: str, branches: list[Schema], depth: int) -> None:
        """Take one branch, and keep away from the others: of `oneOf` no second one may hold."""
        plain = [branch for branch in branches if branch.get("type") == "string"] if depth >= _DEEP else []
        chosen = self._draw(st.sampled_from(plain or branches))
        self._add(demand, base, chosen, depth)
        own = _terms(base, chosen)
        for branch in branches:
            demand.forbidden |= _terms(base, branch) - own

    def _object(self, demand: _Demand, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in (*demand.properties, *sorted(demand.required - demand.properties.keys())):
            needed = name in demand.required
            if self._slip():
                needed = not needed
            elif name in demand.forbidden and not needed:
                continue
            if needed or (depth < _DEEP and self._draw(st.booleans())):
                made[name] = self.value(demand.properties.get(name) or [(demand.base, {})], depth + 1)
        if self._slip():
            made |= {name: self._draw(_ANYTHING) for name in sorted(demand.forbidden)[:1]}
        if self._draw(st.integers(0, 5)) == 0:
            made["x:own"] = self._draw(_ANYTHING)
        return made

    def _array(self, demand: _Demand, depth: int) -> list[Any]:
        least = 0 if self._slip() else demand.least
        count = least if depth >= _DEEP else self._draw(st.integers(least, least + 1))
        items = demand.items or [(demand.base, {})]
        made = [self.value(items, depth + 1) for _ in range(count)]
        made += [self.value([one, *demand.items], depth + 1) for one in demand.contained]
        return self._draw(st.permutations(made))

    def _slip(self) -> bool:
        return self._slips and self._draw(st.integers(0, _SLIP)) == 0


def _matching(pattern: str) -> st.SearchStrategy[str]:
    """In the schemas `$` is the very end, and `.` ends no line (ECMA-262): in Python both mean a little less.

    Text of JSON on the wire is UTF-8, so no lone surrogates: the validator could not even be asked about them.
    """
    alphabet = st.characters(codec="utf-8", exclude_characters="\r\u2028\u2029")
    return st.from_regex(pattern.replace("$", r"\Z"), alphabet=alphabet)


def _found(base: str, reference: str) -> tuple[str, Schema]:
    document, _, fragment = reference.partition("#")
    base = document or base
    schema: Schema = next(one for one in schemas().values() if one["$id"] == base)
    for step in filter(None, fragment.split("/")):
        schema = schema[step]
    return base, schema


def _terms(base: str, schema: Schema) -> set[str]:
    """Which terms a branch speaks of."""
    if "$ref" in schema:
        return _terms(*_found(base, schema["$ref"]))
    return set(schema.get("required", ())) | schema.get("properties", {}).keys()
