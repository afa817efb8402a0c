"""A program under a budget of bytes: some of its steps run again, so that their arrays need not be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from compilers.program import Program
from compilers.rooms import Inner, Rooms
from diagram.cost import step_work
from diagram.errors import Diagnostic, DiagramError
from diagram.planning import Problem, Run, plan
from diagram.planning.budget import text_of
from diagram.value import Box, Diagram


@dataclass(frozen=True, slots=True)
class Schedule:
    """A plan for a program: what it holds and costs, beside the program as it is."""

    problem: Problem
    run: Run
    base: Run


def scheduled(p: Program, budget: int, dtypes: Mapping[str, str], inner: Inner) -> tuple[Program, Schedule]:
    """The program that holds at most `budget` bytes besides its inputs and learned arrays. Values stay, bit
    for bit. Raises `DiagramError` E0606 with the smallest budget there is a plan for."""
    problem = Rooms(dtypes, inner).problem(p, _price(p))
    found = plan(problem, budget)
    if found.chosen is None:
        raise too_small(p.name, budget, found.smallest)
    return ordered(p, found.chosen), Schedule(problem, found.chosen, found.base)


def schedule_of(d: Diagram, budget: int, sizes: Mapping[str, int], dtype: str) -> Schedule:
    """The plan of the code for numpy. Raises `DiagramError` E0311 for open sizes, E0606."""
    from compilers.emit import Module
    from compilers.numpy_text import NumpyText

    complex_ = "c128" if dtype == "f64" else "c64"
    module = Module(NumpyText(), {"R": dtype, "C": complex_}, sizes)
    return scheduled(module.program(d), budget, module.dtypes, module.program)[1]


def _price(p: Program) -> Callable[[Box], int]:
    return lambda box: step_work(box, p.wires)


def too_small(name: str, budget: int, smallest: int) -> DiagramError:
    """E0606: no plan fits."""
    return DiagramError(
        Diagnostic(
            "E0606",
            f"`{name or 'the diagram'}` cannot run in {text_of(budget)}",
            notes=("counted are the arrays between inputs and results; some steps run again, none in parts",),
            help=f"the smallest budget that there is a plan for is {text_of(smallest)} ({smallest} bytes)",
        )
    )


def ordered(p: Program, run: Run) -> Program:
    """The steps in the order of a run; what runs again writes to wires of its own."""
    wires, names = list(p.wires), list(p.names)
    now: dict[int, int] = {}
    steps = []
    results = set(p.outputs)
    for t in run.order:
        step = p.steps[t]
        dom = tuple(now.get(w, w) for w in step.dom)
        cod = []
        for w in step.cod:
            mine = w
            if w in now:
                mine = len(wires)
                wires.append(p.wires[w])
                names.append(p.names[w])
            if w not in now or w not in results:
                now[w] = mine
            cod.append(mine)
        steps.append(step._replace(dom=dom, cod=tuple(cod)))
    return replace(p, wires=tuple(wires), names=tuple(names), steps=tuple(steps))
