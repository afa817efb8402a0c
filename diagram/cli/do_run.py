"""Compute a definition on arrays. Inputs come from a .npz by name, or a .npy if there is one input;
without --inputs they are drawn at random by their types. Learned arrays are drawn too, or read with --params.

Without -o the results are shown on standard output.
"""

from __future__ import annotations

from argparse import ArgumentParser

from diagram.cli import sources


def options(parser: ArgumentParser) -> None:
    """The options of `diag run`."""
    sources.options(parser)
    parser.add_argument("--inputs", metavar="PATH", help="arrays to run on: .npz by name, or .npy")
    parser.add_argument("--params", metavar="PATH", help="learned arrays: .npz by path")
    parser.add_argument("--backend", choices=("numpy", "torch"), default="numpy", help="who computes")
    parser.add_argument("--dtype", choices=("f64", "f32"), help="what R means (numpy: f64, torch: f32)")
    parser.add_argument(
        "--seed", type=int, metavar="N", default=0, help="of random inputs and parameters (default: 0)"
    )
    parser.add_argument("-o", "--output", metavar="PATH", help="write the results: .npz by name, or .npy")
