"""E0001: what no other place foresaw. One clear message; the traceback goes into a file for the report."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import traceback
from pathlib import Path


def report(error: Exception, words: list[str]) -> None:
    """Say that this is our fault and where the report lies."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    lines = [f"error[E0001]: internal error: {type(error).__name__}{place}"]
    first = str(error).strip().partition("\n")[0]
    if first:
        lines.append(f"  = note: {first[:200]}")
    lines.append(f"  = help: this is a bug of diag, not yours; please report it with {_keep(error, words)}")
    print("\n".join(lines), file=sys.stderr)


def _keep(error: Exception, words: list[str]) -> str:
    """Where the report lies: a folder with the traceback and the `.diag` files of the command line."""
    from diagram import __version__

    machine = f"diag {__version__}, Python {platform.python_version()}, {platform.platform()}"
    trace = "".join(traceback.format_exception(error))
    try:
        folder = Path(tempfile.mkdtemp(prefix="diag-bug-"))
        (folder / "report.txt").write_text(f"{machine}\ndiag {' '.join(words)}\n\n{trace}", encoding="utf-8")
        for word in words:
            if word.endswith(".diag") and Path(word).is_file():
                shutil.copy(word, folder)
    except OSError:
        return "this command line"
    return f"the files in {folder}"
