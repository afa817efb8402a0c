"""Files and modules: reading, imports inside the project root, and the module of definitions a user holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diagram.errors import Diagnostic, DiagramError, Source
from diagram.hypergraph import Diagram
from diagram.optic import Optic
from diagram.room import room
from grammar.advice import tested
from grammar.elab import rules  # noqa: F401  (the rules of expressions and statements)
from grammar.elab.env import Fault, Later, axis_looks, fault, kid, kids, sized, told, word, word_span
from grammar.elab.nearest import suggest
from grammar.elab.optics import optic_named
from grammar.elab.signature import Signature
from grammar.elab.standins import Broken, Imported
from grammar.elab.unit import DEFINITIONS, Unit
from grammar.elab.values import Num, Value
from grammar.parser import parse
from grammar.source import read_source
from grammar.tree import Node

if TYPE_CHECKING:
    from grammar.elab.proofs import Proved
    from grammar.elab.styles import Figure
    from grammar.testing import Result

STD = Path(__file__).parent / "std"
MOST_FILES = 1_000
"""The most files of one run."""


class Project:
    """The files of one run; each is read, parsed and declared once."""

    def __init__(self, sizes: Mapping[str, int] | None = None) -> None:
        self.units: dict[Path, Unit] = {}
        self.loading: dict[Path, None] = {}
        self.sizes = dict(sizes or {})
        self.diagnostics: list[Diagnostic] = []
        """Of all files: a fault in an imported definition is told to whoever uses it."""

    def open(self, source: Source, path: Path) -> Unit:
        """Parse and declare a file and what it imports."""
        tree, problems = parse(source)
        result = Unit(source.path, tree, diagnostics=self.diagnostics)
        self.units[path] = result
        self.diagnostics += problems
        self.loading[path] = None
        self._import_all(result, path)
        del self.loading[path]
        result.declare()
        for name, value in self.sizes.items():
            info = result.env.axes.get(name)
            if info is not None and info.expr is None:
                from diagram.sizes import Size

                result.env.axes[name] = replace(sized(info, name, Size.of(value)), outside=True)
        return result

    def _import_all(self, into: Unit, path: Path) -> None:
        for item in kids(kid(into.tree, 1)):
            if item.kind in ("import_module", "import_names"):
                try:
                    self._import(item, into, path)
                except Fault as error:
                    into.report(error)
                    for name in imported_names(item):
                        into.env.names.setdefault(name, Broken(name))

    def _import(self, item: Node, into: Unit, path: Path) -> None:
        where = kid(item, 0)
        target = resolve(where, path)
        if target in self.loading:
            circle = list(self.loading)
            raise fault(
                "E0203",
                f"cannot import `{where.text}`: the files import each other",
                where,
                notes=(" -> ".join(p.name for p in (*circle[circle.index(target) :], target)),),
            )
        if target not in self.units:
            if len(self.units) >= MOST_FILES:
                raise fault("E0203", f"cannot import `{where.text}`: these are {MOST_FILES:,} files", where)
            with room():
                self.open(read_source(target), target)
        unit_ = self.units[target]
        env = into.env
        if item.kind == "import_module":
            names = kid(where, 1)
            name = word(item, 1) if item.kids[1] is not None else word(names, len(names.kids) - 1)
            env.names[name] = Imported(unit_)
            env.spans[name] = where.span
            return
        for part in kids(kid(item, 1)):
            original = word(part)
            name = word(part, 1) if part.kids[1] is not None else original
            value = unit_.env.names.get(original)
            if value is None and target.is_relative_to(STD):
                from grammar.elab.library import backed

                value = backed(target, original) or unit_.builtin(original)  # what is always there, too
            if value is None or original.startswith("_"):
                near = suggest(original, unit_.env.names)
                raise fault(
                    "E0201",
                    f"`{where.text}` has no `{original}`",
                    part,
                    help=f"did you mean `{near}`?" if near else "",
                    edits=((part, near),) if near and part.kids[1] is None else (),
                )
            env.names[name] = value
            env.spans[name] = part.span
            into.imported.add(name)


def imported_names(item: Node) -> list[str]:
    """The names that an import brings into scope."""
    if item.kind == "import_names":
        return [word(p, 1) if p.kids[1] is not None else word(p) for p in kids(kid(item, 1))]
    names = kid(kid(item, 0), 1)
    return [word(item, 1) if item.kids[1] is not None else word(names, len(names.kids) - 1)]


def located(path: str | Path) -> Path:
    """Where a file lies, its folder without links and `..`: the folders above it are then those it is in."""
    place = Path(path).absolute()
    return place.parent.resolve() / place.name


def project_root(path: Path) -> Path:
    """The nearest folder with `diag.toml` or `.git`, else the file's own."""
    for folder in path.parents:
        if (folder / "diag.toml").exists() or (folder / ".git").exists():
            return folder
    return path.parent


