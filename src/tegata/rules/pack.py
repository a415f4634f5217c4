"""A rule pack: law as dated, cited data, loaded and compiled."""

from __future__ import annotations

import bisect
import datetime as dt
import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tegata.model.base import Text, t
from tegata.model.errors import PackError
from tegata.rules.alike import told_whole
from tegata.rules.answers import answers
from tegata.rules.edition import Edition, edition_on
from tegata.rules.facts import FactSchema, fact_schema
from tegata.rules.faults import Faults
from tegata.rules.pack_check import Checked, check_pack
from tegata.rules.pack_file import FILES, Example, PackFiles, read_files
from tegata.rules.pack_folder import SIGNATURE, digest_of, read_folder

BUILTIN = Path(__file__).parent / "packs"
TEMPLATE = Path(__file__).parent / "template"


@dataclass(frozen=True, slots=True)
class Vouch:
    """Who stands for a pack (`signer`: a did, `installation`, or `` for nobody), and how far.

    Where there is a `doubt`, or the day of the knowledge is after `until`, a person must look.
    """

    signer: str = ""
    until: dt.date | None = None
    doubt: Text | None = None

    def doubt_on(self, known_on: dt.date) -> Text | None:
        if self.until is not None and known_on > self.until:
            return t(f"the signature held until {self.until}", f"署名の有効期限は {self.until} でした")
        return self.doubt


