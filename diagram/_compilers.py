"""The only way from `diagram` to what comes out of it: back ends, figures and text, loaded when asked for."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from diagram.errors import Diagnostic, DiagramError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compilers.schedule import Schedule
    from diagram.optic import Optic
    from diagram.value import Diagram

TARGETS = {"numpy": "compilers.to_numpy", "torch": "compilers.to_torch"}
"""Functor targets that run, and the module of each."""
_LIBRARIES = {"torch": "diag-lang[torch]", "numpy": "numpy"}


def _load(module: str, target: str) -> Any:  # Any: a module
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != target:
            raise
        install = f"pip install {_LIBRARIES.get(target, target)}"
        raise DiagramError(Diagnostic("E0407", f"{target} is not installed", help=install)) from None


def compile_to(d: Diagram, target: str, **options: Any) -> Any:
    """`d` as a callable on arrays of `target`. Any: the options and the type belong to the library.

    Raises `DiagramError` E0407 for an unknown target or a missing library.
    """
    if target not in TARGETS:
        raise DiagramError(
            Diagnostic("E0407", f"there is no target `{target}`", help=f"targets: {', '.join(TARGETS)}")
        )
    return _load(TARGETS[target], target).compile(d, **options)


def unsettled(d: Diagram) -> DiagramError:
    """E0604: a loop of `d` has not settled."""
    error: DiagramError = import_module("compilers.unsettled").unsettled(d)
    return error


@contextmanager
def trusting(modules: Sequence[str], folder: str | None) -> Iterator[None]:
    """While it lasts, `extern` may import these modules, and `load` reads files in this folder."""
    with ExitStack() as stack:
        stack.enter_context(import_module("compilers.extern").allowed(modules))
        if folder is not None:
            stack.enter_context(import_module("compilers.data").data_in(folder))
        yield


def training(d: Diagram, sizes: Mapping[str, int], losses: Mapping[str, Diagram], settings: Any) -> Any:
    """A training of `d` by torch with the settings of a command line. Any: the settings are its words."""
    module = _load("compilers.training", "torch")
    own = {name: compile_to(loss, "torch", dtype=settings.dtype) for name, loss in losses.items()}
    options = {"sizes": sizes, "dtype": settings.dtype, "device": settings.device, "seed": settings.seed}
    net = compile_to(d, "torch", **options)
    plan = module.Plan(
        settings.epochs, settings.batch, settings.rate, settings.decay, settings.clip, settings.optimizer,
        settings.seed,
    )  # fmt: skip
    return module.Training(net, module.loss_of(settings.loss, own), plan)


def curve(losses: Sequence[float], epochs: Sequence[float], tests: Sequence[float], title: str) -> str:
    """The curve of a training as SVG."""
    text = import_module("compilers.curve").curve(losses, epochs, tests, title)
    assert isinstance(text, str)
    return text


def to_source(
    d: Diagram, target: str, sizes: Mapping[str, int] | None = None, memory: str | int | None = None
) -> str:
    """`d` as the text of a Python module that stands alone."""
    if target not in TARGETS:
        raise DiagramError(
            Diagnostic("E0407", f"there is no target `{target}`", help=f"targets: {', '.join(TARGETS)}")
        )
    text = import_module("compilers.standalone").to_source(d, target, sizes, memory)
    assert isinstance(text, str)
    return text


def scheduled(d: Diagram, budget: int, sizes: Mapping[str, int], dtype: str) -> Schedule:
    """The plan for `d` under a budget in bytes. Raises `DiagramError` E0311, E0606."""
    found: Schedule = import_module("compilers.schedule").schedule_of(d, budget, sizes, dtype)
    return found


def render(d: Diagram | Optic, path: str | None = None, **options: Any) -> str:
    """Draw `d`; the ending of `path` decides the format. Returns the SVG text if `path` is None."""
    text = import_module("compilers.figure").render(d, path, **options)
    assert isinstance(text, str)
    return text


def render_item(item: Any, path: str | None = None, **options: Any) -> str:
    """Draw a `figure` item of a module; Any: the item belongs to the grammar. Returns the SVG text."""
    text = import_module("compilers.figure").draw_item(item, path, **options)
    assert isinstance(text, str)
    return text


def render_equation(ds: Sequence[Diagram], signs: Sequence[str], path: str) -> None:
    """Draw diagrams side by side with signs between them; the ending of `path` decides the format."""
    figure = import_module("compilers.figure")
    figure.write(figure.equation(*ds, signs=signs), path)


def figure_metrics(d: Any, **options: Any) -> str:
    """How good the figure of a diagram or `figure` item is, one measure a line; the options are those that
    shape it.
    """
    figure = import_module("compilers.figure")
    draw = figure.scene_of if hasattr(d, "diagrams") else figure.layout
    return str(figure.metrics(draw(d, **options)))


def to_text(d: Diagram, name: str = "") -> str:
    """`d` as `.diag` text."""
    text = import_module("grammar.printer").to_text(d, name)
    assert isinstance(text, str)
    return text
