"""A recorded decision made again: from its facts, its two dates and the very packs that it names, to the same bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from tegata.model.base import Text, encode, t
from tegata.model.decision import Decision, Flow, MissingFact
from tegata.model.errors import VerificationError
from tegata.rules.decide import decide
from tegata.rules.doubt import doubt_in
from tegata.rules.pack import Pack, Vouch

SHORT = 19  # `sha256:` and twelve digits


def replay(recorded: Decision, packs: Sequence[Pack]) -> None:
    """Returns where the decision follows from what it records.

    Args:
        packs: those in use; the decision is made again by the ones that it names, in its order. Who vouched for them
            then is taken from the record as well: whoever signed the same bytes since changes nothing. So are the words
            in which questions were put, for those are no law: which facts are asked for has to come out again.

    Raises:
        VerificationError: a pack is not among them or is another by its digest, which is told with both digests; or
            the same packs come to another decision, and what differs is named.
    """
    here = {pack.id: pack for pack in packs}
    others = list(_others(recorded.pack_digests, here))
    if others:
        raise VerificationError(
            t("the decision was made by other rule packs", "この判定は別のルールパックによるものです"),
            why=Text(en="; ".join(text.en for text in others), ja="；".join(text.ja for text in others)),
            hint=t(
                "name the folders of the packs of that day with `--packs`, or decide again",
                "当時のパックのフォルダを `--packs` で指定するか、判定し直してください",
            ),
        )
    flow = Flow(facts=recorded.facts, as_of=recorded.as_of, known_on=recorded.known_on)
    then = [dataclasses.replace(here[name], vouch=_vouch(recorded, name)) for name in _order(recorded)]
    again = _asked_as(recorded, decide(flow, then, today=recorded.known_on, profile_digest=recorded.profile_digest))
    if encode(again) != encode(recorded):
        names = ", ".join(f"`{name}`" for name in _differing(recorded, again))
        raise VerificationError(
            t("the decision does not follow from its own facts", "この判定は記録された事実から導かれません"),
            why=t(f"the same packs come to another {names}", f"同じパックによる判定と {names} が異なります"),
            hint=t(
                "it was altered, or a later version of this software reads the packs differently",
                "改変されたか、このソフトウェアの版が異なります",
            ),
        )


def _asked_as(recorded: Decision, again: Decision) -> Decision:
    """The decision with each question in the words in which it was put then."""
    words = {fact.name: fact.question for said in recorded.per_pack for fact in said.missing}

    def then(facts: Iterable[MissingFact]) -> tuple[MissingFact, ...]:
        return tuple(replace(fact, question=words.get(fact.name, fact.question)) for fact in facts)

    per_pack = tuple(replace(said, missing=then(said.missing)) for said in again.per_pack)
    return replace(again, missing=then(again.missing), per_pack=per_pack)


def _order(recorded: Decision) -> list[str]:
    """The packs as they stood: names in a document are sorted, what each pack said is not."""
    said = [pack.pack for pack in recorded.per_pack]
    return said if set(said) == recorded.pack_digests.keys() else list(recorded.pack_digests)


def _vouch(recorded: Decision, pack: str) -> Vouch:
    """Who stood for the pack when the decision was made, and with which doubt."""
    notes = [note for said in recorded.per_pack if said.pack == pack for note in said.notes]
    return Vouch(recorded.pack_signers.get(pack, ""), doubt=doubt_in(notes))


def _others(digests: Mapping[str, str], here: Mapping[str, Pack]) -> Iterator[Text]:
    """The packs of a decision that are not here, or not as they were."""
    for name, digest in digests.items():
        pack = here.get(name)
        if pack is None:
            yield t(f"there is no pack `{name}` here", f"パック `{name}` がありません")
        elif pack.digest != digest:
            was, now = digest[:SHORT], f"{pack.digest[:SHORT]} ({pack.version})"
            yield t(f"`{name}` was {was}, here it is {now}", f"`{name}` は {was} でしたが、現在は {now} です")


def _differing(one: Decision, other: Decision) -> list[str]:
    return [
        field.name
        for field in msgspec.structs.fields(Decision)
        if encode(getattr(one, field.name)) != encode(getattr(other, field.name))
    ]
