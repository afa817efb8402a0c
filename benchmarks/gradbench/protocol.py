"""The messages: `start`, `define` a module, `evaluate` a function of it, `analysis`. Not here: what the
functions are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from time import perf_counter_ns
from typing import Any, TextIO

from benchmarks.gradbench.evals import EVALS
from benchmarks.gradbench.work import Work
from diagram.errors import DiagramError

Message = dict[str, Any]
"""Any: JSON."""


def serve(lines: Iterable[str], out: TextIO) -> None:
    """One answer for each message, with its id."""
    for line in lines:
        if line.strip():
            print(json.dumps(answer(json.loads(line))), file=out, flush=True)


def answer(message: Message) -> Message:
    """The response to one message."""
    kind, base = message.get("kind"), {"id": message.get("id")}
    if kind == "start":
        return {**base, "tool": "diag"}
    if kind == "define":
        name = message.get("module")
        known = name in EVALS
        return {**base, "success": known, **({} if known else {"error": f"there is no module {name!r}"})}
    if kind == "evaluate":
        return {**base, **_evaluated(message)}
    return base


def _evaluated(message: Message) -> Message:
    function = EVALS.get(str(message.get("module")), {}).get(str(message.get("function")))
    if function is None:
        return {
            "success": False,
            "error": f"{message.get('module')} has no function {message.get('function')!r}",
        }
    given = message.get("input")
    try:
        start = perf_counter_ns()
        work = function(given)
        prepared = perf_counter_ns() - start
        output, times = _timed(work, given)
    except (DiagramError, ValueError, KeyError, TypeError) as error:
        return {"success": False, "error": f"{type(error).__name__}: {error}"}
    timings = [{"name": "prepare", "nanoseconds": prepared}]
    return {
        "success": True,
        "output": output,
        "timings": timings + [{"name": "evaluate", "nanoseconds": t} for t in times],
    }


def _timed(work: Work, given: Any) -> tuple[Any, list[int]]:
    """The output, as JSON, and the times of as many runs as the input asks for."""
    runs = given.get("min_runs", 1) if isinstance(given, dict) else 1
    seconds = given.get("min_seconds", 0) if isinstance(given, dict) else 0
    times: list[int] = []
    result = None
    while len(times) < runs or sum(times) < seconds * 1e9:
        start = perf_counter_ns()
        result = work.run()
        times.append(perf_counter_ns() - start)
    return work.output(result), times