NOBODY = Vouch()


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A loaded pack, equal to itself only. `digest` is over the sorted names and the bytes of its YAML files."""

    files: PackFiles
    checked: Checked
    digest: str
    schema: FactSchema
    boundaries: tuple[dt.date, ...]  # days on which some rule or parameter changes
    folder: Path = Path()
    tell: Callable[[], tuple[Example, ...]] = tuple  # its examples; those of the package when they are asked for
    signature: bytes = b""  # of its folder, as it stands there: what it is worth `tegata.admission` says
    vouch: Vouch = NOBODY
    editions: dict[int, Edition] = field(default_factory=dict, repr=False)  # by number of boundaries behind
    telling: dict[int, tuple[Any, ...]] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        return self.files.head.id

    @property
    def version(self) -> str:
        return self.files.head.version

    @property
    def jurisdiction(self) -> str:
        return self.files.head.jurisdiction

    @property
    def examples(self) -> tuple[Example, ...]:
        """The worked examples, each with all of its facts."""
        return self.tell()

    def edition(self, as_of: dt.date) -> Edition:
        """The pack as it reads on a day; compiled once for each stretch of days without a change."""
        stretch = bisect.bisect_right(self.boundaries, as_of)
        edition = self.editions.get(stretch)
        if edition is None:
            begin = self.boundaries[stretch - 1] if stretch else dt.date.min
            edition = self.editions[stretch] = edition_on(begin, self.files, self.checked, self.schema)
        return edition

    def tries(self, place: int) -> tuple[Any, ...]:
        """Telling answers to a fact: those at which what the pack says of it can turn."""
        if place not in self.telling:
            spec = self.schema.specs[place]
            compared = [value for uses in self.checked.uses.values() for value in uses.compared.get(spec.name, ())]
            self.telling[place] = answers(spec, {repr(value): value for value in compared}.values())
        return self.telling[place]


@functools.cache
def builtin_packs() -> tuple[Pack, ...]:
    """The packs of the package that are law, in the order of their ids.

    A proposal is not among them: nobody is bound by it. Who wants to judge by one sets its open parameters and its
    status in a copy of the folder and names that copy (`packs_beside`).
    """
    folders = sorted(path.parent for path in BUILTIN.glob("*/*/pack.yaml"))
    packs = map(_of_ours, folders)
    return tuple(sorted((pack for pack in packs if pack.files.head.status != "proposal"), key=lambda pack: pack.id))


def _of_ours(folder: Path) -> Pack:
    """A pack of the package, whose tests show that it can be judged on every day."""
    faults = Faults()
    pack = read_pack(folder, faults, examples_later=True)
    if pack is None:
        raise faults.found[0]
    return pack


def packs_beside(own: Sequence[Pack], folders: Iterable[Path]) -> tuple[Pack, ...]:
    """`own` packs and those in `folders`: each folder is a pack or holds packs. All of them judge, the strictest wins.

    Raises:
        PackError: a folder holds no pack or a faulty one, two packs share an id (one would hide the other), or a pack
            begins before all of `own` do: its silence would pass for the law of days that nobody wrote down.
    """
    packs = list(own)
    first = min((pack.files.head.from_ for pack in own), default=dt.date.min)
    for folder in itertools.chain.from_iterable(map(_pack_folders, folders)):
        pack = load_pack(folder)
        if pack.id in {other.id for other in packs}:
            raise _refused(folder, t(f"there is a pack `{pack.id}` already", f"パック `{pack.id}` は既にあります"))
        if pack.files.head.from_ < first:
            raise _refused(
                folder,
                t(
                    f"it begins before {first}, the first day of the other packs",
                    f"他のパックの最初の日 {first} より前に始まっています",
                ),
            )
        packs.append(pack)
    return tuple(packs)


def _pack_folders(folder: Path) -> list[Path]:
    if (folder / "pack.yaml").is_file():
        return [folder]
    return sorted(path.parent for path in folder.glob("**/pack.yaml")) or [folder]  # loading then says what is wrong


def _refused(folder: Path, why: Text) -> PackError:
    return PackError(
        t(f"the rule pack in `{folder}` cannot be added", f"`{folder}` のルールパックは追加できません"), why=why
    )


def load_pack(folder: Path) -> Pack:
    """The pack in a folder.

    Raises:
        PackError: a file is missing or malformed, an expression names what does not exist or does not fit its type,
            something depends on itself, or a parameter lacks citation or value.
    """
    faults = Faults()
    pack = inspected(folder, faults)
    if pack is None:
        raise faults.found[0]
    return pack


def inspected(folder: Path, faults: Faults) -> Pack | None:
    """The pack in a folder; None where `faults` was told what is wrong with it, all of it."""
    pack = read_pack(folder, faults)
    if pack is not None:
        with faults.kept():
            for day in pack.boundaries:
                pack.edition(day).outlook()
        for one, other in {} if faults.found else conflicts(pack):
            faults.found.append(_conflict(one, other))
    return None if faults.found else pack


def conflicts(pack: Pack) -> dict[tuple[str, str], None]:
    """Pairs of rules of which one allows what the other does not, on some day, and neither overrides the other.

    That the strictest rule wins is no answer between these: the permission would have no force, and whoever wrote it
    meant something by it.
    """
    found: dict[tuple[str, str], None] = {}
    for edition in map(pack.edition, pack.boundaries):
        for one, other in edition.meetings().conflicts:
            found[edition.rules[one].rule.id, edition.rules[other].rule.id] = None
    return found


def _conflict(one: str, other: str) -> PackError:
    return PackError(
        t(f"`{one}` and `{other}` in `rules.yaml` conflict", f"`rules.yaml` の `{one}` と `{other}` が矛盾しています"),
        why=t(
            f"`{one}` allows what `{other}` does not, both can hold, and neither overrides the other",
            f"`{one}` が許す行為を `{other}` は許さず、同時に該当し得ますが、優先関係がありません",
        ),
        hint=t(
            f"the one that goes first names the other: `overrides: [{other}]` in `{one}` if it is an exception",
            f"優先する側に他方を書いてください（例外なら `{one}` に `overrides: [{other}]`）",
        ),
        file="rules.yaml",
        item=one,
    )


def read_pack(folder: Path, faults: Faults, *, examples_later: bool = False) -> Pack | None:
    """The pack in a folder as far as shapes, names and types go: how its rules meet is not looked at.

    `examples_later`: its examples, half of the reading, are read from the same bytes when somebody asks for them.
    """
    if not (folder / "pack.yaml").is_file():
        why = t("there is no `pack.yaml` in it", "`pack.yaml` がありません")
        what = t(f"`{folder}` is not a rule pack", f"`{folder}` はルールパックではありません")
        faults.found.append(PackError(what, why=why, file="pack.yaml"))
        return None
    contents = read_folder(folder, FILES, faults)
    if faults.found:
        return None
    files, tell = read_files(contents, faults), _telling(contents, faults, later=examples_later)
    if files is None:
        return None
    schema = fact_schema()
    checked = check_pack(files, schema, faults)
    if faults.found:
        return None
    signature = contents.get(SIGNATURE, b"")
    return Pack(files, checked, digest_of(contents), schema, boundaries(files), folder, tell, signature)


def _telling(contents: Mapping[str, bytes], faults: Faults, *, later: bool) -> Callable[[], tuple[Example, ...]]:
    if later:
        return functools.cache(lambda: _told(contents))
    examples = told_whole(contents, faults)
    return lambda: examples


def _told(contents: Mapping[str, bytes]) -> tuple[Example, ...]:
    faults = Faults()
    examples = told_whole(contents, faults)
    if faults.found:
        raise faults.found[0]
    return examples


def boundaries(files: PackFiles) -> tuple[dt.date, ...]:
    days = {files.head.from_}
    for dated in [dated for parameter in files.parameters for dated in parameter.values]:
        days |= {dated.from_, dated.until or dated.from_}
    for rule in files.rules:
        days |= {day for day in (rule.from_, rule.until) if day is not None}
    return tuple(sorted(days))
