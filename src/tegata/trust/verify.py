"""Verifying a passport, step by step, offline and without a clock.

    1  form          it is one well-formed passport                                   gate
    2  issuer key    the provider's identifier is an Ed25519 key                      gate
    3  signature     that key signed exactly these bytes                              gate
    4  issuer        the reader trusts the provider                                   open when it is not known
    5  log entry     the release entry says the same as the passport
    6  inclusion     the entry lies in the log, under the root of the checkpoint
    7  checkpoint    the provider's log signed that root
    8  data          the bytes at hand are those that left                            open when there are none
    9  dates         decided, released and issued in this order
    10 decision      the outcome lets the data go, and is the strictest of its packs
    11 obligations   each is met
    12 key           the key that signed was that of the provider then                only where it was ever handed on
    13 witnesses     as many of those agreed on cosigned the checkpoint as the agreement asks  only where it does
    14 time          the time-stamps under the checkpoint hold                        only where there are any

A gate that fails ends the verification, because nothing inside can then be believed. All other steps are always told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tegata.log import verify_entry
from tegata.model.base import Text, encode, t
from tegata.model.decision import Outcome, strictest
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Passport, Verification
from tegata.trust.checks import OpenError, attempt, check_rolls, check_time, concluded, failed, passed
from tegata.trust.key_history import NO_ROLLS, KeyHistory, Rolls, by_name, joined
from tegata.trust.keys import PublicKey
from tegata.trust.passport import release_body, unseal
from tegata.trust.quorum import asked_in, quorums_of, standing
from tegata.trust.timestamp import Trust, nobody

_FIRST_ZONE: Final = dt.timezone(dt.timedelta(hours=14))  # where a calendar day begins first on Earth


class _Case(NamedTuple):
    """An authenticated passport, and what the reader brings."""

    passport: Passport
    keys: KeyHistory
    data: tuple[str, int] | None
    trusted: Mapping[str, str]
    clocks: Trust
    known: Rolls


def verify_passport(
    text: str,
    data: tuple[str, int] | None,
    trusted: Mapping[str, str],
    clocks: Trust = nobody,
    known: Rolls = NO_ROLLS,
) -> Verification:
    """Tells whether a passport holds, with a reason for each step. Never raises, whatever `text` is.

    Args:
        text: the JWS and nothing around it.
        data: digest (`sha256:...`) and size in bytes of the data at hand; None when there are none to compare.
        trusted: names of the providers whom the reader trusts, by did:key.
        clocks: which time-stamping authorities the reader trusts.
        known: rolls of keys that the reader has, besides those inside.

    Returns:
        total-passed when every step passed, total-failed when one failed, otherwise indeterminate
        (EN 319 102-1 section 5.1.3). The passport is given only when its signature holds.
    """
    checks: list[Check] = []
    try:
        sealed, passport = unseal(text)
        checks.append(passed("form", t("it is a well-formed passport", "正しい形式の手形です")))
        rolls = by_name(passport.rolls, (passport.provider, passport.recipient))
        keys = joined(passport.provider, rolls.get(passport.provider, ()), known.get(passport.provider, ()))
        checks.append(passed("issuer key", t("the provider's identifier is a key", "提供者の識別子は鍵を表しています")))
        keys.verify(sealed.signature, sealed.signed, passport.proof.checkpoint.size)
        checks.append(
            passed("signature", t("the provider signed these very bytes", "提供者がこのバイト列に署名しました"))
        )
    except VerificationError as error:
        gate = ("form", "issuer key", "signature")[len(checks)]
        return concluded([*checks, failed(gate, error)], None)
    case = _Case(passport, keys, data, trusted, clocks, known)
    checks += [attempt(name, step, case) for name, step in _STEPS.items()]
    stated = passport.proof.checkpoint
    more = (*check_rolls(keys, stated.size), *_check_witnesses(case), *check_time(stated.note, clocks))
    return concluded([*checks, *more], passport)


def _issuer(case: _Case) -> Text:
    did = case.passport.provider
    if did not in case.trusted:
        raise OpenError(
            t(
                f"whether you trust `{did}` is not known: ask its owner over another channel whether it is theirs",
                f"`{did}` を信頼するかどうかが未設定です。別の経路で持ち主に確かめてください",
            )
        )
    name = case.trusted[did]
    return t(f"you trust `{did}` as `{name}`", f"`{did}` を `{name}` として信頼しています")


def _log_entry(case: _Case) -> Text:
    passport, entry = case.passport, case.passport.entry
    expected = {"kind": "release", "subject": passport.transfer} | release_body(
        data_digest=passport.data_digest,
        data_size=passport.data_size,
        decision_digest=passport.decision_digest,
        agreement_digest=passport.agreement_digest,
        recipient=passport.recipient,
    )
    said = entry.body | {"kind": entry.kind, "subject": entry.subject}
    differing = ", ".join(name for name, value in expected.items() if said.get(name) != value)
    if differing:
        raise _contradiction(
            f"the release entry and the passport differ in: {differing}",
            f"リリースの記録と手形が次の点で異なります: {differing}",
        )
    return t(
        "the release entry names the same data, decision, agreement, recipient and transfer",
        "リリースの記録は、同じデータ・判断・契約・受領者・転送を示しています",
    )


def _inclusion(case: _Case) -> Text:
    proof = case.passport.proof
    verify_entry(encode(case.passport.entry), proof)
    return t(
        f"the entry lies in the log at position {proof.index} of {proof.checkpoint.size}, counted from 0",
        f"記録はログの {proof.checkpoint.size} 件中、0 から数えて {proof.index} 番目にあります",
    )


def _checkpoint(case: _Case) -> Text:
    """The log's origin is the provider's did, so that no other log can vouch for its releases."""
    stated = case.passport.proof.checkpoint
    if case.keys.open(stated.note) != stated:
        raise _contradiction(
            "the size or root beside the signed checkpoint differs from it",
            "署名付きチェックポイントと併記のサイズまたはルートが異なります",
        )
    if asked_in(case.passport):
        return t(
            "the provider's log signed this root; who cosigned it is told below",
            "提供者のログがこのルートに署名しました。連署については後に示します",
        )
    return t(
        "the provider's log signed this root; nobody else did, so it shows order, not that all see the same log",
        "提供者のログがこのルートに署名しました。第三者の連署はないため、順序は示しますが、全員が同じログを見ているとは示しません",
    )


def _data(case: _Case) -> Text:
    digest, size = case.passport.data_digest, case.passport.data_size
    if case.data is None:
        raise OpenError(
            t(
                "no data was given to compare with: give the file too",
                "比べるデータがありません。ファイルも指定してください",
            )
        )
    if case.data == _inside(case.passport):
        return t(
            "this is, byte for byte, what left in the envelope for the recipient",
            "受領者宛ての暗号化で送り出された中身と一バイトも違いません",
        )
    if case.data != (digest, size):
        raise _contradiction(
            f"this is not the data that left, which has `{size}` bytes and the digest `{digest}`",
            f"送り出されたデータではありません。そのデータは `{size}` バイト、ダイジェストは `{digest}` です",
        )
    return t("this is, byte for byte, the data that left", "送り出されたデータと一バイトも違いません")


def _inside(passport: Passport) -> tuple[object, object] | None:
    """Digest and size of what was encrypted for the recipient, as the entry says."""
    told = passport.entry.body.get("envelope")
    return (told.get("data_digest"), told.get("data_size")) if isinstance(told, dict) else None


def _dates(case: _Case) -> Text:
    passport = case.passport
    if passport.issued_at < passport.entry.at:
        raise _contradiction(
            "it was issued before the release was logged", "リリースの記録より前に発行されたことになっています"
        )
    decided = max(passport.as_of, passport.known_on)
    if passport.entry.at < dt.datetime.combine(decided, dt.time.min, _FIRST_ZONE):
        raise _contradiction(
            f"the decision is dated `{decided}`, which had begun nowhere on Earth when the data was released",
            f"判断の日付 `{decided}` は、データの送り出しの時点で世界のどこでも始まっていません",
        )
    return t("decision, release and issue follow in order", "判断・送り出し・発行の順序は整合しています")


def _decision(case: _Case) -> Text:
    outcome, packs = case.passport.outcome, case.passport.packs
    if outcome not in (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS):
        raise _contradiction(
            f"the decision was `{outcome.value}`: the data should not have left",
            f"判断は `{outcome.value}` で、データは送り出されるべきではありませんでした",
        )
    if not packs:
        raise _contradiction("no rule pack decided", "判断した規則パックがありません")
    if outcome is not strictest([pack.outcome for pack in packs]):
        raise _contradiction(
            f"the outcome `{outcome.value}` is not the strictest of its rule packs",
            f"結論 `{outcome.value}` が規則パックのうち最も厳しいものではありません",
        )
    return t(
        f"{len(packs)} rule packs together say `{outcome.value}`",
        f"{len(packs)} 個の規則パックによる判断は `{outcome.value}` です",
    )


def _obligations(case: _Case) -> Text:
    obligations = case.passport.obligations
    unmet = ", ".join(f"`{_shown(obligation.condition.verb)}`" for obligation in obligations if not obligation.met)
    if unmet:
        raise _contradiction(f"not met: {unmet}", f"満たされていません: {unmet}")
    if case.passport.outcome is Outcome.ALLOW_WITH_CONDITIONS and not obligations:
        raise _contradiction(
            "the decision has conditions, but none is told", "判断には条件があるのに、一つも記されていません"
        )
    return t(f"all {len(obligations)} are met", f"{len(obligations)} 件すべてが満たされています")


def _check_witnesses(case: _Case) -> list[Check]:
    return [attempt("witnesses", _witnesses, case)] if asked_in(case.passport) else []


def _witnesses(case: _Case) -> Text:
    """Each quorum by itself. The agreement has the keys: the reader need not know them."""
    passport, note = case.passport, case.passport.proof.checkpoint.note
    found = [standing(one, note, case.keys.current, lambda: _counterparty(case)) for one in quorums_of(passport)]
    short = next((one for one in found if not one.reached), found[0])
    if not short.reached:
        raise VerificationError(short.say())
    return short.say()


def _counterparty(case: _Case) -> PublicKey:
    """The key by which the recipient cosigned the checkpoint, else its newest."""
    passport, did = case.passport, case.passport.recipient
    rolls = by_name(passport.rolls, (passport.provider, did)).get(did, ())
    return joined(did, rolls, case.known.get(did, ())).cosigning(passport.proof.checkpoint.note)


_STEPS: Final[dict[str, Callable[[_Case], Text]]] = {
    "issuer": _issuer,
    "log entry": _log_entry,
    "inclusion": _inclusion,
    "checkpoint": _checkpoint,
    "data": _data,
    "dates": _dates,
    "decision": _decision,
    "obligations": _obligations,
}


def _shown(text: str) -> str:
    """What a stranger wrote, harmless on a terminal and short."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:40])


def _contradiction(en: str, ja: str) -> VerificationError:
    return VerificationError(t(en, ja))
