"""A stranger with OpenSSL reads the stamps of a published checkpoint by the commands of the how-to."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.evidence.test_stamping import stamping
from tests.trust.certificates import certified, private, write_pem

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "look-after-the-log.md"


async def test_the_commands_of_the_how_to_confirm_the_stamp(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    commands = re.search(r"^    sed .*?openssl ts [^\n]*", HOW_TO.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert commands
    async with stamping(tmp_path) as here:
        await here.log.add(2)
        await here.stamping.stamp_due()
        note = (await here.note()).replace("tsa-0", "tsa-one")
    shutil.copy(write_pem(tmp_path, certified(), private("p256"))[2], tmp_path / "tsa-one.pem")
    for text, holds in ((note, True), (note.replace("\n2\n", "\n3\n"), False)):
        (tmp_path / "checkpoint").write_text(text)
        done = subprocess.run(["sh", "-c", commands[0]], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ("Verification: OK" in done.stdout) == holds, done.stderr
