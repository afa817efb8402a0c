"""Training with torch: batches in a seeded order, checkpoints that resume to the same numbers, a stop at the
first number that is none.

Everything random follows from (seed, epoch), so an interrupted training that resumes gives the same losses as
one that was not interrupted.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from compilers.safetensors import write
from compilers.to_torch import DiagramModule
from diagram.reals import Real

Arrays = Mapping[str, NDArray[Any]]
"""Any: element types are those of the data."""
LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cross_entropy": lambda z, t: torch.nn.functional.cross_entropy(z, t.long()),
    "mse": torch.nn.functional.mse_loss,
    "mae": torch.nn.functional.l1_loss,
    "bce": lambda z, t: torch.nn.functional.binary_cross_entropy_with_logits(z, t.to(z.dtype)),
}
"""Built-in losses: of a result and the array `target` of the data."""
OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
    "rmsprop": (torch.optim.RMSprop, {}),
}


class Diverged(ArithmeticError):
    """A loss or a gradient is no finite number; `place` is the learned array, or empty for the loss."""

    def __init__(self, epoch: int, step: int, place: str) -> None:
        self.epoch, self.step, self.place = epoch, step, place
        what = f"the gradient of `{place}`" if place else "the loss"
        super().__init__(f"{what} is not finite in epoch {epoch + 1}, step {step + 1}")


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train."""

    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    decay: float = 0.0
    clip: float = math.inf
    optimizer: str = "adam"
    seed: int = 0


@dataclass(slots=True)
class Progress:
    """Where a training stands: losses of all steps, mean losses of the epochs, measures on held-out data."""

    epoch: int = 0
    losses: list[float] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)
    tests: list[float] = field(default_factory=list)


class Training:
    """A module on its way. `loss(module, batch)` is the mean over a batch, a dict of tensors by name."""

    def __init__(
        self,
        module: DiagramModule,
        loss: Callable[[DiagramModule, Mapping[str, Any]], torch.Tensor],
        plan: Plan,
    ) -> None:
        self.module = module
        self.loss = loss
        self.plan = plan
        self.progress = Progress()
        kind, options = OPTIMIZERS[plan.optimizer]
        self.optimizer = kind(groups(module, plan), **options)

    def epochs(self, data: Arrays) -> Iterator[Progress]:
        """Train to the last epoch; the progress after each. Raises `Diverged`, before that step is taken."""
        while self.progress.epoch < self.plan.epochs:
            epoch = self.progress.epoch
            found = [self._step(batch, epoch, k) for k, batch in enumerate(self._batches(data, epoch))]
            self.progress.losses += found
            self.progress.epochs.append(sum(found) / len(found))
            self.progress.epoch += 1
            yield self.progress

    def _batches(self, data: Arrays, epoch: int) -> Iterator[dict[str, torch.Tensor]]:
        count = len(next(iter(data.values())))
        order = np.random.default_rng([self.plan.seed, epoch]).permutation(count)
        for start in range(0, count, self.plan.batch):
            yield tensors(data, order[start : start + self.plan.batch], self.module)

    def _step(self, batch: Mapping[str, Any], epoch: int, step: int) -> float:
        self.optimizer.zero_grad(set_to_none=True)
        value = self.loss(self.module, batch)
        if not torch.isfinite(value):
            raise Diverged(epoch, step, "")
        value.backward()  # type: ignore[no-untyped-call]  # torch's own
        for path, p in self.module.named_parameters():
            if p.grad is not None and not torch.isfinite(p.grad).all():
                raise Diverged(epoch, step, path)
        if self.plan.clip < math.inf:
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.plan.clip)
        self.optimizer.step()
        return float(value.detach())

    def measure(self, data: Arrays, hits: bool) -> tuple[float, float]:
        """The mean loss on data, and if `hits` the share of rows whose largest entry is at `target`."""
        count = len(next(iter(data.values())))
        total, right = 0.0, 0.0
        with torch.no_grad():
            for start in range(0, count, 256):
                rows = np.arange(start, min(start + 256, count))
                batch = tensors(data, rows, self.module)
                total += float(self.loss(self.module, batch)) * len(rows)
                if hits:
                    result = answer(self.module, batch)
                    right += float((result.argmax(-1) == batch["target"].long()).sum())
        return total / count, right / count if hits else math.nan

    def save(self, path: str | Path) -> None:
        """A checkpoint as `.npz`: learned arrays, state of the optimizer, losses. It appears whole or not."""
        state = {f"model/{name}": t.detach().cpu().numpy() for name, t in self.module.state_dict().items()}
        for k, entries in self.optimizer.state_dict()["state"].items():
            state |= {f"state/{k}/{key}": _array(value) for key, value in entries.items()}
        p = self.progress
        state |= {
            "epoch": np.asarray(p.epoch),
            "losses": np.asarray(p.losses),
            "epochs": np.asarray(p.epochs),
        }
        state |= {"tests": np.asarray(p.tests), "plan": np.asarray(_identity(self.plan))}
        draft = Path(f"{path}.part")
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **state)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def export(self, path: str) -> None:
        """The learned arrays by path, as `.npz` or `.safetensors`."""
        arrays = {name: t.detach().cpu().numpy() for name, t in self.module.state_dict().items()}
        draft = Path(f"{path}.part")
        if path.endswith(".safetensors"):
            write(draft, arrays)
        else:
            with draft.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
        draft.replace(path)

    def resume(self, path: str | Path) -> None:
        """Go on from a checkpoint. Raises `ValueError` if it is none, or one of another model or plan."""
        try:
            with np.load(path, allow_pickle=False) as loaded:
                found = {name: loaded[name] for name in loaded.files}
            plan = str(found["plan"])
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no checkpoint: {error}") from None
        if plan != _identity(self.plan):
            raise ValueError(f"{path} was made with other settings: {plan}, not {_identity(self.plan)}")
        mine = self.module.state_dict()
        theirs = {n.removeprefix("model/"): a for n, a in found.items() if n.startswith("model/")}
        if {n: tuple(t.shape) for n, t in mine.items()} != {n: a.shape for n, a in theirs.items()}:
            raise ValueError(f"{path} is the checkpoint of another model")
        self.module.load_state_dict({n: torch.from_numpy(a) for n, a in theirs.items()})
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, array in found.items():
            if name.startswith("state/"):
                _, k, key = name.split("/")
                state.setdefault(int(k), {})[key] = torch.from_numpy(np.array(array))
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        self.progress = Progress(
            int(found["epoch"]), *(found[n].tolist() for n in ("losses", "epochs", "tests"))
        )


