"""What a pack could do without or does not prove: no faults, but worth a look before it is signed."""

from __future__ import annotations

from collections.abc import Iterator

from tegata.model.base import Text, t
from tegata.rules.examples import run_examples, untried
from tegata.rules.pack import Pack


def remarks(pack: Pack) -> tuple[Text, ...]:
    return tuple(dict.fromkeys((*_unused(pack), *_wordless(pack), *_idle(pack), *_untried(pack), *_untold(pack))))


def _unused(pack: Pack) -> Iterator[Text]:
    """Definitions and parameters that nothing refers to. Examples may still name such a definition."""
    uses = pack.checked.uses.values()
    definitions = {name for use in uses for name in use.definitions}
    parameters = {name for use in uses for name in use.parameters} | _referred(pack)
    for definition in pack.files.definitions:
        if definition.id not in definitions:
            yield t(
                f"no rule uses definition `{definition.id}`", f"定義 `{definition.id}` はどの規則にも使われていません"
            )
    for parameter in pack.files.parameters:
        if parameter.id not in parameters:
            yield t(f"nothing uses parameter `{parameter.id}`", f"パラメーター `{parameter.id}` は使われていません")


def _referred(pack: Pack) -> set[str]:
    """Parameters that stand in the head, and in conditions and levers as `{param: id}` and its like."""
    ledger, ownership = pack.files.head.ledger, pack.files.head.ownership
    named = {*ledger.limits, ledger.months} if ledger else set()
    named |= {ownership.countries, ownership.percent} if ownership else set()
    values = [value for rule in pack.files.rules for c in rule.conditions for value in c.params.values()]
    values += [lever.to for lever in pack.files.levers]
    mappings = [value for value in values if isinstance(value, dict)]
    return named | {str(value[word]) for value in mappings for word in ("param", "cap", "cap_lowest") if word in value}


def _wordless(pack: Pack) -> Iterator[Text]:
    """Definitions of which a reader of a decision, or of the pack's page, is not told what they mean."""
    for definition in pack.files.definitions:
        if definition.say is None:
            yield t(
                f"definition `{definition.id}` does not say in words what it means: give it a `say`",
                f"定義 `{definition.id}` の意味が文で示されていません。`say` を書いてください",
            )


def _idle(pack: Pack) -> Iterator[Text]:
    """Rules in force that can never hold, and exceptions that never meet what they override."""
    editions = [(edition, edition.meetings()) for edition in map(pack.edition, pack.boundaries)]
    idle: set[tuple[str, str]] = set()
    meeting: set[tuple[str, str]] = set()
    for edition, met in editions:
        ids = [rule.rule.id for rule in edition.rules]
        for name in (ids[place] for place in met.never):
            yield t(f"rule `{name}` can never hold", f"規則 `{name}` に該当することはありません")
        pairs = {(ids[one], ids[n]) for n, rule in enumerate(edition.rules) for one in rule.overriders}
        idle |= {(ids[one], ids[other]) for one, other in met.idle}
        meeting |= pairs - {(ids[one], ids[other]) for one, other in met.idle}
    for one, other in sorted(idle - meeting):
        yield t(
            f"`{one}` overrides `{other}`, but the two never hold together",
            f"`{one}` は `{other}` に優先しますが、両方に該当することはありません",
        )


def _untried(pack: Pack) -> Iterator[Text]:
    runs = run_examples(pack)
    for name in untried(pack, runs):
        yield t(f"rule `{name}` holds in no example", f"規則 `{name}` に該当する事例がありません")
    for run in runs:
        if not run.passed:
            yield t(
                f"example `{run.id}` fails; see `tegata rules test`",
                f"事例 `{run.id}` が期待どおりになりません（`tegata rules test`）",
            )


def _untold(pack: Pack) -> Iterator[Text]:
    """A version of which the changelog does not say what it changed."""
    if pack.version not in {edit.id for edit in pack.files.changelog}:
        yield t(
            f"`changelog.yaml` says nothing of version `{pack.version}`",
            f"`changelog.yaml` に版 `{pack.version}` の記載がありません",
        )
