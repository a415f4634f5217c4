"""Recogniser files (YAML) -> a checked set with one digest. Nothing that a file says is taken on trust."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import polars as pl

from tegata.documents import YamlError, read_yaml
from tegata.model.base import Text, digest, t
from tegata.model.categories import CATEGORIES, under
from tegata.model.errors import InputError
from tegata.scan.recogniser import Recogniser, TableKind
from tegata.scan.validators import VALIDATORS

T = TypeVar("T")
BUILTIN = Path(__file__).parent / "recognisers"
_NOTHING = t("neither a name nor a pattern: it could never be found", "名前もパターンもないため、見つけられません")
_NO_SHARE = t("rarity, chance and prior are shares between 0 and 1", "rarity、chance、prior は 0 と 1 の間の割合です")
_REFERENCE = re.compile(r"\{([a-z_]+)\}")


class _RecordError(Exception):
    """What is wrong with a record; the caller knows where it stands."""

    def __init__(self, say: Text) -> None:
        super().__init__(say)
        self.say = say


class RecogniserFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. `lists` are word lists that patterns and names of any file refer to as `{name}`."""

    recognisers: tuple[dict[str, Any], ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    lists: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class RecogniserSet:
    """Recognisers and table kinds that belong together. `digest` names exactly this set (`Profile.scanner`)."""

    recognisers: tuple[Recogniser, ...]
    tables: tuple[TableKind, ...]
    digest: str

    @cached_property
    def by_id(self) -> dict[str, Recogniser]:
        """Recognisers by id, in the order of the files."""
        return {r.id: r for r in self.recognisers}

    def under(self, heads: Iterable[str]) -> list[Recogniser]:
        """Those of these kinds: categories and ids, by prefix."""
        return [r for r in self.recognisers if under(r.category, heads) or under(r.id, heads)]


@lru_cache(maxsize=1)
def builtin_recognisers() -> RecogniserSet:
    """The recognisers that come with the program."""
    return recognisers_beside(())


def recognisers_beside(paths: Iterable[Path]) -> RecogniserSet:
    """The recognisers that come with the program and those of an organisation's own files. Errors as below."""
    return load_recognisers([*sorted(BUILTIN.glob("*.yaml")), *paths])


def load_recognisers(paths: Iterable[Path]) -> RecogniserSet:
    """Read and check recogniser files.

    Raises:
        InputError: unreadable or malformed file, unknown field, category, validator or list, an id that is used twice,
            a pattern that the linear-time engine does not accept. Names the file and the id.
    """
    files = [(path, _read(path)) for path in paths]
    lists = _lists(files)
    recognisers: dict[str, Recogniser] = {}
    tables: dict[str, TableKind] = {}
    for path, file in files:
        own = [_recogniser(path, record, lists) for record in file.recognisers]
        if path.parent != BUILTIN:  # those of the program are compiled by its tests: it costs as much as a small scan
            check_patterns(path, own)
        for recogniser in own:
            _once(path, recogniser.id, recognisers)
            recognisers[recogniser.id] = recogniser
        for record in file.tables:
            table = _convert(path, record, TableKind)
            _once(path, table.id, tables)
            tables[table.id] = table
    known = RecogniserSet(tuple(recognisers.values()), tuple(tables.values()), digest([recognisers, tables]))
    _check_references(known)
    return known


def _lists(files: Iterable[tuple[Path, RecogniserFile]]) -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for path, file in files:
        for name, words in file.lists.items():
            if name in lists:
                raise _refused(path, name, t("the list is there already", "同名のリストがすでにあります"))
            lists[name] = words
    return lists


def _read(path: Path) -> RecogniserFile:
    try:
        return msgspec.convert(read_yaml(path.read_bytes()) or {}, RecogniserFile)
    except (OSError, msgspec.ValidationError) as error:
        raise _refused(path, "", str(error)) from error
    except YamlError as error:
        raise _refused(path, "", error.why or error.what) from error


def _refused(path: Path, name: str, why: str | Text) -> InputError:
    where = f"`{path}`" + (f", `{name}`" if name else "")
    return InputError(
        t(f"recogniser file {where} cannot be used", f"認識器ファイル {where} は使えません"),
        why=why,
        hint=t("mend the record and load the file again", "記述を直して読み込み直してください"),
    )


def _convert(path: Path, record: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(record, kind)
    except msgspec.ValidationError as error:
        raise _refused(path, str(record.get("id", "")), str(error)) from error


def _once(path: Path, name: str, seen: dict[str, Any]) -> None:
    if name in seen:
        raise _refused(path, name, t("the id is used twice", "id が重複しています"))


def _recogniser(path: Path, record: dict[str, Any], lists: dict[str, tuple[str, ...]]) -> Recogniser:
    raw = _convert(path, record, Recogniser)
    try:
        recogniser = msgspec.structs.replace(
            raw,
            patterns=_filled(raw.patterns, lists),
            in_text=raw.in_text and msgspec.structs.replace(raw.in_text, patterns=_filled(raw.in_text.patterns, lists)),
            **{key: tuple(_spread(getattr(raw, key), lists)) for key in ("names", "weak_names", "except_names")},
        )
        _check(recogniser)
    except _RecordError as fault:
        raise _refused(path, raw.id, fault.say) from None
    return recogniser


def _words(name: str, lists: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name not in lists:
        raise _RecordError(t(f"unknown list `{name}`", f"リスト `{name}` はありません"))
    return lists[name]


def _filled(patterns: Iterable[str], lists: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    def words(found: re.Match[str]) -> str:
        return "(?:" + "|".join(map(re.escape, _words(found[1], lists))) + ")"

    return tuple(_REFERENCE.sub(words, pattern) for pattern in patterns)


def _spread(names: Iterable[str], lists: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name in names:
        reference = _REFERENCE.fullmatch(name)
        yield from _words(reference[1], lists) if reference else (name,)


def _check(recogniser: Recogniser) -> None:
    if recogniser.category not in CATEGORIES:
        raise _RecordError(t(f"unknown category `{recogniser.category}`", f"分類 `{recogniser.category}` はありません"))
    if recogniser.validator and recogniser.validator not in VALIDATORS:
        raise _RecordError(
            t(f"unknown validator `{recogniser.validator}`", f"検査 `{recogniser.validator}` はありません")
        )
    if not (recogniser.names or recogniser.weak_names or recogniser.header_patterns or recogniser.patterns):
        raise _RecordError(_NOTHING)
    shares = (recogniser.rarity, recogniser.chance, recogniser.in_text.rarity if recogniser.in_text else 1.0)
    if not all(0 < share <= 1 for share in shares) or not 0 < recogniser.prior < 1:
        raise _RecordError(_NO_SHARE)


def check_patterns(path: Path, recognisers: Iterable[Recogniser]) -> None:
    """Rust's engine knows no look-around and no back-references, which is what keeps hostile patterns linear."""
    patterns = {
        p: r.id
        for r in recognisers
        for p in (*r.patterns, *r.header_patterns, *(r.in_text.patterns if r.in_text else ()))
    }
    if _compile(patterns) is not None:
        pattern, error = next((p, error) for p in patterns if (error := _compile([p])) is not None)
        why = t(f"pattern `{pattern}` does not compile: {error}", f"パターン `{pattern}` を解釈できません: {error}")
        raise _refused(path, patterns[pattern], why) from error


def _compile(patterns: Iterable[str]) -> Exception | None:
    """What the engine has against the patterns. All at once: each call costs more than a pattern does."""
    try:
        pl.select(pl.lit("").str.contains(pattern).alias(pattern) for pattern in patterns)
    except pl.exceptions.PolarsError as error:
        return error
    return None


def _check_references(known: RecogniserSet) -> None:
    ids = [r.id for r in known.recognisers]
    tables = {table.id for table in known.tables}
    for recogniser in known.recognisers:
        named = (*recogniser.needs, *(name for support in recogniser.neighbours for name in support.of))
        _check_names(recogniser.id, named, ids)
        if unknown := sorted(set(recogniser.tables) - tables):
            raise InputError(
                t(
                    f"recogniser `{recogniser.id}` names the unknown table kind `{unknown[0]}`",
                    f"認識器 `{recogniser.id}` の指す表の種類 `{unknown[0]}` はありません",
                )
            )
    for table in known.tables:
        _check_names(table.id, (*table.none_of, *(name for group in table.all_of for name in group.of)), ids)


def _check_names(owner: str, named: Iterable[str], ids: list[str]) -> None:
    for name in named:
        if not any(known == name or (name.endswith(".") and known.startswith(name)) for known in ids):
            raise InputError(
                t(f"`{owner}` names the unknown recogniser `{name}`", f"`{owner}` の指す認識器 `{name}` はありません")
            )
