"""Vaults: random tokens, one for each value, that only the steward can turn back."""

from __future__ import annotations

import datetime as dt
import re
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tegata.model.errors import InputError, StoreError, VerificationError
from tegata.vault import Vault

KEY = bytes(range(32))
AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
TOKEN = re.compile("t-[0-9a-f]{32}")
texts = st.text(max_size=12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.vault"


@pytest.fixture
def vault(path: Path) -> Iterator[Vault]:
    with Vault.make(path, KEY, "clinic", AT) as made:
        yield made


def tokens(vault: Vault, *values: str | None, domain: str = "person", source: str = "people.csv") -> list[str | None]:
    column = pl.Series("c", values, dtype=pl.String)
    made = vault.release(source, AT).tokens(domain, column)
    assert made.name == "c"
    return made.to_list()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(texts | st.none(), max_size=8), min_size=1, max_size=4), domain=texts)
def test_one_random_token_for_each_value_whatever_the_batch(
    vault: Vault, batches: list[list[str | None]], domain: str
) -> None:
    """The vault is one for all examples, as it is for all releases."""
    known: dict[str, str] = {}
    for batch in batches:
        for value, token in zip(batch, tokens(vault, *batch, domain=domain), strict=True):
            if value is None:
                assert token is None
                continue
            assert token is not None
            assert TOKEN.fullmatch(token)
            assert known.setdefault(value, token) == token
    assert len(set(known.values())) == len(known)
    found = vault.find(list(known.values()), "test", AT).entries
    assert {one.value: one.token for one in found} == known
    assert {one.domain for one in found} <= {domain}


def test_neither_another_vault_nor_another_domain_has_the_same_token(vault: Vault, tmp_path: Path) -> None:
    with Vault.make(tmp_path / "other", bytes(32), "clinic", AT) as other:
        made = [*tokens(vault, "Ann"), *tokens(vault, "Ann", domain="ward"), *tokens(other, "Ann")]
    assert len(set(made)) == 3


def test_nothing_of_a_value_is_in_its_token(vault: Vault, tmp_path: Path) -> None:
    """Under the very same key, what comes first gets the first token, whatever it is."""
    with Vault.make(tmp_path / "other", KEY, "clinic", AT) as other:
        assert tokens(vault, "Ann") == tokens(other, "Bob")
        assert tokens(vault, "Bob", "Eve")[0] not in tokens(other, "Bob")


def test_tokens_are_like_random_numbers(vault: Vault) -> None:
    """Each bit is set in half of them (six standard deviations), and no two are the same."""
    made = [int(token[2:], 16) for token in tokens(vault, *map(str, range(4000))) if token]
    assert len(set(made)) == 4000
    counts = [sum(one >> bit & 1 for one in made) for bit in range(128)]
    assert all(abs(count - 2000) < 6 * 31.7 for count in counts)


def test_large_batches_are_handed_out_in_parts(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.vault.handing._AT_ONCE", 7)
    values = [f"value {n % 60}" for n in range(100)]
    made = tokens(vault, *values)
    assert made == tokens(vault, *values)
    assert len(set(made)) == 60


def test_nothing_of_a_value_lies_in_the_file(vault: Vault, path: Path) -> None:
    tokens(vault, "Ann Example of Kyoto", "1985-04-01")
    data = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Ann" not in data
    assert b"1985" not in data
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_whoever_asks_at_the_same_time_gets_the_same_tokens(vault: Vault, path: Path) -> None:
    values = [f"value {n}" for n in range(300)]

    def ask(turn: int) -> list[str | None]:
        with Vault(path, KEY) as own:
            handing = own.release(f"{turn}.csv", AT)
            starts = range(0, 300, 30) if turn % 2 else range(270, -1, -30)
            made = {at: handing.tokens("person", pl.Series(values[at : at + 30])).to_list() for at in starts}
            return [token for at in sorted(made) for token in made[at]]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(ask, range(4)))
    assert made[0] == made[1] == made[2] == made[3]
    assert len(set(made[0])) == 300


CLERK = """
    import datetime, sys, polars, pathlib
    from tegata.vault import Vault
    vault = Vault(pathlib.Path(sys.argv[1]), bytes(range(32)))
    handing = vault.release("people.csv", datetime.datetime.now(datetime.UTC))
    for start in range(0, 10**9, 50):
        made = handing.tokens("person", polars.Series([str(n) for n in range(start, start + 50)]))
        print(*made, flush=True)
"""


def test_a_token_that_anybody_was_told_outlives_a_kill(vault: Vault, path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLERK), str(path)], stdout=subprocess.PIPE, text=True
    ) as clerk:
        assert clerk.stdout is not None
        told = [clerk.stdout.readline() for _ in range(20)]
        clerk.send_signal(signal.SIGKILL)
        told += clerk.stdout.read().splitlines(keepends=True)
    handed_out = " ".join(line for line in told if line.endswith("\n")).split()
    assert len(handed_out) >= 1000
    found = vault.find(handed_out, "after the kill", AT).entries
    assert [one.value for one in found] == [str(n) for n in range(len(handed_out))]


