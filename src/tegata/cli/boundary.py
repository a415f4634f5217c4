"""Where every failure ends: one message, the right exit code, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from tegata.cli.terminal import Terminal
from tegata.model.errors import TegataError

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
READER_LEFT = 141  # 128 + SIGPIPE
DEBUG = "TEGATA_DEBUG"


def run(call: Callable[[], Any], terminal: Terminal) -> int:
    """The exit code of `call`, with its failure told to the person."""
    try:
        code = call()
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return asked.exit_code
    except Exception as failure:  # noqa: BLE001 - the outermost boundary: whatever it is, the person gets a sentence
        return INTERRUPTED if _by_interrupt(failure) else _told(failure, terminal)
    return code if isinstance(code, int) else 0


def _by_interrupt(failure: BaseException | None) -> bool:
    """Whether an interrupt is behind it: where a class is being made, Python wraps that into an error of its own."""
    while failure is not None and not isinstance(failure, KeyboardInterrupt):
        failure = failure.__cause__ or failure.__context__
    return failure is not None


def _reader_left() -> int:
    """`tegata ... | head` closed the pipe: nothing to say, and the interpreter must not complain on exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_LEFT


def _told(failure: Exception, terminal: Terminal) -> int:
    from tegata.cli.render import errors

    if os.environ.get(DEBUG) and not isinstance(failure, click.ClickException):
        import traceback

        traceback.print_exception(failure)
    known = failure if isinstance(failure, TegataError) else errors.translated(failure)
    if terminal.as_json:
        terminal.document(errors.problem(known, terminal.language))
    errors.show(terminal.side(), known)
    return known.exit_code
