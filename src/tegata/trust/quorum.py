"""The quorum of an agreement: how many and which witnesses must have cosigned the checkpoint that covers a release.

Their keys stand in the agreement itself, so whoever has it needs nobody's word for who they are. The owner of the log
is never one of them, and one key is one witness, by however many names it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tegata.log import ED25519_COSIGNATURE, cosigners, read_vkey
from tegata.model.base import Text, t
from tegata.model.catalog import COUNTERPARTY, WITNESSED, Quorum
from tegata.model.coding import convert
from tegata.model.decision import Condition
from tegata.model.errors import VerificationError
from tegata.model.evidence import Passport
from tegata.trust.keys import PublicKey

Counterparty = Callable[[], PublicKey]
"""The key by which the other side of an agreement cosigns; VerificationError where it has none."""
_CALLED_SO: Final = t("the counterparty", "相手方")


class Member(NamedTuple):
    """One of whom a quorum is made up: the name on its signature lines, its key, and what people call it."""

    name: str
    key: PublicKey
    called: Text


class Standing(NamedTuple):
    """Who of a quorum has cosigned a checkpoint, and who has not."""

    quorum: Quorum
    present: tuple[Member, ...]
    absent: tuple[Member, ...]

    @property
    def reached(self) -> bool:
        return len(self.present) >= self.quorum.at_least

    def say(self) -> Text:
        needed, every = self.quorum.at_least, len(self.quorum.of)
        en = f"{needed} of {every} agreed witnesses are needed; {_listed(self.present, 'en') or 'nobody'} cosigned"
        ja = f"合意された証人 {every} 者のうち {needed} 者が必要。連署: {_listed(self.present, 'ja') or 'なし'}"
        if self.absent:
            en += f", {_listed(self.absent, 'en')} did not"
            ja += f"、未連署: {_listed(self.absent, 'ja')}"
        return t(en, ja)


def read_quorum(params: Mapping[str, Any]) -> Quorum:
    """A quorum as it stands in a condition. VerificationError when it is none."""
    try:
        return convert(params, Quorum)
    except ValueError as error:
        raise _malformed(str(error), str(error)) from None


def asked_in(passport: Passport) -> list[Condition]:
    """The conditions of a passport's agreement that ask for witnesses."""
    return [one.condition for one in passport.obligations if one.condition.verb == WITNESSED]


def quorums_of(passport: Passport) -> tuple[Quorum, ...]:
    """The same as quorums. VerificationError for what is none."""
    return tuple(read_quorum(one.params) for one in asked_in(passport))


def members_of(quorum: Quorum, owner: PublicKey, counterparty: Counterparty) -> tuple[Member, ...]:
    """Who it is made up of, in an agreement of the owner of a log with this counterparty.

    Raises:
        VerificationError: a member is neither `counterparty` nor a vkey with Ed25519, two have one key or one name, one
            is the owner, or more are needed than there are.
    """
    members = tuple(_member(one, counterparty) for one in quorum.of)
    keys = {owner.raw, *(one.key.raw for one in members)}
    if len(keys) <= len(members) or len({one.name for one in members}) < len(members):
        raise _malformed(
            "two of its witnesses are one, or the owner of the log", "証人が重複しているか、ログの所有者です"
        )
    if quorum.at_least > len(members):
        raise _malformed("it needs more witnesses than it names", "必要数が証人の数を超えています")
    return members


def standing(quorum: Quorum, note: str, owner: PublicKey, counterparty: Counterparty) -> Standing:
    """How it stands with a checkpoint. VerificationError for a malformed quorum or note, and where a cosignature by one
    of its witnesses does not hold."""
    members = members_of(quorum, owner, counterparty)
    seen = cosigners(note, {one.name: one.key for one in members})
    present = tuple(one for one in members if one.name in seen)
    return Standing(quorum, present, tuple(one for one in members if one.name not in seen))


def said(quorum: Quorum) -> Text:
    """The quorum as a sentence of an agreement."""
    named = list(_names(quorum))
    en, ja = (", ".join(one.say("en") for one in named), "、".join(one.say("ja") for one in named))
    return t(
        f"Nothing leaves, and no evidence counts, before {quorum.at_least} of these have cosigned the checkpoint that "
        f"covers it: {en}. Whoever waits for them gives up after {quorum.within_minutes} minutes.",
        f"次のうち {quorum.at_least} 者がチェックポイントに連署するまで、データは提供されず、"
        f"証拠は認められません: {ja}。"
        f"{quorum.within_minutes} 分待っても揃わなければ中止します。",
    )


def _names(quorum: Quorum) -> Iterator[Text]:
    for one in quorum.of:
        yield _CALLED_SO if one == COUNTERPARTY else _quoted(one.partition("+")[0])


def _member(stated: str, counterparty: Counterparty) -> Member:
    if stated == COUNTERPARTY:
        key = counterparty()
        return Member(key.did, key, _CALLED_SO)
    name, kind, raw = read_vkey(stated)
    if kind != ED25519_COSIGNATURE or name.startswith("did:"):
        raise _malformed(
            f"`{name}` is no witness with an Ed25519 key", f"`{name}` は Ed25519 の鍵を持つ証人ではありません"
        )
    return Member(name, PublicKey(raw), _quoted(name))


def _quoted(name: str) -> Text:
    return t(f"`{name}`", f"`{name}`")


def _listed(members: tuple[Member, ...], language: str) -> str:
    return ", ".join(one.called.en if language == "en" else one.called.ja for one in members)


def _malformed(en: str, ja: str) -> VerificationError:
    return VerificationError(
        t("the quorum of the agreement is malformed", "合意の証人の定めが誤っています"), why=t(en, ja)
    )
