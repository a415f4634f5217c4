"""Failures in words: what, why, what next."""

from __future__ import annotations

import difflib

import click

from tegata.cli.paper import Paper
from tegata.model.base import Language, Noun, Text, t
from tegata.model.errors import StoreError, TegataError, UsageError, is_full, why_of

HINT = t("next: ", "次に: ")
WHY = t("because: ", "理由: ")


class Problem(Noun, frozen=True, kw_only=True):
    """The JSON document of a failure (after RFC 9457): `code` is stable, the sentences are not."""

    code: str
    title: str
    detail: str = ""
    hint: str = ""
    exit_code: int


class UnexpectedError(TegataError):
    """A defect of ours that somebody met."""

    code = "unexpected"


def show(paper: Paper, error: TegataError) -> None:
    what, why, hint = error.parts(paper.language)
    paper.line("tegata: ", what, style="bold red" if error.exit_code < 10 else "bold yellow")
    if why:
        paper.line(WHY, why, indent=2)
    if hint:
        paper.line(HINT, hint, indent=2)


def problem(error: TegataError, language: Language) -> Problem:
    what, why, hint = error.parts(language)
    return Problem(code=error.code, title=what, detail=why, hint=hint, exit_code=error.exit_code)


def translated(failure: Exception) -> TegataError:
    """The error of ours that a foreign exception stands for."""
    if isinstance(failure, click.ClickException):
        return _usage(failure)
    if isinstance(failure, OSError) and failure.errno:
        return _system(failure)
    if isinstance(failure, MemoryError):
        return StoreError(t("not enough memory for this", "メモリが足りません"))
    return UnexpectedError(
        t(f"an unexpected error: {_one_line(failure)}", f"予期しないエラーです: {_one_line(failure)}"),
        hint=t(
            "this is a defect of tegata; run the command again with `TEGATA_DEBUG=1` to see where, and report it",
            "tegata の不具合です。`TEGATA_DEBUG=1` を付けて再度実行すると場所が表示されます。ご報告ください",
        ),
    )


def _system(failure: OSError) -> StoreError:
    """What the operating system refused: the disk, a folder, a permission."""
    if is_full(failure):
        return StoreError(
            why_of(failure),
            hint=t("free some space and run the command again", "空きを作ってから再度実行してください"),
        )
    place = failure.filename or "?"
    return StoreError(t(f"cannot use `{place}`", f"`{place}` を使えません"), why=why_of(failure))


def _one_line(failure: Exception) -> str:
    return f"{type(failure).__name__}: {' '.join(str(failure).split())[:200]}"


def _usage(failure: click.ClickException) -> UsageError:
    context = getattr(failure, "ctx", None)
    command = context.command_path if context else "tegata"
    hint = t(f"`{command} --help` shows how it is used", f"使い方は `{command} --help` で表示されます")
    return UsageError(_usage_text(failure), hint=hint)


def _usage_text(failure: click.ClickException) -> Text:
    """Click's sentence in our manner; the kinds that people meet daily in Japanese too."""
    match failure:
        case click.exceptions.NoSuchCommand(command_name=name):
            return _unknown(t(f"no command `{name}`", f"コマンド `{name}` はありません"), name, failure.possibilities)
        case click.NoSuchOption(option_name=name):
            return _unknown(t(f"no option `{name}`", f"オプション `{name}` はありません"), name, failure.possibilities)
        case click.MissingParameter(param=click.Parameter() as parameter):
            name = parameter.make_metavar(failure.ctx) if isinstance(parameter, click.Argument) and failure.ctx else ""
            name = name or parameter.opts[0]
            return t(f"`{name}` is missing", f"`{name}` が指定されていません")
        case click.BadParameter(param=click.Parameter() as parameter):
            name, said = parameter.opts[0], _plain(failure.message)
            return t(f"`{name}` does not fit: {said}", f"`{name}` の値が正しくありません: {said}")
    said = _plain(failure.format_message())
    return t(said, "コマンドが指定されていません" if said == "missing command" else said)


def _unknown(text: Text, name: str, known: object) -> Text:
    near = difflib.get_close_matches(
        name, [str(item) for item in known] if isinstance(known, (list, tuple, dict)) else [], 1
    )
    if not near:
        return text
    return t(f"{text.en}; did you mean `{near[0]}`?", f"{text.ja}。`{near[0]}` のことですか")


def _plain(sentence: str) -> str:
    """Lower case start and no final stop, as our own messages are."""
    sentence = " ".join(sentence.split()).rstrip(".")
    return sentence[:1].lower() + sentence[1:]
