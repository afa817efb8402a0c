"""Rows whose index structure is everything: contract, gather, scatter, concat; and sources."""

from __future__ import annotations

from diagram.op import Kind, Op

TENSOR = (
    Op(
        "contract",
        Kind.CONTRACT,
        -1,
        dtype="number",
        linear=(-1,),
        flops=2,
        glyph="Σ",
        doc="Product of all inputs, read and written through affine maps, summed over those in no output.",
    ),
    Op(
        "gather",
        Kind.GATHER,
        -1,
        dtype="first",
        linear=(0,),
        flops=0,
        glyph="⌕",
        doc="Entries of the first input at the positions the others give.",
    ),
    Op(
        "scatter",
        Kind.SCATTER,
        -1,
        dtype="first",
        linear=(0,),
        flops=1,
        glyph="⊞",
        doc="Entries of the first input added into zeros at the positions the others give.",
    ),
    Op(
        "concat",
        Kind.WHOLE,
        -1,
        dtype="same",
        linear=(-1,),
        flops=0,
        glyph="⧺",
        args=("offsets",),
        doc="Arrays one after the other along the core axis; `offsets` says where each starts.",
    ),
)

SOURCES = (
    Op(
        "const",
        Kind.SOURCE,
        0,
        "xp.asarray({value}, {dtype})",
        "xp.tensor({value}, dtype={dtype}, device={device})",
        "given",
        flops=0,
        glyph="",
        doc="The number `value`.",
        args=("value",),
    ),
    Op(
        "full",
        Kind.SOURCE,
        0,
        "xp.full({shape}, {value}, {dtype})",
        "xp.full({shape}, {value}, dtype={dtype}, device={device})",
        "given",
        flops=0,
        glyph="full",
        doc="An array all of whose entries are `value`.",
        args=("value",),
    ),
    Op(
        "iota",
        Kind.SOURCE,
        0,
        "xp.arange({size})",
        "xp.arange({size}, device={device})",
        "given",
        flops=0,
        glyph="0 1 2",
        doc="The positions of an axis: 0, 1, 2, ..., of dtype nat.",
    ),
    Op(
        "eye",
        Kind.SOURCE,
        0,
        "xp.eye(*{shape}, dtype={dtype})",
        "xp.eye(*{shape}, dtype={dtype}, device={device})",
        "given",
        flops=0,
        glyph="1",
        doc="The identity matrix.",
    ),
)