def test_what_a_person_is_told(vault: Vault) -> None:
    """Every kind of value, and the releases from the first on."""
    tokens(vault, "someone else", source="first.csv")
    (as_person,) = tokens(vault, "Ann", source="second.csv")
    (as_doctor,) = tokens(vault, "Ann", domain="doctor", source="third.csv")
    entries = {one.token: one for one in vault.export(["Ann", "nobody"], "case 7", AT).entries}
    assert {token: [r.source for r in one.releases] for token, one in entries.items()} == {
        as_person: ["second.csv", "third.csv"],
        as_doctor: ["third.csv"],
    }
    act = vault.state().acts[-1]
    assert (act.act, act.reason, set(act.tokens), act.missing) == ("exported", "case 7", {as_person, as_doctor}, 1)


def test_two_tokens_of_one_value_are_both_there(vault: Vault) -> None:
    (as_person,), (as_doctor,) = tokens(vault, "Ann"), tokens(vault, "Ann", domain="doctor")
    found = vault.find([str(as_person), str(as_doctor), "t-no token"], "case 10", AT)
    assert [one.token for one in found.entries] == [as_person, as_doctor]
    assert (found.missing, vault.state().acts[-1].missing) == (1, 1)


def test_what_is_forgotten_is_gone_and_gets_another_token(vault: Vault, path: Path) -> None:
    before, other = tokens(vault, "Ann", "Bob")
    assert before is not None
    assert vault.holding(["Ann"]) == [before]
    number = vault._file.sealing.number(before)
    ((*lies,),) = vault._file.database.execute("SELECT place, sealed FROM entries WHERE id = ?", (number,))
    assert [one.token for one in vault.forget(["Ann", "nobody"], "case 8", AT)] == [before]
    assert vault.find([before], "who was it", AT).entries == ()
    data = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert all(part not in data for part in lies)
    after, again = tokens(vault, "Ann", "Bob")
    assert again == other
    assert after != before


def test_every_act_is_on_record_in_a_chain(vault: Vault, path: Path) -> None:
    handing = vault.release("people.csv", AT)
    made = handing.tokens("person", pl.Series(["Ann"])).to_list()
    handing.left("sha256:" + "0" * 64, AT)
    vault.find([*made, "t-no token"], "case 9", AT)
    state = vault.state()
    assert [(act.act, act.reason) for act in state.acts] == [
        ("made", "clinic"), ("released", "sha256:" + "0" * 64), ("found", "case 9"),
    ]  # fmt: skip
    assert (state.acts[-1].tokens, state.acts[-1].missing, state.sound) == (tuple(made), 1, True)
    assert (state.name, state.values, [one.digest for one in state.releases]) == (
        "clinic", {"person": 1}, ["sha256:" + "0" * 64],
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM acts WHERE id = 1",
        "DELETE FROM acts WHERE id = 2",
        "UPDATE acts SET reason = 'other' WHERE id = 2",
    ],
)
def test_an_act_that_was_taken_out_or_changed_is_noticed(vault: Vault, path: Path, change: str) -> None:
    vault.find(["t-" + "0" * 32], "first", AT)
    vault.find(["t-" + "1" * 32], "second", AT)
    apsw.Connection(str(path)).execute(change)
    assert not vault.state().sound


def test_entries_that_were_exchanged_are_noticed(vault: Vault, path: Path) -> None:
    ann, _ = tokens(vault, "Ann", "Bob")
    assert ann is not None
    rows = dict(apsw.Connection(str(path)).execute("SELECT id, sealed FROM entries"))
    one, other = rows.values()
    with apsw.Connection(str(path)) as database:
        for number, sealed in zip(rows, (other, one), strict=True):
            database.execute("UPDATE entries SET sealed = ? WHERE id = ?", (sealed, number))
    with pytest.raises(VerificationError):
        vault.find([ann], "case", AT)


def test_what_is_not_a_time_is_no_traceback(vault: Vault, path: Path) -> None:
    apsw.Connection(str(path)).execute("UPDATE acts SET told = 'x', at = 'soon'")
    with pytest.raises(VerificationError):
        vault.state()


def test_destroyed_means_key_first(vault: Vault, path: Path, tmp_path: Path) -> None:
    key = tmp_path / "clinic.vault.key"
    key.write_bytes(KEY)
    act = vault.destroy(key, "contract ended", AT)
    assert (act.act, act.reason) == ("destroyed", "contract ended")
    assert act.chain
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough for a header" * 100])
def test_what_is_no_vault(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match="is no vault"):
        Vault(path, KEY)


def test_another_database_and_another_key(vault: Vault, path: Path, tmp_path: Path) -> None:
    apsw.Connection(str(tmp_path / "other.sqlite")).execute("CREATE TABLE vault (x)")
    with pytest.raises(InputError, match="is no vault"):
        Vault(tmp_path / "other.sqlite", KEY)
    with pytest.raises(InputError, match="key is not that of"):
        Vault(path, bytes(32))
    with pytest.raises(InputError, match="there is no vault"):
        Vault(tmp_path / "nowhere", KEY)
    with pytest.raises(StoreError):
        Vault.make(path, KEY, "again", AT)


def test_a_disk_that_is_full_is_told(vault: Vault, path: Path) -> None:
    """Nothing is half there: the pages of the file are limited as a disk would be."""
    (before,) = tokens(vault, "Ann")
    database = vault._file.database
    ((pages,),) = database.execute("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="vault") as caught:
        tokens(vault, *map(str, range(5000)))
    assert "full" in str(caught.value.why)
    database.execute("PRAGMA max_page_count = 1000000")
    assert tokens(vault, "Ann") == [before]
    assert vault.state().values == {"person": 1}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Vault.make(tmp_path / "no" / "folder.vault", KEY, "clinic", AT)
