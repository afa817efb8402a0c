"""Contractions that are convolutions, for torch: `conv1d` .. `conv3d` from affine reads, their transposes
from writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from compilers.frame import Frame
from compilers.labels import Array, Space
from compilers.lower import Job
from compilers.reads import bounds, read, sign, tidy
from diagram.bounds import at_least
from diagram.sizes import Size, product
from diagram.spec import Map, Slot


@dataclass(slots=True)
class Windows:
    """One sliding axis: positions `step * place + inner * tap + offset` on axis `axis` of the large array."""

    axis: int
    place: int
    step: Size
    tap: int
    inner: Size
    offset: Size
    flipped: bool = False


@dataclass(slots=True)
class Roles:
    """What each index does: `batch` and `channels` in the large or small image, `out`, `groups`, and
    the windows.
    """

    windows: list[Windows]
    batch: list[int] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)


def convolution(job: Job, bias: Array | None = None) -> Array | None:
    """The result as a convolution or transposed convolution, or None if the contraction is neither.

    `bias` is added if it is given; its labels must be the channels of the result, in the order of the kernel.
    """
    spec = job.spec
    if len(spec.ins) != 2 or not all(t.dtype.is_real for t in (*job.dom, *job.cod)):
        return None
    if all(s.index is not None for port in (*spec.ins, *spec.outs) for s in port):
        return None
    outs = spec.outs[0]
    if all(s.index is not None for s in outs):
        for image in _images(job):
            found = _forward(job, image, bias)
            if found is not None:
                return found
        return None
    for image in _images(job):
        found = _transposed(job, image)
        if found is not None:
            return found
    return None


def _images(job: Job) -> list[int]:
    """Which operand to try as the image first: not a learned array, else the larger one."""
    sizes = [product(t.shape).constant or 1 << 40 for t in job.dom]
    return sorted((0, 1), key=lambda k: (k in job.weights, -sizes[k]))


def _is_plain(slots: Map) -> bool:
    return all(s.index is not None for s in slots) and len({s.index for s in slots}) == len(slots)


def _indices(slots: Map) -> set[int]:
    return {i for s in slots for i, _ in s.terms}


def _window(axis: int, slot: Slot, places: set[int], taps: set[int], sizes: list[Size]) -> Windows | None:
    """A slot as a sliding window with its place among `places` and its tap among `taps`."""
    if len(slot.terms) != 2 or slot.gather >= 0:
        return None
    for (place, step), (tap, inner) in (slot.terms, slot.terms[::-1]):
        if place in places and tap in taps and tap not in places and place not in taps and sign(step) == 1:
            if sign(inner) == 1:
                return Windows(axis, place, step, tap, inner, slot.offset)
            if sign(inner) == -1:
                return Windows(axis, place, step, tap, -inner, slot.offset + inner * (sizes[tap] - 1), True)
    return None


def _sliding(slots: Map, places: set[int], taps: set[int], sizes: list[Size]) -> list[Windows] | None:
    """The windows of a large image; None if another slot is not plain, or an index is used twice."""
    found: list[Windows] = []
    used: list[int] = []
    for axis, slot in enumerate(map(tidy, slots)):
        used += [i for i, _ in slot.terms]
        if slot.index is None:
            window = _window(axis, slot, places, taps, sizes)
            if window is None:
                return None
            found.append(window)
    return found if 1 <= len(found) <= 3 and len(set(used)) == len(used) else None


def _forward(job: Job, image: int, bias: Array | None) -> Array | None:
    spec = job.spec
    x, w, out = spec.ins[image], spec.ins[1 - image], spec.outs[0]
    if not _is_plain(w) or not _is_plain(out) or spec.pad(image) not in (None, "0"):
        return None
    sizes = [a.size for a in spec.indices]
    kept, mine = _indices(out), _indices(w)
    windows = _sliding(x, kept - mine, mine - kept, sizes)
    if spec.pad(image) is not None and not _fits(x, job.dom[image].shape, sizes):
        return None
    if windows is None or not _indices(x) | mine >= kept:
        return None
    space = job.space()
    roles = _roles(windows, _indices(x), mine, kept)
    if roles is None or (bias is not None and list(bias.labels) != [*roles.groups, *roles.out]):
        return None
    image_array = _image(job, space, image, roles)
    kernel = _kernel(job, space, 1 - image, roles, [*roles.groups, *roles.out], roles.channels)
    shift = None if bias is None else space.merge(bias, [bias.labels], [0]).text
    text = _call(job, space, roles, image_array, kernel, shift)
    labels = [*roles.batch, *roles.groups, *roles.out, *(v.place for v in windows)]
    groups = [roles.batch, [*roles.groups, *roles.out], *([v.place] for v in windows)]
    return job.write(space, _unfolded(space, text, groups, labels))


def _fits(slots: Map, shape: tuple[Size, ...], sizes: list[Size]) -> bool:
    """Whether plain slots stay inside the array: only windows are padded."""
    return all(s.index is None or at_least(n - sizes[s.index], 0) for s, n in zip(slots, shape, strict=True))


def _roles(windows: list[Windows], image: set[int], kernel: set[int], kept: set[int]) -> Roles | None:
    sliding = {i for v in windows for i in (v.place, v.tap)}
    roles = Roles(windows)
    for index in sorted((image | kernel) - sliding):
        if index in image and index in kernel:
            (roles.groups if index in kept else roles.channels).append(index)
        elif index in image and index in kept:
            roles.batch.append(index)
        elif index in kernel and index in kept:
            roles.out.append(index)
        else:
            return None
    return roles


def _unfolded(space: Space, text: str, groups: list[list[int]], labels: list[int]) -> Array:
    return space.split(Array(text, tuple(range(len(groups)))), groups).relabel(labels)


def _image(job: Job, space: Space, port: int, roles: Roles) -> Array:
    """`[batch, (groups channels), places...]`: the sliding axes whole, cut or padded to what the
    windows reach.
    """
    array, slots, shape = job.operands[port], job.spec.ins[port], job.dom[port].shape
    axes = {v.axis: space.fresh(shape[v.axis]) for v in roles.windows}
    own = tuple(Slot.at(axes[a]) if a in axes else s for a, s in enumerate(slots))
    whole = read(space, array, shape, own, None)
    order = [roles.batch, [*roles.groups, *roles.channels], *([axes[v.axis]] for v in roles.windows)]
    return space.merge(whole, order, range(len(order)))


def _kernel(job: Job, space: Space, port: int, roles: Roles, first: list[int], second: list[int]) -> Array:
    array = read(space, job.operands[port], job.dom[port].shape, job.spec.ins[port], None)
    order = [first, second, *([v.tap] for v in roles.windows)]
    kernel = space.merge(array, order, range(len(order)))
    for k, v in enumerate(roles.windows):
        if v.flipped:
            kernel = replace(kernel, text=space.dialect.flip(kernel.text, 2 + k))
    return kernel


def _call(job: Job, space: Space, roles: Roles, image: Array, kernel: Array, bias: str | None) -> str:
    """`F.convNd`, with the library's own padding where it is what the read says, else with `F.pad`."""
    frame, sizes, port_shape = job.frame, space.sizes, {}
    for port in (0, 1):
        if not _is_plain(job.spec.ins[port]):
            port_shape = dict(enumerate(job.dom[port].shape))
    amounts: list[tuple[Size, Size]] = []
    exact: list[Size | None] = []
    for v in roles.windows:
        slot = Slot(((v.place, v.step), (v.tap, v.inner)), v.offset)
        low, high = bounds(slot, sizes)
        n = port_shape[v.axis]
        amounts.append((-low, high - (n - 1)))
        exact.append(_own_padding(n, -low, v, sizes))
    options = _options(frame, roles)
    if all(p is not None for p in exact):
        pads = [frame.size(p) for p in exact if p is not None]
        if set(pads) != {"0"}:
            options.insert(0, f"padding={_each(pads)}")
    else:
        flat = [frame.size(part) for pair in reversed(amounts) for part in pair]
        image = Array(f"F.pad({image.text}, ({', '.join(flat)}))", image.labels)
    if roles.groups:
        options.append(f"groups={frame.size(product(space.sizes[i] for i in roles.groups))}")
    arguments = ", ".join([image.text, kernel.text, *([bias] if bias else []), *options])
    return f"F.conv{len(roles.windows)}d({arguments})"


