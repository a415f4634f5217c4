"""A stranger with a shell and OpenSSL: the commands of the how-to confirm what is sound, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tegata.trust import PASSPORT_TYP, seal, sign_jws
from tests.stranger import page
from tests.trust.samples import DATA, KEY, OTHER, but, logged, release_entry, sound
from tests.trust.test_verify import FIELDS, SEALED, VIOLATIONS

CONFIRMED = ["signature", "data", "inclusion", "checkpoint", "issuer"]


def confirmed(folder: Path, passport: str, data: bytes = DATA) -> list[str]:
    """The checks that the commands confirm before they stop."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    (folder / "passport.jws").write_text(passport + "\n")
    (folder / "data.csv").write_bytes(data)
    (folder / "trust.yaml").write_text(f"{KEY.did}: example hospital\n")
    done = page.run((page.FUNCTIONS, page.PASSPORT), folder)
    found = page.confirmed(done)
    assert (done.returncode == 0) == (found == CONFIRMED), done.stderr
    return found


@pytest.mark.parametrize("after", [0, 1, 2, 3, 20, 260])
def test_a_sound_passport_is_confirmed_at_any_size_of_the_log(tmp_path: Path, after: int) -> None:
    passport = sound(proof=logged(release_entry(FIELDS), after=after))
    assert confirmed(tmp_path, seal(passport, KEY)) == CONFIRMED


@pytest.mark.parametrize(
    ("step", "make"),
    [pytest.param(s, m, id=f"{s}: {why}") for s, why, m in VIOLATIONS if s in ("signature", "inclusion", "checkpoint")],
)
def test_what_does_not_hold_stops_there(tmp_path: Path, step: str, make: object) -> None:
    assert callable(make)
    assert step not in confirmed(tmp_path, make())


def test_other_data_and_another_providers_key_are_not_confirmed(tmp_path: Path) -> None:
    assert confirmed(tmp_path, SEALED, DATA + b"\n") == ["signature"]
    stolen = seal(but(sound(), provider=OTHER.did), OTHER)
    assert confirmed(tmp_path, stolen) == ["signature", "data", "inclusion"]
    forged = sign_jws(b'{"provider":"did:key:z6MkXXXX"}', KEY, typ=PASSPORT_TYP)
    assert confirmed(tmp_path, forged) == []
