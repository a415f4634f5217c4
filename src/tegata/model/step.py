"""What is done to one column: the steps of a protection plan."""

from __future__ import annotations

from typing import Literal

from tegata.model.base import Noun

Grain = Literal["year", "year_month", "decade", "first_chars", "number_range"]


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


class Tokenise(Noun, frozen=True, kw_only=True, tag="tokenise", tag_field="op"):
    """A token for each value, like a random number: nothing of the value is in it, and who has the vault and its key
    finds the value there. Equal values of one `domain` (empty: the column is its own) have one token in all that leaves
    by way of one vault."""

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


class Encrypt(Noun, frozen=True, kw_only=True, tag="encrypt", tag_field="op"):
    """Encrypted for whoever holds the key: AES-256-SIV (RFC 5297) under the key of the agreement.

    Each value has a nonce of its own, so that equal values differ; with `deterministic` equal values of one `domain`,
    the kind of value (empty: the column is its own), stay equal. `held_in` says where the key is kept, and binds who
    keeps it.
    """

    column: str
    deterministic: bool = False
    domain: str = ""
    held_in: str = ""


class RedactText(Noun, frozen=True, kw_only=True, tag="redact_text", tag_field="op"):
    """Values among longer text give way to the name of their kind, `[contact.email]`; all other text leaves as it is.

    `kinds` (categories and recognisers, by prefix; empty: all that tell a value among other text) are found by the
    patterns and check digits of a scan: names in running text are not. Values that the same record has in the columns
    `known` give way too, and what stands there is the name of the column.
    """

    column: str
    kinds: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


class Generalise(Noun, frozen=True, kw_only=True, tag="generalise", tag_field="op"):
    """Coarser value. `to`: year, year_month, decade, first_chars (with `n`) or number_range (width `n`)."""

    column: str
    to: Grain
    n: int = 0


class TopBottomCode(Noun, frozen=True, kw_only=True, tag="top_bottom_code", tag_field="op"):
    """Numbers up to `bottom` become `<=bottom`, those from `top` become `>=top`; those between leave as they are."""

    column: str
    bottom: float | None = None
    top: float | None = None


class SuppressRare(Noun, frozen=True, kw_only=True, tag="suppress_rare", tag_field="op"):
    """Values that fewer than `least` records of the table have become `*`."""

    column: str
    least: int = 10


class RoundLocation(Noun, frozen=True, kw_only=True, tag="round_location", tag_field="op"):
    """Coordinates rounded to a grid whose largest error is at least `min_error_m` metres."""

    column: str
    min_error_m: float


class ShiftDates(Noun, frozen=True, kw_only=True, tag="shift_dates", tag_field="op"):
    """Dates moved by 1 to `days` days, earlier or later: all dates of a subject by one number of days under one key.

    `subject` names the columns that tell subjects apart, `domain` what kind they are: subjects of one domain have the
    same shift in every column and table (empty: the names of these columns).
    """

    column: str
    subject: tuple[str, ...]
    days: int = 365
    domain: str = ""


Step = (
    Drop
    | Keep
    | Mask
    | Pseudonymise
    | Tokenise
    | EncryptFpe
    | Encrypt
    | RedactText
    | Generalise
    | TopBottomCode
    | SuppressRare
    | RoundLocation
    | ShiftDates
)
# Steps after which a value still means something:
Telling = Keep | RedactText | Generalise | TopBottomCode | SuppressRare | RoundLocation | ShiftDates
Keyed = Pseudonymise | EncryptFpe | Encrypt | ShiftDates  # steps whose result depends on the secret key
Removing = Drop | Mask | Tokenise | Keyed  # steps after which a value can no longer be read
