"""Keys: what they sign, where they are kept, and that nothing prints them."""

from __future__ import annotations

import base64
import contextlib
import copy
import dataclasses
import errno
import gc
import inspect
import io
import json
import logging
import marshal
import os
import pickle
import pprint
import pydoc
import reprlib
import string
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rich.console
import rich.pretty
import structlog
import yaml

from tegata.model.errors import InputError, StoreError, VerificationError
from tegata.trust import PublicKey, SigningKey
from tests.shared_data import shared_data

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032 section 7.1, test 1
KEY = SigningKey.generate(SEED)


def test_the_first_vector_of_rfc_8032() -> None:
    assert KEY.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert KEY.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )


def test_the_151_wycheproof_signatures_are_judged_right() -> None:
    groups = json.loads((shared_data("wycheproof") / "testvectors_v1" / "ed25519_test.json").read_text())["testGroups"]
    judged = {"valid": 0, "invalid": 0}
    for group in groups:
        key = PublicKey(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            try:
                key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
                verdict = "valid"
            except VerificationError:
                verdict = "invalid"
            assert verdict == case["result"], case
            judged[verdict] += 1
    assert judged == {"valid": 88, "invalid": 63}


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    KEY.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load(path).sign(b"x") == KEY.sign(b"x")
    assert os.listdir(tmp_path) == ["node.key"]


def test_the_umask_does_not_open_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        KEY.save(tmp_path / "node.key")
    finally:
        os.umask(before)
    assert (tmp_path / "node.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660, 0o666, 0o610, 0o601, 0o644, 0o777])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "node.key"
    KEY.save(path)
    path.chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        SigningKey.load(path)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    KEY.save(path)
    with pytest.raises(StoreError, match="exists already"):
        SigningKey.generate(bytes(32)).save(path)
    assert SigningKey.load(path).did == KEY.did
    assert os.listdir(tmp_path) == ["node.key"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="disk is full"):
        KEY.save(tmp_path / "node.key")
    assert os.listdir(tmp_path) == []


def test_no_folder_no_key(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file or folder"):
        KEY.save(tmp_path / "nowhere" / "node.key")
    with pytest.raises(InputError, match="no such file or folder"):
        SigningKey.load(tmp_path / "nowhere" / "node.key")


def test_a_folder_or_a_pipe_is_not_a_key(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError, match="not a regular file"):
            SigningKey.load(path)


PEM_OF_OTHERS = {
    "empty": b"",
    "binary": bytes(range(256)),
    "raw seed": SEED,
    "cut off": b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v",
    "public key": b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    b"-----END PUBLIC KEY-----\n",
    "x25519": b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    b"-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("name", PEM_OF_OTHERS)
def test_what_is_not_such_a_key_is_refused_without_quoting_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "node.key"
    path.write_bytes(PEM_OF_OTHERS[name])
    path.chmod(0o600)
    with pytest.raises(InputError, match="no signing key") as caught:
        SigningKey.load(path)
    assert not _shows_secret("".join(traceback.format_exception(caught.value)))


def test_openssl_reads_the_file(tmp_path: Path) -> None:
    KEY.save(tmp_path / "node.key")
    command = ["openssl", "pkey", "-in", str(tmp_path / "node.key"), "-pubout", "-outform", "DER"]
    try:
        found = subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    assert found.stdout.endswith(KEY.raw)


def _shows_secret(text: str) -> bool:
    numbers = ", ".join(map(str, SEED))
    forms = [SEED.hex(), base64.b64encode(SEED)[:-2].decode(), base64.urlsafe_b64encode(SEED)[:-2].decode()]
    forms += [repr(SEED)[2:20], numbers, numbers.replace(", ", " "), str(int.from_bytes(SEED, "big"))]
    forms += [str(int.from_bytes(SEED, "little")), "BEGIN PRIVATE KEY", SEED.hex(" "), SEED.hex(":")]
    return any(form.lower() in text.lower() for form in forms)


def _printed(write: Callable[[io.StringIO], object]) -> str:
    out = io.StringIO()
    write(out)
    return out.getvalue()


def _logged(*args: Any, **kwargs: Any) -> str:
    out = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(out))
    logger.error(*args, **kwargs)
    return out.getvalue()


def _structlogged(key: SigningKey, renderer: Any) -> str:
    out = io.StringIO()
    log = structlog.wrap_logger(structlog.PrintLogger(out), processors=[renderer])
    log.info("event", key=key)
    return out.getvalue()


def _traceback(key: SigningKey, capture: bool) -> str:
    try:
        raise ValueError(key)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=capture).format())


def _rich_traceback(key: SigningKey) -> str:
    console = rich.console.Console(file=io.StringIO(), record=True, width=200)
    try:
        raise ValueError(key)
    except ValueError:
        console.print_exception(show_locals=True)
    return console.export_text()


def _rich(key: SigningKey) -> str:
    console = rich.console.Console(file=io.StringIO(), record=True)
    console.print(key, [key], {"key": key})
    rich.inspect(key, console=console, all=True)
    return console.export_text()


def _warned(key: SigningKey) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"{key}", stacklevel=1)
    return str(caught[0])