def _array(value: object) -> NDArray[Any]:  # Any: the element type is that of the tensor
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def _identity(plan: Plan) -> str:
    """What must be the same for a training to go on: all but the number of epochs."""
    return (
        f"optimizer {plan.optimizer}, rate {plan.rate!r}, decay {plan.decay!r}, clip {plan.clip!r}, "
        f"batch {plan.batch}, seed {plan.seed}"
    )


def answer(module: DiagramModule, batch: Mapping[str, Any]) -> Any:  # Any: a tensor, or a tuple of them
    """What the module makes of a batch; arrays that are no inputs of it (the target) are left out."""
    names = module.diagram.input_names
    return module({name: batch[name] for name in names})


def loss_of(
    name: str, own: Mapping[str, DiagramModule]
) -> Callable[[DiagramModule, Mapping[str, Any]], torch.Tensor]:
    """A loss by name: of the file (`own`), built in, or `""` for a module that is a loss itself."""
    if not name:
        return lambda module, batch: answer(module, batch).mean()
    if name in own:
        return lambda module, batch: own[name](
            answer(module, batch), _wanted(own[name], batch["target"])
        ).mean()
    rule = LOSSES[name]
    return lambda module, batch: rule(answer(module, batch), batch["target"])


def _wanted(loss: DiagramModule, target: torch.Tensor) -> torch.Tensor:
    """The target as the loss wants its last input."""
    dtype = getattr(loss.diagram.dom[-1], "dtype", None)
    return target.long() if dtype is not None and dtype.is_integer else target


def groups(module: DiagramModule, plan: Plan) -> list[dict[str, Any]]:
    """Learned arrays by their rates: `lr = r` and `decay = r` of the text go before those of the plan."""
    parameters = dict(module.named_parameters())
    found: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for param in module.diagram.params:
        if param.path not in parameters or param.frozen:
            continue
        options = dict(param.options)
        rates = tuple(
            _number(value) if isinstance(value, Real) else default
            for value, default in ((options.get("lr"), plan.rate), (options.get("decay"), plan.decay))
        )
        found.setdefault((rates[0], rates[1]), []).append(parameters[param.path])
    return [{"params": ps, "lr": lr, "weight_decay": decay} for (lr, decay), ps in found.items()]


def _number(value: Real) -> float:
    number = value.evaluate({})
    assert isinstance(number, int | float)
    return float(number)


def tensors(
    data: Arrays, rows: Sequence[int] | NDArray[np.intp], module: DiagramModule
) -> dict[str, torch.Tensor]:
    """Some rows of the data, real numbers in the precision of the module where it wants real ones."""
    like = next((p for p in module.parameters() if p.is_floating_point()), torch.empty(0))
    wanted = {
        n: getattr(t, "dtype", None)
        for n, t in zip(module.diagram.input_names, module.diagram.dom, strict=True)
    }
    found = {}
    for name, array in data.items():
        tensor = torch.from_numpy(np.ascontiguousarray(array[rows]))
        dtype = wanted.get(name)
        if tensor.is_floating_point() or (dtype is not None and dtype.is_real):
            tensor = tensor.to(like.dtype)
        elif dtype is not None and dtype.is_integer:
            tensor = tensor.long()
        found[name] = tensor.to(like.device)
    return found
