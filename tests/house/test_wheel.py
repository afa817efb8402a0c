"""What users install: three packages and their data, nothing else."""

import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"diagram", "grammar", "compilers"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the working tree, built with the tools of this environment."""
    pytest.importorskip("setuptools")
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tree)
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=tree, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_the_wheel_holds_exactly_the_three_packages(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_needs_numpy_only(wheel):
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    head = HeaderParser().parsestr(wheel.read(path).decode("utf-8"))
    plain = [need for need in head.get_all("Requires-Dist", []) if "extra ==" not in need]
    assert [need.split(">")[0] for need in plain] == ["numpy"]
    assert (head["Name"], head["License-Expression"]) == ("diag-lang", "MIT")
    needs = " ".join(head.get_all("Requires-Dist", []))
    assert "catgrad" not in needs
    assert "open-hypergraphs" not in needs


def test_the_wheel_is_typed(wheel):
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(wheel.namelist())


def test_the_wheel_installs_the_command_diag(wheel):
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "diag = diagram.cli:main" in wheel.read(path).decode("utf-8")