def _own_padding(n: Size, before: Size, v: Windows, sizes: list[Size]) -> Size | None:
    """The padding with which the library makes exactly the places there are, if there is one."""
    if not at_least(before, 0):
        return None
    count = (n + 2 * before - v.inner * (sizes[v.tap] - 1) - 1) // v.step + 1
    return before if count == sizes[v.place] else None


def _options(frame: Frame, roles: Roles) -> list[str]:

    steps = [frame.size(v.step) for v in roles.windows]
    inner = [frame.size(v.inner) for v in roles.windows]
    options = []
    if set(steps) != {"1"}:
        options.append(f"stride={_each(steps)}")
    if set(inner) != {"1"}:
        options.append(f"dilation={_each(inner)}")
    return options


def _each(values: list[str]) -> str:
    """One number for all axes if they agree, else a tuple."""
    return values[0] if len(set(values)) == 1 else f"({', '.join(values)})"


def _transposed(job: Job, image: int) -> Array | None:
    """Writes at `step * place + inner * tap + offset`: the small image has the places, the kernel the
    taps.
    """
    spec = job.spec
    x, w, out = spec.ins[image], spec.ins[1 - image], spec.outs[0]
    if not _is_plain(x) or not _is_plain(w) or spec.pad(len(spec.ins)) not in (None, "0"):
        return None
    sizes = [a.size for a in spec.indices]
    windows = _sliding(out, _indices(x) - _indices(w), _indices(w) - _indices(x), sizes)
    if windows is None:
        return None
    roles = _roles(windows, _indices(x), _indices(w), _indices(out))
    if roles is None:
        return None
    space = job.space()
    image_array = read(space, job.operands[image], job.dom[image].shape, x, None)
    order = [roles.batch, [*roles.groups, *roles.channels], *([v.place] for v in windows)]
    image_array = space.merge(image_array, order, range(len(order)))
    kernel = _kernel(job, space, 1 - image, roles, [*roles.groups, *roles.channels], roles.out)
    return _transposed_call(job, space, roles, image_array, kernel)


