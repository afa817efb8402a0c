"""`python -m grammar.explain [folder]` writes the pages of `docs/errors`."""

from __future__ import annotations

import sys
from pathlib import Path

from grammar.explain import pages


def main(folder: Path) -> None:
    """Write all pages and take away those of codes that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    new = pages()
    for old in folder.glob("[EW][0-9][0-9][0-9][0-9].md"):
        if old.name not in new:
            old.unlink()
    for name, text in new.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    root = Path(__file__).parent.parent.parent
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else root / "docs" / "errors")
