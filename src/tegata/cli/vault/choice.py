"""Which vault, and how it opens: options that commands with a vault share."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import F, option
from tegata.cli.keyring import passphrase, passphrase_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from tegata.vault import Vault


@dataclass(frozen=True)
class VaultChoice:
    """`key`: file of the key; none named: the one beside the vault."""

    path: Path | None
    key: Path | None
    passphrase_file: Path | None

    @property
    def key_file(self) -> Path:
        from tegata.vault.vault import key_beside

        return self.key or key_beside(self.path or Path())

    def opened(self, terminal: Terminal) -> Vault:
        """Raises UsageError: none was named. InputError, StoreError: as of `Vault`."""
        if self.path is None:
            raise UsageError(
                t(
                    "the plan hands out tokens, and no vault is named",
                    "計画はトークンを払い出しますが、保管庫の指定がありません",
                ),
                hint=t(
                    "make one with `tegata vault new`, and name it: `--vault`",
                    "`tegata vault new` で作成し `--vault` で指定",
                ),
            )
        from tegata.trust.keyfile import open_secret
        from tegata.vault import Vault
        from tegata.vault.sealing import KEY_BYTES

        key = open_secret(self.key_file, passphrase(terminal, self.passphrase_file))
        if len(key) != KEY_BYTES:
            raise InputError(t(f"`{self.key_file}` is not a key", f"`{self.key_file}` は鍵ではありません"))
        return Vault(self.path, key)


def vault_option(function: F) -> F:
    """`--vault FILE` and how it opens; the command takes a `VaultChoice` as `vault`."""
    about = t("the vault of the tokens that the plan hands out", "計画が払い出すトークンの保管庫")
    return _chosen(function, option("--vault", type=click.Path(path_type=Path), about=about))


def vault_argument(function: F) -> F:
    """The same of commands about a vault."""
    return _chosen(function, click.argument("vault", type=click.Path(path_type=Path)))


def _chosen(function: F, named: Any) -> F:
    @functools.wraps(function)
    def chosen(
        *args: Any, vault: Path | None, vault_key: Path | None, passphrase_file: Path | None, **rest: Any
    ) -> Any:
        return function(*args, vault=VaultChoice(vault, vault_key, passphrase_file), **rest)

    about = t("file of the vault's key (default: VAULT.key)", "保管庫の鍵のファイル（既定: VAULT.key）")
    key = option("--vault-key", type=click.Path(path_type=Path), about=about)
    return named(key(passphrase_option(chosen)))  # type: ignore[no-any-return]
