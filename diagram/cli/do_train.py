"""Train the learned arrays of a definition with torch. The data is a .npz: the inputs by name, each with the
examples as first axis, and `target` for the loss.

--loss names a built-in one (cross_entropy, mse, mae, bce), or a definition of the file that takes the result
and the target; without it the definition itself must give the loss. With --checkpoint the state is written
after every epoch; --resume goes on from it, to the same numbers as without the interruption.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from diagram.cli import FAULTY, sources
from diagram.cli.command import Usage, writable
from diagram.cli.files import existing, note, write
from diagram.cli.words import listing, nearest

if TYPE_CHECKING:
    from diagram.cli.arrays import Arrays
    from diagram.value import Diagram

LOSSES = ("cross_entropy", "mse", "mae", "bce")
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "rmsprop")


def options(parser: ArgumentParser) -> None:
    """The options of `diag train`."""
    sources.options(parser)
    add = parser.add_argument
    add("--data", metavar="PATH", required=True, help="examples: .npz by name")
    add("--test", metavar="PATH", help="held-out examples, measured after each epoch: .npz by name")
    add("--loss", metavar="LOSS", default="", help="a built-in loss or a definition of the file")
    add("--optimizer", choices=OPTIMIZERS, default="adam", help="how steps are taken (default: adam)")
    add("--epochs", type=int, metavar="N", default=10, help="passes over the data (default: 10)")
    add("--batch", type=int, metavar="N", default=32, help="examples of a step (default: 32)")
    add("--rate", type=float, metavar="R", default=1e-3, help="learning rate (default: 0.001)")
    add("--decay", type=float, metavar="R", default=0.0, help="weight decay (default: 0)")
    add("--clip", type=float, metavar="R", default=float("inf"), help="longest gradient (default: any)")
    add("--seed", type=int, metavar="N", default=0, help="of initial values and order (default: 0)")
    add("--dtype", choices=("f64", "f32"), default="f32", help="what R means (default: f32)")
    add("--device", metavar="NAME", default="cpu", help="cpu, cuda, or auto (default: cpu)")
    add("--checkpoint", metavar="PATH", help="a .npz to write after every epoch")
    add("--resume", action="store_true", help="go on from the checkpoint, if it is there")
    add("--curve", metavar="PATH", help="write the curve of losses: .svg")
    add("-o", "--output", metavar="PATH", help="write the learned arrays: .npz or .safetensors")


def run(args: Namespace) -> int:
    """Train, report, write."""
    for path in (args.checkpoint, args.curve):
        writable(path)
    if args.output is not None and not args.output.endswith((".npz", ".safetensors")):
        raise Usage(f"cannot write learned arrays to `{args.output}`", "its ending is .npz or .safetensors")
    if args.resume and args.checkpoint is None:
        raise Usage("--resume needs --checkpoint PATH")
    if min(args.epochs, args.batch) < 1:
        raise Usage("--epochs and --batch are at least 1")
    d, sizes = sources.definition(args)
    data = _data(args.data, d, args.loss)
    held = _data(args.test, d, args.loss) if args.test is not None else None
    from diagram import _compilers

    training = _compilers.training(d, sizes, _losses(args), args)
    try:
        return _train(training, data, held, args)
    except ArithmeticError as error:
        note(f"error: {error}; the step is not taken")
        note("  = help: a smaller --rate, or --clip 1.0; learned arrays of before are in the checkpoint")
        return FAULTY


def _losses(args: Namespace) -> dict[str, Diagram]:
    """The loss that the file defines, if --loss names one."""
    if not args.loss or args.loss in LOSSES:
        return {}
    loaded = sources.module(args.file)
    if args.loss not in loaded.definitions:
        known = (*LOSSES, *loaded.definitions)
        raise Usage(
            f"there is no loss `{args.loss}`{nearest(args.loss, known)}", f"there is {listing(known)}"
        )
    return {args.loss: loaded[args.loss]}


def _data(path: str, d: Diagram, loss: str) -> Arrays:
    """The arrays of a file, all with the same number of examples."""
    from diagram.cli import arrays

    names = (*d.input_names, *(("target",) if loss else ()))
    found = arrays.read(path, names)
    arrays.match(found, names, path)
    counts = {name: len(array) if array.ndim else 0 for name, array in found.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        shown = ", ".join(f"`{n}` has {k}" for n, k in counts.items())
        raise Usage(
            f"`{path}`: the arrays have different numbers of examples: {shown}", "the first axis counts"
        )
    return found


def _train(
    training: Any, data: Arrays, held: Arrays | None, args: Namespace
) -> int:  # Any: torch is not here
    from pathlib import Path

    if args.resume and Path(args.checkpoint).exists():
        try:
            training.resume(existing(args.checkpoint, ".npz"))
        except ValueError as error:
            raise Usage(str(error), "take it away, or give the settings it was made with") from None
        note(f"resumed after epoch {training.progress.epoch}")
    hits = args.loss == "cross_entropy"
    start = time.perf_counter()
    for progress in training.epochs(data):
        words = [f"loss {progress.epochs[-1]:.4f}"]
        if held is not None:
            test, right = training.measure(held, hits)
            progress.tests.append(test)
            words += [f"test {test:.4f}"] + [f"accuracy {100 * right:.1f} %"] * hits
        if args.checkpoint is not None:
            training.save(args.checkpoint)
        _report(progress.epoch, args.epochs, words, time.perf_counter() - start)
    progress = training.progress
    if args.curve is not None:
        from diagram import _compilers

        name = f"{args.file}: {training.module.diagram.name}"
        write(args.curve, _compilers.curve(progress.losses, progress.epochs, progress.tests, name))
    if args.output is not None:
        training.export(args.output)
        note(f"wrote {args.output}")
    last = [f"loss {progress.epochs[-1]!r}"]
    if held is not None:
        test, right = training.measure(held, hits)
        last += [f"test {test!r}"] + [f"accuracy {right!r}"] * hits
    print(", ".join(last))
    return 0


def _report(epoch: int, epochs: int, words: list[str], seconds: float) -> None:
    """A line for an epoch; on a terminal with a bar that stays in its place."""
    done = 20 * epoch // epochs
    if sys.stderr.isatty():
        bar = "█" * done + "░" * (20 - done)
        end = "\n" if epoch == epochs else ""
        print(
            f"\r{bar} {epoch}/{epochs}  {'  '.join(words)}  {seconds:.0f} s ",
            end=end,
            file=sys.stderr,
            flush=True,
        )
    else:
        note(f"epoch {epoch}/{epochs}  {'  '.join(words)}  {seconds:.1f} s")
