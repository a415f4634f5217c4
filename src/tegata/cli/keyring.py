"""Which keys, and how they open: options that every command with a key shares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tegata.cli.command import F, option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.trust.keyring import Keyring

MIN_PASSPHRASE: Final = 8


def keys_option(function: F) -> F:
    """`--keys DIR`, else TEGATA_KEYS, else ./keys."""
    return option(
        "--keys",
        type=click.Path(path_type=Path),
        envvar="TEGATA_KEYS",
        default=Path("keys"),
        show_default=True,
        show_envvar=True,
        about=t("folder of your keys", "鍵のフォルダ"),
    )(function)


def passphrase_option(function: F) -> F:
    about = t(
        "read the passphrase from this file, which only you may read (default: ask)",
        "パスフレーズを自分だけが読めるこのファイルから読む（既定: 尋ねる）",
    )
    return option(
        "--passphrase-file",
        type=click.Path(path_type=Path),
        envvar="TEGATA_PASSPHRASE_FILE",
        show_envvar=True,
        about=about,
    )(function)


def keyring(folder: Path) -> Keyring:
    from tegata.trust.keyring import Keyring

    return Keyring(folder)


def passphrase(terminal: Terminal, file: Path | None, *, new: bool = False) -> Callable[[], str]:
    """What asks for the passphrase: at most once, and only when a key under one is met."""
    known: list[str] = []

    def ask() -> str:
        if not known:
            words = _from_file(file) if file else _typed(terminal, new=new)
            known.append(_long_enough(words) if new else words)
        return known[0]

    return ask


def _from_file(file: Path) -> str:
    from tegata.trust.keyfile import read_secret

    try:
        return read_secret(file).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(t(f"`{file}` is not text", f"`{file}` はテキストではありません")) from None


def _typed(terminal: Terminal, *, new: bool) -> str:
    if not sys.stdin.isatty():
        raise _nobody_to_ask(new=new)
    asked = t("passphrase", "パスフレーズ") if new else t("passphrase or PIN", "パスフレーズまたは PIN")
    words: str = click.prompt(terminal.say(asked), hide_input=True, confirmation_prompt=new, err=True)
    return words


def _nobody_to_ask(*, new: bool) -> UsageError:
    if new:
        return UsageError(
            t("a new key needs a passphrase, and nobody can be asked", "新しい鍵のパスフレーズを尋ねる相手がいません"),
            hint=t(
                "name a file that holds it, `--passphrase-file`, or keep the key without one: `--no-passphrase`",
                "ファイルで渡す（`--passphrase-file`）か、パスフレーズなしで保管してください（`--no-passphrase`）",
            ),
        )
    return UsageError(
        t("the key is under a passphrase, and nobody can be asked for it", "鍵のパスフレーズを尋ねる相手がいません"),
        hint=t("name a file that holds it: `--passphrase-file`", "ファイルで渡してください: `--passphrase-file`"),
    )


def _long_enough(words: str) -> str:
    if len(words) < MIN_PASSPHRASE:
        raise UsageError(
            t("the passphrase is too short", "パスフレーズが短すぎます"),
            hint=t(f"use {MIN_PASSPHRASE} letters or more", f"{MIN_PASSPHRASE} 文字以上にしてください"),
        )
    return words
