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
from pathlib import Path
from statistics import mean

from tests.scan.making import card, email, iban, look, my_number, nric, pesel, ssn, table

PAGE = Path(__file__).parents[2] / "docs" / "evasion.md"
_HEAD = """# Values that are hidden from a scanner

Made by `make judge-evasion`: every technique of evadex 3.36.0 on seven identifiers (My Number, payment card, IBAN, US
Social Security number, Polish PESEL, Singapore NRIC, e-mail address), 60 cells each, in a column whose header says
nothing. Recall is the share of cells that the profile counts as the identifier's category, as what the column is or
among what its cells hold; the mean over the identifiers to which the technique's makers apply it. How it is met:
[record 29](decisions/0029-disguised-values-are-read-before-they-are-judged.md),
[record 36](decisions/0036-what-stands-inside-a-cell.md). The recognisers were tuned on these techniques: the figures
say what is met, not what an unknown technique would do.

"""
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
    if column.category == category:
        return column.matched / len(values)
    return max((find.cells for find in column.finds if find.category == category), default=0) / len(values)


def lost(generator: str, technique: str, kind: str) -> str:
    keys = [(name, one) for name in (technique, generator) for one in (kind, "")]
    return next((LOST[key] for key in keys if key in LOST), "")


def judge() -> tuple[dict[str, dict[str, float]], dict[str, list[str]]]:
    """Recall by technique and kind; and by reason, what nobody could get back."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    gone: dict[str, list[str]] = defaultdict(list)
    for generator, technique, kind, values in variants():
        name = f"{generator}.{technique}"
        if why := lost(generator, technique, kind):
            gone[why].append(f"{name} ({kind})")
        else:
            found[name][kind] = recall(values, KINDS[kind][1])
    return found, gone


def page(found: Mapping[str, Mapping[str, float]], gone: Mapping[str, list[str]]) -> Iterator[str]:
    """Lines of the published page."""
    shares = {name: mean(by_kind.values()) for name, by_kind in found.items()}
    low = sum(share < FLOOR for share in shares.values())
    yield from _HEAD.splitlines()
    yield f"{len(shares)} techniques, {low} below {FLOOR:.0%}, lowest {min(shares.values()):.1%}."
    yield from ("", "| technique | recall | missed |", "|---|---:|---|")
    for name, share in sorted(shares.items()):
        missed = ", ".join(f"{kind} {1 - part:.0%}" for kind, part in found[name].items() if part < 1)
        yield f"| `{name}` | {share:.1%} | {missed} |"
    yield from ("", "Not recoverable, and not counted:", "")
    for why, names in sorted(gone.items()):
        techniques: dict[str, list[str]] = defaultdict(list)
        for name in names:
            technique, _, kind = name.partition(" ")
            techniques[technique].append(kind.strip("()"))
        listed = "; ".join(f"`{one}` ({', '.join(kinds)})" for one, kinds in techniques.items())
        yield f"- {why}: {listed}"


def main() -> int:
    found, gone = judge()
    lines = list(page(found, gone))
    if "--write" in sys.argv:
        PAGE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 1 if any(mean(by_kind.values()) < FLOOR for by_kind in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
