from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time

import pytest

from tegata.cli.language import choose_language
from tegata.cli.main import COMMANDS
from tests.cli.conftest import Tegata, in_own_process

HEAVY = (
    "polars",
    "rich",
    "yaml",
    "cryptography",
    "python_calamine",
    "httpx2",
    "starlette",
    "tegata.rules",
    "tegata.scan",
)


def test_help_lists_every_command_without_loading_any(tegata: Tegata) -> None:
    shown = tegata("--help")
    assert shown.code == 0
    assert all(f"\n  {name} " in shown.out for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom tegata.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_of_every_command_reads_in_both_languages(tegata: Tegata) -> None:
    for name in COMMANDS:
        english, japanese = tegata(name, "--help"), tegata("--lang", "ja", name, "--help")
        assert english.code == japanese.code == 0
        assert english.out.startswith("Usage: tegata " + name)
        assert japanese.out.startswith("使い方: tegata " + name)
        assert "show this help" in english.out
        assert "show this help" not in japanese.out


def test_no_arguments_shows_help_and_is_wrong_usage(tegata: Tegata) -> None:
    shown = tegata()
    assert shown.code == 2
    assert shown.err.startswith("Usage: tegata")


def test_version(tegata: Tegata) -> None:
    assert tegata("--version").out == "tegata 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "english", "japanese"),
    [
        (["scna"], "no command `scna`; did you mean `scan`?", "コマンド `scna` はありません。`scan` のことですか"),
        (["scan", "--jsn"], "no option `--jsn`; did you mean `--json`?", "オプション `--jsn` はありません"),
        (["scan"], "`PATH` is missing", "`PATH` が指定されていません"),
        (["check", "x.csv"], "`--flow` is missing", "`--flow` が指定されていません"),
        (["completion", "tcsh"], "does not fit", "の値が正しくありません"),
    ],
)
def test_wrong_usage(tegata: Tegata, arguments: list[str], english: str, japanese: str) -> None:
    said, auf_japanisch = tegata(*arguments), tegata(*arguments, "--lang", "ja")
    assert (said.code, said.out) == (2, "")
    assert english in said.err
    assert auf_japanisch.code == 2
    assert japanese in auf_japanisch.err


def test_wrong_usage_as_json_is_one_document(tegata: Tegata) -> None:
    failed = tegata("scan", "--json")
    assert failed.code == 2
    assert failed.document["code"] == "usage"
    assert failed.document["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "ja_JP.UTF-8"}, "ja"),
        ([], {"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ([], {"TEGATA_LANG": "ja", "LC_ALL": "en_US.UTF-8"}, "ja"),
        (["scan", "--lang", "ja"], {"TEGATA_LANG": "en"}, "ja"),
        (["--lang=en", "scan"], {"LANG": "ja_JP.UTF-8"}, "en"),
        (["--lang"], {}, "en"),
    ],
)
def test_language(arguments: list[str], environment: dict[str, str], language: str) -> None:
    assert choose_language(arguments, environment) == language


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_for_our_program(tegata: Tegata, shell: str) -> None:
    script = tegata("completion", shell)
    assert script.code == 0
    assert "_TEGATA_COMPLETE" in script.out


def test_completion_completes() -> None:
    done = in_own_process(_TEGATA_COMPLETE="bash_complete", COMP_WORDS="tegata sc", COMP_CWORD="1")
    assert done.out == "plain,scan\n"


def test_unexpected_error_is_one_sentence(tegata: Tegata, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom\nsecond line")

    monkeypatch.setattr("tegata.cli.scan.open_collection", broken)
    failed = tegata("scan", "x.csv")
    assert failed.code == 1
    assert "RuntimeError: boom second line" in failed.err
    assert "Traceback" not in failed.err
    assert "TEGATA_DEBUG=1" in failed.err
    monkeypatch.setenv("TEGATA_DEBUG", "1")
    assert "Traceback" in tegata("scan", "x.csv").err


def test_interrupt_inside_another_error_is_one(tegata: Tegata, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr("tegata.cli.scan.open_collection", broken)
    assert tegata("scan", "x.csv").code == 130


def test_reader_that_leaves_is_not_an_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "tegata.cli", "--help"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_interrupt_is_quiet() -> None:
    reader, writer = os.pipe()  # a flow on stdin that never ends
    command = [sys.executable, "-m", "tegata.cli", "decide", "-"]
    ours = signal.signal(signal.SIGINT, signal.SIG_DFL)  # what is ignored here would be ignored there
    with subprocess.Popen(command, stdin=reader, stderr=subprocess.PIPE) as child:
        signal.signal(signal.SIGINT, ours)
        assert child.stderr
        os.write(writer, b" ")
        while fcntl.ioctl(reader, termios.FIONREAD, bytes(4)) != bytes(4):  # what is left in the pipe
            time.sleep(0.01)
        time.sleep(0.3)  # an interrupt between two reads would wait for a byte: the interpreter looks after a read
        child.send_signal(signal.SIGINT)
        rest = child.stderr.read()
    os.close(reader)
    os.close(writer)
    assert child.returncode == 130
    assert b"Traceback" not in rest
