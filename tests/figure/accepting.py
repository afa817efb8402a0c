"""Accepted files: compared byte for byte, written anew by `make accept`, which also puts old and new figures
side by side on one page, build/accepted/index.html.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

GOLDEN = Path(__file__).with_name("golden")
SHEET = Path(__file__).parents[2] / "build" / "accepted"


def accepted(name: str, text: str) -> None:
    """Compare with the file of this name, or write it."""
    path = GOLDEN / name
    if os.environ.get("ACCEPT"):
        GOLDEN.mkdir(exist_ok=True)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(text, encoding="utf-8", newline="\n")
        if old != text:
            beside(SHEET, path.name, old, text)
    assert path.read_text(encoding="utf-8") == text, f"{name} is drawn otherwise; look, then `make accept`"


def beside(folder: Path, name: str, old: str, new: str) -> None:
    """Put both on the page of what has changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, text in (("old", old), ("new", new)):
        (folder / f"{kind}-{name}").write_text(text, encoding="utf-8", newline="\n")
    rows = []
    for path in sorted(folder.glob("new-*")):
        what = path.name.removeprefix("new-")
        pair = "".join(f"<td>{_shown(folder, f'{kind}-{what}')}</td>" for kind in ("old", "new"))
        rows.append(f"<tr><th colspan=2>{escape(what)}</th></tr>\n<tr>{pair}</tr>")
    page = (
        '<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Old and new figures</title>\n'
        "<style>body{font-family:sans-serif;background:#ddd}td{background:#fff;vertical-align:top;padding:8px}"
        "img{max-width:46vw}pre{max-width:46vw;overflow:auto}</style>\n"
        "<table><tr><th>old</th><th>new</th></tr>\n" + "\n".join(rows) + "\n</table>\n"
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


def _shown(folder: Path, name: str) -> str:
    if name.endswith(".svg"):
        return f'<img src="{escape(name)}" alt="">'
    return f"<pre>{escape((folder / name).read_text(encoding='utf-8'))}</pre>"