def resolve(where: Node, path: Path) -> Path:
    """The file that a module path means. Raises `Fault` E0203; nothing outside the root is ever opened."""
    dots = len(kid(where, 0).kids)
    names = [word(kid(where, 1), k) for k in range(len(kid(where, 1).kids))]
    if not dots:
        if names[0] != "std":
            raise fault(
                "E0203",
                f"cannot import `{where.text}`",
                where,
                "paths begin with `std.` or with dots",
                help=f"a file of this folder is imported as `.{where.text}`",
            )
        if len(names) == 1:
            raise fault("E0203", "cannot import `std`: it is a folder", where, help="import std.nn")
        return _file(STD, names[1:], where, STD)
    folder = path.parent
    root = project_root(path)
    for k in range(dots - 1):
        if folder == root:
            above = dots - 1 - k
            levels = {1: "one level", 2: "two levels", 3: "three levels"}.get(above, f"{above} levels")
            raise fault(
                "E0203",
                f"cannot import `{where.text}`: it lies outside the project",
                where,
                f"{levels} above the project's root",
                notes=(f"the project's root is {root.name} (the nearest folder with a diag.toml or .git)",),
                help="imports never leave the project's root; put shared modules inside it",
            )
        folder = folder.parent
    return _file(folder, names, where, root)


def _file(folder: Path, names: list[str], where: Node, root: Path) -> Path:
    """`a.b` is `a/b.diag`; a number before the name only orders the files: `03_attention.diag` is
    `attention`."""
    *folders, last = names
    place = folder.joinpath(*folders)
    found = place / f"{last}.diag"
    if not found.is_file() and place.is_dir():
        numbered = sorted(p for p in place.glob(f"*_{last}.diag") if p.name.split("_")[0].isdigit())
        found = numbered[0] if numbered else found
    if not found.is_file():
        stems = (
            [p.stem.lstrip("0123456789").lstrip("_") for p in sorted(place.glob("*.diag"))]
            if place.is_dir()
            else []
        )
        near = suggest(last, stems)
        raise fault(
            "E0203",
            f"cannot import `{where.text}`: there is no such file",
            where,
            f"looked for {found.name}",
            help=f"did you mean `{near}`?" if near else "",
        )
    if not found.resolve().is_relative_to(root.resolve()):
        raise fault(
            "E0203",
            f"cannot import `{where.text}`: it lies outside the project",
            where,
            "a link leaves the root",
        )
    return found