WAYS: dict[str, Callable[[SigningKey], Any]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "format": format,
    "f-string": lambda key: f"{key}",
    "f-string !r": lambda key: f"{key!r}",
    "f-string !a": lambda key: f"{key!a}",
    "f-string =": lambda key: f"{key=}",
    "%s": lambda key: "%s" % key,  # noqa: UP031
    "%r": lambda key: "%r" % key,  # noqa: UP031
    "str.format": lambda key: "{0} {0!r}".format(key),  # noqa: UP032
    "attribute in a format": lambda key: "{0.public} {0.did}".format(key),  # noqa: UP032
    "template": lambda key: string.Template("$key").substitute(key=key),
    "print": lambda key: _printed(lambda out: print(key, file=out)),
    "pprint": pprint.pformat,
    "pprint nested": lambda key: pprint.pformat({"a": [key]}),
    "reprlib": reprlib.repr,
    "list": lambda key: str([key]),
    "dict": lambda key: str({"key": key}),
    "tuple": lambda key: repr((key,)),
    "set": lambda key: repr({key}),
    "exception": lambda key: str(ValueError(key)),
    "exception repr": lambda key: repr(ValueError(key)),
    "traceback": lambda key: _traceback(key, False),
    "traceback with locals": lambda key: _traceback(key, True),
    "rich traceback": _rich_traceback,
    "rich": _rich,
    "rich pretty": lambda key: rich.pretty.pretty_repr(key),
    "log %s": lambda key: _logged("%s", key),
    "log %r": lambda key: _logged("%r", key),
    "log extra": lambda key: _logged("x", extra={"key": key}),
    "structlog json": lambda key: _structlogged(key, structlog.processors.JSONRenderer()),
    "structlog key value": lambda key: _structlogged(key, structlog.processors.KeyValueRenderer()),
    "warning": _warned,
    "json default str": lambda key: json.dumps(key, default=str),
    "json default repr": lambda key: json.dumps({"a": key}, default=repr),
    "json default vars": lambda key: json.dumps(key, default=vars),
    "json": json.dumps,
    "msgspec": msgspec.json.encode,
    "msgspec hook": lambda key: msgspec.json.encode(key, enc_hook=str).decode(),
    "msgspec builtins": lambda key: str(msgspec.to_builtins(key)),
    "yaml": yaml.dump,
    "yaml safe": yaml.safe_dump,
    **{f"pickle {n}": lambda key, n=n: pickle.dumps(key, n).hex() for n in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": lambda key: repr(copy.copy(key)),
    "deepcopy": lambda key: repr(copy.deepcopy(key)),
    "marshal": marshal.dumps,
    "reduce": lambda key: str(key.__reduce__()),
    "reduce_ex": lambda key: str(key.__reduce_ex__(2)),
    "getstate": lambda key: str(key.__getstate__()),
    "vars": lambda key: str(vars(key)),
    "dir": lambda key: str([getattr(key, name, None) for name in dir(key)]),
    "inspect": lambda key: str(inspect.getmembers(key)),
    "dataclass": dataclasses.asdict,  # type: ignore[dict-item]
    "slots": lambda key: str([getattr(key, name, None) for name in key.__slots__]),
    "referents": lambda key: str(gc.get_referents(key)),
    "help": lambda key: pydoc.render_doc(key),
    "bytes": bytes,  # type: ignore[dict-item]
    "iteration": lambda key: str(list(key)),  # type: ignore[call-overload]
    "hash": lambda key: str(hash(key)),
    "sys.getsizeof": lambda key: str(sys.getsizeof(key)),
}


def test_there_are_many_ways() -> None:
    assert len(WAYS) > 60


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_printing_shows_the_secret(way: str) -> None:
    shown = ""
    with contextlib.suppress(TypeError, AttributeError, ValueError, yaml.YAMLError):
        out = WAYS[way](KEY)
        shown = f"{out!r} {out!s}"
    assert not _shows_secret(shown)


def test_the_search_for_the_secret_would_find_it() -> None:
    for form in (SEED, SEED.hex(), list(SEED), base64.b64encode(SEED), int.from_bytes(SEED, "big")):
        assert _shows_secret(str(form))


def test_a_key_cannot_be_pickled_or_copied() -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(KEY)
