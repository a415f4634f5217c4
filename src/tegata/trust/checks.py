"""Steps of verification and the verdict that follows from them (EN 319 102-1 section 5.1.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from tegata.log import stamps
from tegata.model.base import Text, t
from tegata.model.errors import TegataError, VerificationError
from tegata.model.evidence import Check, Passport, Verification
from tegata.trust.key_history import KeyHistory
from tegata.trust.stamped import told
from tegata.trust.timestamp import Trust

C = TypeVar("C")


class OpenError(Exception):
    """A step that can be decided only with what the reader has not given."""

    def __init__(self, say: Text) -> None:
        super().__init__(say)
        self.say = say


_SUB_INDICATIONS: Final[dict[str, tuple[str, str]]] = {
    "form": ("FORMAT_FAILURE", ""),
    "credential": ("FORMAT_FAILURE", ""),
    "issuer key": ("SIG_CONSTRAINTS_FAILURE", ""),
    "signature": ("SIG_CRYPTO_FAILURE", ""),
    "issuer": ("", "NO_CERTIFICATE_CHAIN_FOUND"),  # no way from the key to anybody whom the reader trusts
    "log entry": ("SIG_CONSTRAINTS_FAILURE", ""),
    "inclusion": ("HASH_FAILURE", ""),
    "checkpoint": ("SIG_CRYPTO_FAILURE", ""),
    "data": ("HASH_FAILURE", "SIGNED_DATA_NOT_FOUND"),
    "dates": ("TIMESTAMP_ORDER_FAILURE", ""),
    "decision": ("SIG_CONSTRAINTS_FAILURE", ""),
    "obligations": ("SIG_CONSTRAINTS_FAILURE", ""),
    "witnesses": ("SIG_CONSTRAINTS_FAILURE", "TRY_LATER"),
    "ml-dsa-44": ("SIG_CRYPTO_FAILURE", ""),
    "key": ("SIG_CONSTRAINTS_FAILURE", "REVOKED_NO_POE"),
    "time": ("TIMESTAMP_ORDER_FAILURE", ""),
    "revocation": ("REVOKED", "TRY_LATER"),
    "order": ("TIMESTAMP_ORDER_FAILURE", ""),
    "renewals": ("HASH_FAILURE", "SIGNED_DATA_NOT_FOUND"),
    "validity": ("", "OUT_OF_BOUNDS_NO_POE"),
    "algorithms": ("", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    "contradiction": ("SIG_CONSTRAINTS_FAILURE", ""),
    "files": ("HASH_FAILURE", ""),
    "documents": ("HASH_FAILURE", ""),
    "passports": ("SIG_CONSTRAINTS_FAILURE", ""),
}
"""By check: what EN 319 102-1 clause 5.1.3 calls it when the check fails, and when it stays open."""


def check_time(note: str, clocks: Trust) -> list[Check]:
    """What the time-stamps under a checkpoint say; nothing where there are none."""
    try:
        present = bool(stamps(note))
    except VerificationError:  # no note at all: the step before has said so
        present = False
    return [attempt("time", lambda case: told(case, clocks), note)] if present else []


def check_rolls(keys: KeyHistory, size: int) -> list[Check]:
    """What became of the key that signed a checkpoint over so many entries; nothing where none was ever handed on."""
    return [attempt("key", lambda keys: _rolled(keys, size), keys)] if keys.rolls else []


def _rolled(keys: KeyHistory, size: int) -> Text:
    number = keys.number_at(size)
    if number < len(keys.rolls) and keys.rolls[number].reason == "key-compromise":
        raise OpenError(
            t(
                f"the key that signed came into wrong hands and was replaced at entry {keys.rolls[number].size}: "
                "ask the provider for the evidence package, which its new key seals",
                f"署名した鍵は漏えいのため、ログの {keys.rolls[number].size} 件目で交換されました。"
                "新しい鍵で封をした証拠パッケージを提供者に求めてください",
            )
        )
    return t(
        f"key {number + 1} of {len(keys.keys)} signed, which was current then; each has endorsed the next",
        f"{len(keys.keys)} 代の鍵のうち、当時の {number + 1} 代目が署名しました。各代は前の鍵が保証しています",
    )


def attempt(name: str, step: Callable[[C], Text], case: C) -> Check:
    """The check that a step makes of a case."""
    try:
        return passed(name, step(case))
    except OpenError as error:
        return undecided(name, error.say)
    except VerificationError as error:
        return failed(name, error)


def passed(name: str, say: Text) -> Check:
    return Check(name=name, verdict="passed", say=say)


def undecided(name: str, say: Text) -> Check:
    return Check(name=name, verdict="indeterminate", say=say)


def failed(name: str, error: TegataError) -> Check:
    """A failed check in the words of the error: what, and why."""
    return Check(name=name, verdict="failed", say=error.said)


def concluded(checks: list[Check], passport: Passport | None) -> Verification:
    verdicts = {check.verdict for check in checks}
    if "failed" in verdicts:
        verdict = "total-failed"
    elif "indeterminate" in verdicts:
        verdict = "indeterminate"
    else:
        verdict = "total-passed"
    return Verification(
        verdict=verdict, sub_indication=_sub_indication(checks, verdict), checks=tuple(checks), passport=passport
    )


def _sub_indication(checks: list[Check], verdict: str) -> str:
    """Of the first check that brought the verdict about."""
    column, wanted = (0, "failed") if verdict == "total-failed" else (1, "indeterminate")
    return next((_SUB_INDICATIONS[check.name][column] for check in checks if check.verdict == wanted), "")