class Module(Mapping[str, Diagram]):
    """The definitions of a file, each a `Diagram`, elaborated when asked for. Iterating gives their names."""

    def __init__(self, unit_: Unit, place: Path) -> None:
        self._unit = unit_
        self._place = place

    @property
    def path(self) -> str:
        """The file."""
        return self._unit.path

    @property
    def definitions(self) -> tuple[str, ...]:
        """Names of the definitions, in order."""
        return tuple(n for n, s in self._unit.signatures.items() if s.node.kind in DEFINITIONS)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Errors and warnings found so far."""
        return tuple(self._unit.diagnostics)

    def check(self) -> list[Diagnostic]:
        """Elaborate everything; all errors and warnings of the file, in the order of the text."""
        return tested(self._found(), self._unit.tree.source, self._with_text)

    def refuted(self, seed: int = 0) -> list[Diagnostic]:
        """E0505 for claims of boxes that a functor of the file makes false on samples."""
        from grammar.claims import refuted

        with room():
            return refuted(self._unit, seed)

    def lint(self) -> list[Diagnostic]:
        """W0215 and W0216: what is right, and easily not what was meant."""
        from grammar.elab.lint import listening

        source = self._unit.tree.source
        again = Project().open(source, self._place)
        with room(), listening() as heard:
            again.check()
        return [d for d in heard.remarks() if d.span is not None and d.span.source.path == source.path]

    def _found(self) -> list[Diagnostic]:
        """What is wrong, before edits are tried."""
        with room():
            self._unit.check()
        return sorted(dict.fromkeys(self._unit.diagnostics), key=lambda d: d.span.start if d.span else 0)

    def _with_text(self, text: str) -> list[Diagnostic]:
        """What would be wrong with another text in this file."""
        source = Source(self.path, text)
        return Module(Project().open(source, self._place), self._place)._found()

    @property
    def theorems(self) -> tuple[str, ...]:
        """Names of the theorems, in order."""
        return tuple(law.title for law in self._unit.beside().laws if law.is_theorem)

    def proof(self, name: str) -> list[Proved]:
        """The steps of a theorem with the rules they use. Raises `KeyError`, `DiagramError`."""
        law = next((law for law in self._unit.beside().laws if law.is_theorem and law.title == name), None)
        if law is None:
            raise KeyError(name)
        from grammar.elab.proofs import proof_of

        return proof_of(law)

    def rewritten(self, name: str, strategy: str) -> tuple[Diagram, list[tuple[str, Diagram]]]:
        """A definition, unfolded, and each step of a strategy with the rule used. Raises `KeyError`."""
        from grammar.elab.proofs import rewriting

        return rewriting(strategy, self.diagram(name), self._unit.env, self._unit.signatures[name].node)

    def optic(self, name: str) -> Optic | None:
        """A `lens`, an `optic`, or a definition that is one; None for others. Raises `DiagramError`."""
        with room(), told():
            return optic_named(name, self._unit.env)

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the `figure` items, in order."""
        return tuple(self._unit.beside().figures)

    def figure(self, name: str) -> Figure:
        """What a `figure` item draws and how. Raises `KeyError`, `DiagramError`."""
        with told():
            return self._unit.beside().figure(name)

    def tests(self, seed: int = 0) -> list[Result]:
        """Run the `test` items."""
        from grammar.testing import run_tests

        with room():
            return run_tests(self._unit, seed)

    def __getitem__(self, name: str) -> Diagram:
        return self.diagram(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.definitions)

    def __len__(self) -> int:
        return len(self.definitions)

    def diagram(self, name: str, sizes: Mapping[str, int | float] | None = None) -> Diagram:
        """One definition; `sizes` gives its open static arguments. Raises `KeyError`, `DiagramError`."""
        sig = self._unit.signatures.get(name)
        if sig is None or sig.node.kind not in DEFINITIONS:
            near = suggest(name, self.definitions)
            hint = f"; did you mean {near!r}?" if near else ""
            raise KeyError(f"no definition {name!r} in {self.path}{hint}")
        before = len(self._unit.diagnostics)
        self._unit.effort.start()
        try:
            with room():
                return self._unit.diagram(sig, _statics(sig, sizes or {})).with_looks(axis_looks(sig.env))
        except Fault as error:
            self._unit.report(error)
            raise DiagramError.of(self._unit.diagnostics[before:] or self._unit.diagnostics) from None
        except Later as open_:
            raise DiagramError(
                Diagnostic("E0311", f"`{name}` needs its static argument `{open_}`", word_span(sig.node))
            ) from None

    def settable(self, name: str) -> tuple[str, ...]:
        """What `sizes` may fix for a definition: axes that the file leaves open, and its static arguments."""
        axes = [n for n, info in self._unit.env.axes.items() if info.expr is None]
        return (*axes, *(word(g, 1) for g in self._unit.signatures[name].generics))

    def __repr__(self) -> str:
        return f"<module {self.path}: {', '.join(self.definitions)}>"


def _statics(sig: Signature, sizes: Mapping[str, int | float]) -> dict[str, Value]:
    from diagram.reals import Real

    names = {word(g, 1) for g in sig.generics}
    return {name: Num(Real.of(value)) for name, value in sizes.items() if name in names}


def load(path: str | Path, sizes: Mapping[str, int] | None = None) -> Module:
    """Read a `.diag` file. Raises `DiagramError` for syntax errors and `OSError` if it cannot be read."""
    module = open_module(path, sizes)
    errors = [d for d in module.diagnostics if not d.is_warning]
    if errors:
        raise DiagramError.of(errors)
    return module


def open_module(path: str | Path, sizes: Mapping[str, int] | None = None) -> Module:
    """Read a file, keeping its errors in `Module.diagnostics`."""
    source, place = read_source(Path(path)), located(path)
    return Module(Project(sizes).open(source, place), place)


def loads_module(text: str, path: str = "<text>", folder: Path | None = None) -> Module:
    """A module from text as if it stood in `folder`, its errors kept in `Module.diagnostics`."""
    place = located(path) if folder is None else folder / path
    return Module(Project().open(Source(path, text), place), place)


def loads(text: str, path: str = "<text>", sizes: Mapping[str, int] | None = None) -> Module:
    """A module from text. Raises `DiagramError` for syntax errors."""
    place = located(path)
    module = Module(Project(sizes).open(Source(path, text), place), place)
    errors = [d for d in module.diagnostics if not d.is_warning]
    if errors:
        raise DiagramError.of(errors)
    return module


def check_file(path: str | Path, laws: bool = False, lint: bool = False) -> list[Diagnostic]:
    """All errors and warnings of a file; with `laws` claims are tried, `lint` adds remarks.

    Raises `OSError` if it cannot be read.
    """
    module = open_module(path)
    found = module.check()
    if all(d.is_warning for d in found):
        found += module.refuted() if laws else []
        found += module.lint() if lint else []
    return sorted(found, key=lambda d: d.span.start if d.span is not None else 0)


def check_text(text: str, path: str = "<text>") -> list[Diagnostic]:
    """All errors and warnings of a text."""
    place = located(path)
    return Module(Project().open(Source(path, text), place), place).check()
