"""Rule packs beside those of the package, and who may vouch for them: options that several commands know."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from tegata.cli.command import F, option
from tegata.cli.trusted import trusted_file
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.admission import PackTrust
    from tegata.rules import Pack

Unsigned = Literal["refuse", "review", "allow"]


@dataclass(frozen=True)
class PackChoice:
    """What `--packs`, `--signers` and `--unsigned` say: folders, who may sign, and what becomes of other packs."""

    folders: Sequence[Path] = ()
    signers: Path | None = None
    unsigned: Unsigned | None = None

    def trust(self) -> PackTrust:
        """Who names signers wants signatures; without any the folders that were named are taken as they are."""
        from tegata.admission import PackTrust

        signers = trusted_file(self.signers) if self.signers else {}
        return PackTrust(signers=signers, unsigned=self.unsigned or ("refuse" if self.signers else "allow"))


def packs_option(function: F) -> F:
    """`--packs DIR`, as often as wanted, and who may sign them; the command takes a `PackChoice` as `packs`."""

    @functools.wraps(function)
    def chosen(
        *args: Any, packs: tuple[Path, ...], signers: Path | None, unsigned: Unsigned | None, **rest: Any
    ) -> Any:
        return function(*args, packs=PackChoice(packs, signers, unsigned), **rest)

    about_packs = t(
        "also judge by the packs in this folder; the strictest wins (repeatable)",
        "このフォルダのパックも用いる。最も厳しい結果が優先する（複数指定可）",
    )
    options = (
        option("--packs", multiple=True, metavar="DIR", type=click.Path(path_type=Path), about=about_packs),
        signers_option,
        unsigned_option,
    )
    return functools.reduce(lambda wrapped, add: add(wrapped), reversed(options), chosen)  # type: ignore[return-value]


def signers_option(function: F) -> F:
    about = t("who may sign packs: a YAML file of did: name", "パックに署名できる者（did: 名前 の YAML ファイル）")
    add = option(
        "--signers", metavar="FILE", type=click.Path(path_type=Path), envvar="TEGATA_PACK_SIGNERS", about=about
    )
    return add(function)


def unsigned_option(function: F) -> F:
    about = t(
        "a pack without their signature (default: refuse with --signers, else allow)",
        "署名のないパックの扱い（既定: --signers があれば refuse、なければ allow）",
    )
    choice = click.Choice(["refuse", "review", "allow"])
    return option("--unsigned", type=choice, envvar="TEGATA_UNSIGNED_PACKS", about=about)(function)


def packs_in_use(choice: PackChoice) -> tuple[Pack, ...]:
    """The packs of the package and those in the folders. PackError when one of these cannot be used."""
    from tegata.admission import admitted
    from tegata.clock import SystemClock
    from tegata.rules import builtin_packs, packs_beside

    packs = packs_beside(builtin_packs(), choice.folders)
    return admitted(packs, choice.trust(), SystemClock().now().date())
