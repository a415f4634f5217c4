"""The evasion techniques of `evadex` on our identifiers: recall per technique. `make judge-evasion`.

One column per technique and identifier, under a header that says nothing. A technique is applied to the identifiers
that its makers apply it to. Recall is the share of cells that the profile counts as the identifier's category. What
cannot be got back by anybody is listed with the reason, and stands apart.
"""

from __future__ import annotations

import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.scan.making import card, email, iban, look, my_number, nric, pesel, ssn, table

CELLS = 60
FLOOR = 0.9
KINDS = {
    "my number": (my_number, "identifier.government", "JP_MY_NUMBER"),
    "card": (card, "financial", "CREDIT_CARD"),
    "iban": (iban, "financial", "IBAN"),
    "ssn": (ssn, "identifier.government", "SSN"),
    "pesel": (pesel, "identifier.government", "PL_PESEL"),
    "nric": (nric, "identifier.government", "SG_NRIC"),
    "email": (email, "identifier.contact", "EMAIL"),
}
_GENERATORS = (
    "unicode_encoding", "delimiter", "splitting", "leetspeak", "regional_digits", "structural", "encoding",
    "encoding_chains", "context_injection", "unicode_whitespace", "bidirectional", "soft_hyphen", "morse_code",
    "barcode_evasion", "archive_evasion", "entropy_evasion", "capital_markets",
)  # fmt: skip
# Technique (or its generator) -> why the value is not there any more; for a single kind when one is named.
_GROUPS = "nine digits without their hyphens carry no check digit: any number looks like that"
LOST: Mapping[tuple[str, str], str] = {
    ("barcode_evasion", ""): "a way of drawing barcodes; the cell only carries its mark",
    ("archive_evasion", ""): "a way of packing files; the cell only carries its mark",
    ("partial_first_half", ""): "half of the value is gone",
    ("partial_last_half", ""): "half of the value is gone",
    ("partial_minus_one", ""): "the check digit is gone",
    ("base64_partial", "email"): "the half that has the sign of an address may be any text",
    ("morse_no_sep", "ssn"): "its hyphens cannot be told from dashes",
    ("reversed_within_groups", "email"): "the signs of an address are gone",
    ("reversed_group_order", "email"): "the signs of an address are gone",
    **{(name, "ssn"): _GROUPS for name in (
        "delimiter", "unicode_whitespace", "reversed_within_groups", "reversed_group_order", "shy_group_boundaries",
        "shy_2char_boundaries", "wj_group_boundaries",
    )},
}  # fmt: skip


def variants() -> Iterator[tuple[str, str, str, list[str]]]:
    """(generator, technique, kind, cells)."""
    for name in _GENERATORS:
        importlib.import_module(f"evadex.variants.{name}")
    generators = importlib.import_module("evadex.core.registry").all_generators()
    for kind, (make, _, applied) in KINDS.items():
        for generator in generators:
            categories = generator.applicable_categories
            if categories is not None and applied not in {category.name for category in categories}:
                continue
            cells: dict[str, list[str]] = defaultdict(list)
            for n in range(1, CELLS + 1):
                for variant in generator.generate(make(n)):
                    cells[variant.technique].append(variant.value)
            for technique, values in cells.items():
                yield generator.name, technique, kind, values


def recall(values: list[str], category: str) -> float:
    """Share of the cells that are counted as the category."""
    numbers = [str(n) for n in range(len(values))]
    column = look(table({"x": list(values), "row": list(numbers)})).columns[0]
    return column.matched / len(values) if column.category == category else 0.0


def lost(generator: str, technique: str, kind: str) -> str:
    keys = [(name, one) for name in (technique, generator) for one in (kind, "")]
    return next((LOST[key] for key in keys if key in LOST), "")


def main() -> int:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    gone: dict[str, list[str]] = defaultdict(list)
    for generator, technique, kind, values in variants():
        name = f"{generator}.{technique}"
        if why := lost(generator, technique, kind):
            gone[why].append(f"{name} ({kind})")
        else:
            found[name][kind] = recall(values, KINDS[kind][1])
    shares = {name: sum(by_kind.values()) / len(by_kind) for name, by_kind in found.items()}
    for name, share in sorted(shares.items()):
        missed = ", ".join(f"{kind} {part:.0%}" for kind, part in found[name].items() if part < 1)
        print(f"{share:7.1%}  {name}" + (f"   ({missed})" if missed else ""))
    for why, names in gone.items():
        print(f"not recoverable, {why}: {', '.join(names)}")
    low = [name for name, share in shares.items() if share < FLOOR]
    print(f"{len(shares)} techniques, {len(low)} below {FLOOR:.0%}, lowest {min(shares.values()):.1%}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
