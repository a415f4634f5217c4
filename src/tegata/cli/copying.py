"""Protected copies: under a key that is kept or forgotten, with tokens of a vault, each looked at again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tegata.cli.files import TABLE_FORMATS
from tegata.cli.release_key import KEY_BYTES, key_or_new
from tegata.cli.terminal import Terminal
from tegata.cli.vault.choice import VaultChoice
from tegata.model.base import t
from tegata.model.plan import ProtectionPlan, Release
from tegata.model.profile import Profile
from tegata.model.step import Keyed
from tegata.protect.others import Others
from tegata.protect.plan import hands_out_tokens

if TYPE_CHECKING:
    from tegata.protect.means import Admitted, Tokens
    from tegata.scan import RecogniserSet
    from tegata.tables import Source
    from tegata.vault import Vault

FORGOTTEN: Final = t(
    "a random key was used and is now forgotten: nobody can make the same pseudonyms again (`--key` keeps one)",
    "使い捨ての鍵を用いました。同じ仮名は再現できません（`--key` で鍵を保存できます）",
)


@dataclass(frozen=True)
class Copier:
    """Makes copies under one key."""

    terminal: Terminal
    key: bytes
    vault: Vault | None
    known: RecogniserSet

    def make(
        self,
        source: Source,
        plan: ProtectionPlan,
        out: Path,
        profile: Profile | None,
        others: Others = Others(),  # noqa: B008 - it is frozen
        admitted: Admitted | None = None,
    ) -> Release:
        """The protected copy; only of the bytes that were decided on, when there was a decision."""
        make = partial(self._made, source, plan, out, profile, others, admitted)
        if self.vault is None or not hands_out_tokens(plan):
            return make(None)
        from tegata.clock import SystemClock

        return self.vault.released(_name(source, profile), SystemClock().now(), make)[0]

    def _made(
        self,
        source: Source,
        plan: ProtectionPlan,
        out: Path,
        profile: Profile | None,
        others: Others,
        admitted: Admitted | None,
        tokens: Tokens | None,
    ) -> Release:
        from tegata.protect import apply_plan
        from tegata.scan import Redaction, SecondLook

        name = _name(source, profile)
        said, salt = t(f"protecting {name}", f"{name} を保護しています"), self.key
        with (
            self.terminal.progress(said) as progress,
            SecondLook(source.columns, plan, profile, self.known, salt=salt) as look,
        ):
            return apply_plan(
                source,
                plan,
                out,
                key=self.key,
                salt=secrets.token_bytes(KEY_BYTES),
                out_format=TABLE_FORMATS.get(out.suffix.lower(), "csv"),
                progress=progress,
                expect_digest=profile.source_digest if profile else None,
                gate=look,
                redacting=partial(Redaction, recognisers=self.known),
                tokens=tokens,
                admitted=admitted,
                others=others,
            )


@contextmanager
def copier(
    terminal: Terminal, key: Path | None, vault: VaultChoice, known: RecogniserSet, plans: Iterable[ProtectionPlan]
) -> Iterator[Copier]:
    """Ready for copies by these plans.

    Raises:
        InputError: the key is none. UsageError: a plan hands out tokens, and no vault was named.
    """
    every = list(plans)
    opened = vault.opened(terminal) if any(map(hands_out_tokens, every)) else nullcontext()
    with opened as found:
        yield Copier(terminal, key_or_new(key, terminal), found, known)
    if key is None and any(isinstance(step, Keyed) for plan in every for step in plan.steps):
        terminal.note(FORGOTTEN)


def _name(source: Source, profile: Profile | None) -> str:
    return profile.name if profile and profile.name else source.path.name
