"""What the documents show is what happens: their blocks are run in order, pasted as they are.

A block "```diag NAME.diag" becomes a file ("wrong" behind it: one with errors). "```sh" runs its `diag` and
`python` lines, "```python" runs; a "```text" block right after one of these is what it must have printed.
Pictures that a document draws and shows are those in `docs/images`; `make accept` draws them anew.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from diagram.cli import main

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "tutorial").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "explanation").glob("*.md")),
]
OTHER_COMMANDS = ("make", "git", "cd", "pip", "python3")
"""Lines of `sh` blocks that set up a machine; `make` has its own check."""


@dataclass(frozen=True)
class Block:
    language: str
    name: str
    text: str
    line: int


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        yield Block(found[1], found[2].strip(), found[3], text.count("\n", 0, found.start()) + 1)


def shown(path: Path) -> list[str]:
    """The pictures that a document shows."""
    return re.findall(r"\]\(\.\./images/([^)]+)\)", path.read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with the examples, where a reader of the documents would stand."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def shell(block: Block) -> None:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "diag":
            wanted = int(found[1]) if (found := re.search(r"# exit code (\d)", line)) else 0
            assert main(words[1:]) == wanted, line
        elif words and words[0] == "python":
            subprocess.run([sys.executable, *words[1:]], check=True)
        elif words:
            assert words[0] in OTHER_COMMANDS, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_document_do_what_it_says(path, folder, capsys):
    names: dict[str, object] = {"__name__": "document"}
    printed = ""
    for block in blocks(path):
        where = f"{path.name}:{block.line}"
        capsys.readouterr()
        if block.language == "diag":
            name, _, remark = block.name.partition(" ")
            file = folder / (name or f"line{block.line}.diag")
            file.write_text(block.text, encoding="utf-8")
            assert main(["check", "--quiet", str(file)]) == (1 if remark == "wrong" else 0), where
        elif block.language == "python":
            exec(compile(block.text, where, "exec"), names)
        elif block.language == "sh":
            shell(block)
        elif block.language == "text":
            assert printed.strip() == block.text.strip(), where
        seen = capsys.readouterr()
        printed = seen.out + seen.err
    for name in shown(path):
        drawn, picture = folder / name, ROOT / "docs" / "images" / name
        if drawn.exists() and os.environ.get("ACCEPT"):
            picture.write_bytes(drawn.read_bytes())
        assert not drawn.exists() or picture.read_bytes() == drawn.read_bytes(), f"{path.name}: {name}"


def test_the_documents_name_only_targets_that_the_makefile_has():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in (*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"):
        for block in blocks(path):
            named = set(re.findall(r"^make (\w+)", block.text, re.MULTILINE))
            assert named <= targets, path.name


def test_links_between_the_documents_lead_somewhere():
    for path in (*DOCUMENTS, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", path.read_text(encoding="utf-8")))
        links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
        missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
        assert missing == [], path.name