def _transposed_call(job: Job, space: Space, roles: Roles, image: Array, kernel: Array) -> Array:
    frame, sizes = job.frame, space.sizes
    shape, slots = job.cod[0].shape, job.spec.outs[0]
    options = _options(frame, roles)
    before = [-v.offset for v in roles.windows]
    after: list[Size] = []
    for v, lead in zip(roles.windows, before, strict=True):
        full = v.step * (sizes[v.place] - 1) + v.inner * (sizes[v.tap] - 1) + 1
        after.append(full - lead - shape[v.axis])
    same = all(a == b and at_least(a, 0) for a, b in zip(before, after, strict=True))
    if same and any(b != 0 for b in before):
        options.insert(0, f"padding={_each([frame.size(b) for b in before])}")
    if roles.groups:
        options.append(f"groups={frame.size(product(space.sizes[i] for i in roles.groups))}")
    text = f"F.conv_transpose{len(roles.windows)}d({', '.join([image.text, kernel.text, *options])})"
    if not same:
        flat = [frame.size(-part) for pair in zip(before[::-1], after[::-1], strict=True) for part in pair]
        text = f"F.pad({text}, ({', '.join(flat)}))"
    own = [space.fresh(shape[v.axis]) for v in roles.windows]
    groups = [roles.batch, [*roles.groups, *roles.out], *([x] for x in own)]
    array = space.split(Array(text, tuple(range(len(groups)))), groups)
    moved = {v.axis: label for v, label in zip(roles.windows, own, strict=True)}
    axis_of = {moved.get(a, s.index): a for a, s in enumerate(slots)}
    return array.relabel(axis_of[label] for label in array.labels)
