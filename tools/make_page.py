"""The static page `docs/verify/index.html` out of its parts in `docs/verify/src`, in the order of their needs.

python tools/make_page.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "docs" / "verify"
PARTS: Final = (
    *("start", "json", "passport", "keys", "rolls", "ml-dsa", "log", "der", "x509", "paths", "time", "revocation"),
    *("steps", "credential", "container", "seal", "package", "page"),
)


def page() -> str:
    """The page as it is published: one file that loads nothing."""
    source = FOLDER / "src"
    script = "\n".join((source / f"{name}.js").read_text("utf-8") for name in PARTS)
    return (source / "page.html").read_text("utf-8").replace("{script}\n", script)


if __name__ == "__main__":
    (FOLDER / "index.html").write_text(page(), "utf-8")
