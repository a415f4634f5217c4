"""Facts in, decision out. Pure: the same facts, packs and dates give the same bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tegata.model.base import Text, t
from tegata.model.decision import (
    Condition,
    Decision,
    Fact,
    FactUse,
    Flow,
    MissingFact,
    Outcome,
    PackDecision,
    PathToYes,
    RuleHit,
)
from tegata.model.errors import FactError
from tegata.rules.doubt import said
from tegata.rules.edition import CompiledRule
from tegata.rules.facts import FactSchema, check_value, fact_schema
from tegata.rules.gate import Silence
from tegata.rules.judge import Judgement, overall
from tegata.rules.missing import missing_facts
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Head
from tegata.rules.panel import panel_of
from tegata.rules.path import Search, path_note, paths_to_yes
from tegata.rules.weigh import SEVERITY


def decide(
    flow: Flow, packs: Sequence[Pack], *, today: dt.date, profile_digest: str = "", search_paths: bool = True
) -> Decision:
    """May this flow go? What every pack says of it, and the strictest of that.

    Args:
        flow: its dates default to `today`.
        packs: at least one of them must have begun on the day of the act.
        search_paths: also look for the path to yes where the answer is no or not yet.

    Raises:
        FactError: unknown fact, a value that does not fit, or a day before any pack begins.
    """
    as_of, known_on = flow.as_of or today, flow.known_on or today
    schema = fact_schema()
    values = schema.values(flow.facts)
    refuse_before_all(packs, as_of)
    heard = panel_of(tuple(packs), as_of).heard(values, known_on)
    judgements = [judgement for judgement in heard if isinstance(judgement, Judgement)]
    outcome = overall(judgements)
    scribe = Scribe(flow.facts, schema)
    per_pack = tuple([scribe.put(pack, one) for pack, one in zip(packs, heard, strict=True)])
    found: tuple[PathToYes, ...] = ()
    note: Text | None = None
    if search_paths and outcome in (Outcome.DENY, Outcome.NEEDS_INFO):
        stated = {name: check_value(schema.spec(name), fact.value) for name, fact in flow.facts.items()}
        search = Search(schema, stated, values, packs, as_of, known_on)
        paths = paths_to_yes(search, judgements)
        found, note = paths.found, path_note(search, judgements, paths)
    return Decision(
        outcome=outcome,
        per_pack=per_pack,
        path_to_yes=found,
        path_note=note,
        conditions=_conditions(outcome, per_pack),
        missing=_missing(outcome, per_pack),
        as_of=as_of,
        known_on=known_on,
        pack_digests={pack.id: pack.digest for pack in packs},
        pack_signers={pack.id: pack.vouch.signer for pack in packs if pack.vouch.signer},
        facts=dict(flow.facts),
        profile_digest=profile_digest,
    )


def refuse_before_all(packs: Sequence[Pack], as_of: dt.date) -> None:
    """A day of which no pack knows the law must not look like a day without law."""
    for pack in packs:
        if as_of >= pack.files.head.from_:
            return
    if not packs:
        return
    first = min(pack.files.head.from_ for pack in packs)
    raise FactError(
        t(f"no rule pack knows the law of `{as_of}`", f"`{as_of}` 時点の法を収めたルールパックがありません"),
        why=t(f"the earliest begins on {first}", f"最も早いものは {first} からです"),
        hint=t("give a later `as_of`", "より後の `as_of` を指定してください"),
    )


@dataclass(frozen=True, slots=True)
class Scribe:
    """Puts judgements of one flow into words."""

    facts: Mapping[str, Fact]
    schema: FactSchema
    written: dict[int, FactUse] = field(default_factory=dict)
    closing: dict[tuple[int, ...], tuple[FactUse, ...]] = field(default_factory=dict)

    def put(self, pack: Pack, heard: Judgement | Silence) -> PackDecision:
        return self.silence(pack, heard) if isinstance(heard, Silence) else self.answer(heard)

    def answer(self, judgement: Judgement) -> PackDecision:
        used: set[int] = set()
        holding = judgement.holding
        shown = _shown(judgement, holding)
        hits = tuple([self.hit(rule, judgement, used, holds=holds) for rule, holds in shown])
        judgement.edition.applies.trace(judgement.values, used, False)
        if not shown:
            _why_not(judgement, used)
        return PackDecision(
            pack=judgement.pack.id,
            version=judgement.pack.version,
            jurisdiction=judgement.pack.jurisdiction,
            outcome=judgement.outcome,
            rules=hits,
            facts_used=self.uses(used),
            missing=missing_facts(judgement),
            conditions=_kept(judgement, holding),
            notes=(*self.contradictions(used), *_notes(judgement, holding)),
        )

    def contradictions(self, used: set[int]) -> list[Text]:
        """What is said of facts that are stated against what follows from others; a trace holds their complements."""
        return [_contradicted(self.schema.specs[~place].name) for place in sorted(used, reverse=True) if place < 0]

    def silence(self, pack: Pack, silent: Silence) -> PackDecision:
        """Of a pack that has no say: why not. Most packs have none in a flow, and many for the same facts."""
        head, closed = pack.files.head, silent.closed
        uses = self.closing.get(closed)
        if uses is None:
            uses = self.closing[closed] = self.uses(closed)
        return PackDecision(
            pack=head.id,
            version=head.version,
            jurisdiction=head.jurisdiction,
            outcome=Outcome.ALLOW,
            applies=False,
            facts_used=uses,
            notes=(_why_silent(head, silent),),
        )

    def hit(self, compiled: CompiledRule, judgement: Judgement, used: set[int], *, holds: bool) -> RuleHit:
        """A rule that holds or may still hold; the facts that it rests on are added to `used`."""
        own: set[int] = set()
        compiled.code.trace(judgement.values, own, False)
        used |= own
        rule = compiled.rule
        return RuleHit(
            rule=rule.id,
            holds=holds,
            outcome=rule.outcome,
            status=rule.status,
            citations=rule.cite,
            say=rule.say,
            facts_used=self.uses(own),
        )

    def uses(self, places: Iterable[int]) -> tuple[FactUse, ...]:
        """The facts of a trace in the order of the schema; a contradicted one counts once, definitions do not."""
        written, end = self.written, len(self.schema.specs)
        return tuple([written.get(place) or self.use(place) for place in sorted(places) if 0 <= place < end])

    def use(self, place: int) -> FactUse:
        name = self.schema.specs[place].name
        fact = self.facts.get(name)
        use = FactUse(name=name, value=fact and fact.value, source=fact.source if fact else "")
        self.written[place] = use
        return use


def _contradicted(name: str) -> Text:
    return t(
        f"`{name}` is stated against what follows from the other facts: correct the one that is wrong",
        f"`{name}` の記載が、他の事実から導かれる結論と矛盾しています。誤っている方を訂正してください",
    )


def _shown(judgement: Judgement, holding: Sequence[CompiledRule]) -> list[tuple[CompiledRule, bool]]:
    """The rules that hold (True) and, while the outcome is open, those that may still hold (False), strictest first."""
    shown = [(rule, True) for rule in holding]
    if judgement.unsettled:
        shown += [(rule, False) for rule in judgement.open]
    return sorted(shown, key=lambda pair: -pair[0].severity)


def _why_not(judgement: Judgement, used: set[int]) -> None:
    """The facts on which it rests that no stricter rule holds."""
    default = SEVERITY[judgement.outcome]
    for rule, holds in zip(judgement.edition.rules, judgement.weighed.holds, strict=False):
        if holds is False and rule.severity > default:
            rule.code.trace(judgement.values, used, False)


def _kept(judgement: Judgement, holding: Sequence[CompiledRule]) -> tuple[Condition, ...]:
    """The conditions of all rules that hold, where the pack allows on conditions."""
    if judgement.possible != 1 << Outcome.ALLOW_WITH_CONDITIONS.severity:
        return ()
    return tuple([condition for rule in holding for condition in rule.conditions])


def _why_silent(head: Head, silent: Silence) -> Text:
    if silent.why == "not_applicable":
        return head.not_applicable
    if silent.why == "not_begun":
        return t(f"this pack begins on {head.from_}", f"このパックの対象は {head.from_} 以降です")
    return t(f"this pack does not decide: {head.status}", f"このパックは判断に用いません（{head.status}）")


def _notes(judgement: Judgement, holding: Sequence[CompiledRule]) -> tuple[Text, ...]:
    head = judgement.pack.files.head
    notes: list[Text] = []
    if head.default_say is not None and not holding and not judgement.unsettled:
        notes.append(head.default_say)
    if judgement.overdue:
        notes.append(
            t(
                f"the pack was to be reviewed by {head.review_after}: a person must confirm that the law is unchanged",
                f"このパックは {head.review_after} までに見直すものでした。法の変更がないか人が確認してください",
            )
        )
    if judgement.doubt is not None:
        notes.append(said(judgement.doubt))
    notes += [_announced(rule) for rule in judgement.edition.announced if rule.code.value(judgement.values)]
    return tuple(notes)


def _announced(compiled: CompiledRule) -> Text:
    rule = compiled.rule
    since = f" {rule.from_}" if rule.from_ else ""
    return t(
        f"promulgated, not yet in force{since and ' until' + since}: {rule.say.en}",
        f"公布済み・未施行{since and '（施行日' + since + '）'}：{rule.say.ja}",
    )


def _conditions(outcome: Outcome, per_pack: Iterable[PackDecision]) -> tuple[Condition, ...]:
    """All packs' conditions; none where the data does not go at all."""
    if outcome is Outcome.DENY:
        return ()
    return tuple([condition for decision in per_pack for condition in decision.conditions])


def _missing(outcome: Outcome, per_pack: Sequence[PackDecision]) -> tuple[MissingFact, ...]:
    """Facts whose answers can still change the overall outcome, each once, the most decisive of every pack first."""
    merged: dict[str, tuple[int, MissingFact]] = {}
    for decision in [decision for decision in per_pack if decision.missing]:
        for rank, fact in enumerate(decision.missing):
            if outcome is not Outcome.NEEDS_INFO and all(o.severity <= outcome.severity for o in fact.possible):
                continue
            before = merged.get(fact.name)
            merged[fact.name] = (rank, fact) if before is None else (min(rank, before[0]), _joined(before[1], fact))
    return tuple(fact for _, fact in sorted(merged.values(), key=lambda pair: pair[0]))


def _joined(one: MissingFact, other: MissingFact) -> MissingFact:
    possible = {*one.possible, *other.possible}
    return MissingFact(
        name=one.name,
        question=one.question,
        rules=(*one.rules, *other.rules),
        possible=tuple(outcome for outcome in Outcome if outcome in possible),
    )
