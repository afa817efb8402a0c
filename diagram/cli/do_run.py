"""Compute a definition on arrays. Inputs come from a .npz by name, or a .npy if there is one input;
without --inputs they are drawn at random by their types. Learned arrays are drawn too, or read with --params.

Without -o the results are shown on standard output.
"""

from __future__ import annotations

import os
import warnings
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from diagram import _compilers
from diagram.cli import USAGE, sources
from diagram.cli.command import Usage
from diagram.cli.files import existing, note
from diagram.errors import DiagramError

if TYPE_CHECKING:
    from diagram.cli.arrays import Arrays
    from diagram.value import Diagram


def options(parser: ArgumentParser) -> None:
    """The options of `diag run`."""
    sources.options(parser)
    sources.budget_option(parser)
    parser.add_argument("--inputs", metavar="PATH", help="arrays to run on: .npz by name, or .npy")
    parser.add_argument("--params", metavar="PATH", help="learned arrays: .npz by path, or .safetensors")
    parser.add_argument("--map", metavar="PATH", help="what the learned arrays are called in that file")
    parser.add_argument("--backend", choices=("numpy", "torch"), default="numpy", help="who computes")
    parser.add_argument("--dtype", choices=("f64", "f32"), help="what R means (numpy: f64, torch: f32)")
    parser.add_argument(
        "--allow-extern",
        metavar="MODULE",
        nargs="+",
        action="extend",
        default=[],
        help="Python modules that `extern` boxes may import; give them after FILE and NAME",
    )
    parser.add_argument("--data", metavar="FOLDER", help='where `load("file.npz")` finds its files')
    parser.add_argument(
        "--seed", type=int, metavar="N", default=0, help="of random inputs and parameters (default: 0)"
    )
    parser.add_argument("-o", "--output", metavar="PATH", help="write the results: .npz by name, or .npy")


def run(args: Namespace) -> int:
    """Compile, run, show or write."""
    from diagram.cli import arrays

    d, sizes = sources.definition(args)
    budget = sources.budget(args)
    if args.output is not None:
        arrays.check_ending(args.output, d.output_names)
    if args.data is not None and not os.path.isdir(args.data):
        raise Usage(f"`{args.data}` is no folder", "--data names the folder that `load` reads from")
    try:
        with _compilers.trusting(args.allow_extern, args.data), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what becomes of it is said below
            results = _computed(d, sizes, budget, args)
    except DiagramError as error:
        # the definition is right: what does not fit are the sizes and arrays of this command line
        from diagram.cli.messages import show

        show(error.diagnostics, args)
        return USAGE
    for name, array in results.items():
        if strange := arrays.strange(array):
            note(f"`{name}` has entries that are {strange}")
    if args.output is None:
        for (name, array), type_ in zip(results.items(), d.cod, strict=True):
            print(arrays.summary(name, type_, array))
        return 0
    arrays.save(args.output, results)
    note(f"wrote {args.output}: {arrays.shapes(results)}")
    return 0


def _computed(d: Diagram, sizes: dict[str, int], budget: int | None, args: Namespace) -> Arrays:
    """The results by name."""
    from diagram.cli import arrays, engines
    from diagram.cli.memory import fits

    fits(d, sizes)
    if args.inputs is not None:
        inputs = arrays.read(args.inputs, d.input_names)
        arrays.match(inputs, d.input_names, args.inputs)
    else:
        inputs = arrays.drawn(d, sizes, args.seed)
        if inputs:
            note(f"inputs drawn at random with seed {args.seed}: {arrays.shapes(inputs)}")
    learned: Arrays | engines.File | None = None
    if args.map is not None and args.params is None:
        raise Usage("--map says what the arrays of --params are called, but there is no --params")
    if args.map is not None or (args.params is not None and not args.params.endswith(".npz")):
        learned = engines.File(existing(args.params, ".safetensors or .npz"), args.map and existing(args.map))
    elif args.params is not None:
        paths = tuple(p.path for p in d.params)
        learned = arrays.read(args.params, paths)
        arrays.match(learned, paths, args.params, "learned array")
    return engines.ENGINES[args.backend](d, inputs, learned, sizes, args.seed, args.dtype, budget)
