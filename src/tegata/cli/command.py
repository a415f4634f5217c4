"""What our commands add to click's: help in two languages, options that every command knows, loading on demand."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import click

from tegata.cli.terminal import Terminal
from tegata.model.base import Language, Text, t

F = TypeVar("F", bound=Callable[..., Any])

HEADINGS = {
    "Usage": "使い方",
    "Options": "オプション",
    "Commands": "コマンド",
}
HELP_OF_HELP = t("show this help", "この説明を表示する")


def language_of(context: click.Context) -> Language:
    terminal = context.find_object(Terminal)
    return terminal.language if terminal else "en"


class JapaneseFormatter(click.HelpFormatter):
    """Click's headings in Japanese. Click counts characters, a Japanese one is two columns wide: hence the width."""

    WIDTH = 62

    def __init__(self) -> None:
        super().__init__(width=self.WIDTH)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix if prefix is not None else HEADINGS["Usage"] + ": ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(HEADINGS.get(heading, heading))


class _Bilingual(click.Command):
    """Shared by commands and groups: `about` is the help in both languages."""

    def __init__(self, *args: Any, about: Text, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.about = about

    def get_help(self, ctx: click.Context) -> str:
        formatter = JapaneseFormatter() if language_of(ctx) == "ja" else ctx.make_formatter()
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.about.say(language_of(ctx)))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = HELP_OF_HELP.say(language_of(ctx))
        return option


class Command(_Bilingual):
    """A command whose help reads in two languages."""


class Option(click.Option):
    """An option whose help reads in two languages."""

    def __init__(self, *args: Any, about: Text, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.about = about

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = self.about.say(language_of(ctx))
        return super().get_help_record(ctx)


class Entry(NamedTuple):
    """A command of a group before it is loaded: its place (`module:name`), and its line in the list."""

    place: str
    about: Text


class Group(_Bilingual, click.Group):
    """A group that imports a command's module only when that command runs, so that `--help` stays quick."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.entries:
            return None
        module, _, name = self.entries[cmd_name].place.partition(":")
        loaded: click.Command = getattr(importlib.import_module(module), name)
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.entries and not name.startswith("-"):
            raise click.exceptions.NoSuchCommand(name, possibilities=list(self.entries), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about.say(language_of(ctx))) for name, entry in self.entries.items()])


def option(*names: str, about: Text, **settings: Any) -> Callable[[F], F]:
    return click.option(*names, cls=Option, about=about, **settings)


def spoken(function: F) -> F:
    """`--lang` and `--quiet`. `Terminal.of` has read them before parsing; here they are checked and explained."""
    about_lang = t("language of the answer (default: from the environment)", "出力の言語（既定: 環境変数から）")
    about_quiet = t("no notes and no progress on stderr", "stderr に注記と進捗を出さない")
    function = option("-q", "--quiet", is_flag=True, expose_value=False, about=about_quiet)(function)
    return option("--lang", type=click.Choice(["en", "ja"]), expose_value=False, about=about_lang)(function)


def answers(function: F) -> F:
    """`--json` besides what `spoken` adds."""
    about = t("one JSON document on stdout and nothing else", "stdout に JSON 文書を 1 つだけ出力する")
    return spoken(option("--json", is_flag=True, expose_value=False, about=about)(function))
