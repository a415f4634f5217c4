"""What is to be done to the bytes: the protection plan and what was measured afterwards."""

from __future__ import annotations

from typing import Literal

from tegata.model.base import Noun, Text


class Drop(Noun, frozen=True, kw_only=True, tag="drop", tag_field="op"):
    """The column does not leave."""

    column: str


class Keep(Noun, frozen=True, kw_only=True, tag="keep", tag_field="op"):
    """The column leaves unchanged."""

    column: str


class Mask(Noun, frozen=True, kw_only=True, tag="mask", tag_field="op"):
    """All but the last `show_last` characters become `*`. Length is revealed."""

    column: str
    show_last: int = 0


class Pseudonymise(Noun, frozen=True, kw_only=True, tag="pseudonymise", tag_field="op"):
    """Keyed pseudonym: equal inputs stay equal under one key, nothing links across keys.

    `domain` names the kind of value: pseudonyms join within one domain only. Empty: the column is its own.
    """

    column: str
    domain: str = ""


class EncryptFpe(Noun, frozen=True, kw_only=True, tag="encrypt_fpe", tag_field="op"):
    """Format-preserving encryption (FF1): the same length and separators, other characters of `alphabet`.

    `upper` is 0-9A-Z, `alphanumeric` 0-9A-Za-z. Equal inputs stay equal under one key within one `domain`, the kind of
    value (empty: the column is its own); whoever holds the key can compute the values back.
    """

    column: str
    alphabet: Literal["digits", "upper", "alphanumeric"] = "digits"
    domain: str = ""


class Generalise(Noun, frozen=True, kw_only=True, tag="generalise", tag_field="op"):
    """Coarser value. `to`: year, year_month, decade, first_chars (with `n`) or number_range (width `n`)."""

    column: str
    to: Literal["year", "year_month", "decade", "first_chars", "number_range"]
    n: int = 0


class RoundLocation(Noun, frozen=True, kw_only=True, tag="round_location", tag_field="op"):
    """Coordinates rounded to a grid whose largest error is at least `min_error_m` metres."""

    column: str
    min_error_m: float


Step = Drop | Keep | Mask | Pseudonymise | EncryptFpe | Generalise | RoundLocation
Keyed = Pseudonymise | EncryptFpe  # steps whose result depends on the secret key


class ProtectionPlan(Noun, frozen=True, kw_only=True):
    """One step per named column; columns that no step names follow `otherwise`."""

    steps: tuple[Step, ...]
    otherwise: Literal["keep", "drop"] = "keep"
    cap_subjects: int | None = None  # at most this many distinct subjects leave
    subject_key: tuple[str, ...] = ()  # columns by which `cap_subjects` counts
    because: dict[str, str] = {}  # column -> rule id that asks for its step


class StepReport(Noun, frozen=True, kw_only=True):
    """How one step was carried out."""

    column: str
    op: str
    cells: int
    changed: int
    guarantee: Text  # what an attacker can and cannot still learn


class RiskReport(Noun, frozen=True, kw_only=True):
    """Measured on the protected bytes."""

    rows: int
    steps: tuple[StepReport, ...]
    quasi_identifiers: tuple[str, ...] = ()
    k: int | None = None  # smallest class size over the quasi-identifiers
    unique_rows: int | None = None
    notes: tuple[Text, ...] = ()


class Release(Noun, frozen=True, kw_only=True):
    """A protected copy that may leave: digests bind it to what was scanned."""

    source_digest: str
    digest: str
    size: int
    format: str  # csv | parquet | jsonl
    rows: int
    plan_digest: str
    report: RiskReport
