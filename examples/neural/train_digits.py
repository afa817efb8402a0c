"""Train the digit classifiers of digits.diag with a loop of one's own: the diagram is an nn.Module.

python examples/neural/train_digits.py vit
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

import diagram

HERE = Path(__file__).parent


def examples(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures and their digits."""
    with np.load(HERE / name) as data:
        return torch.from_numpy(data["X"]).float(), torch.from_numpy(data["target"]).long()


def train(name: str, epochs: int = 12) -> float:
    """Train one of the classifiers; the share of right answers on held-out pictures."""
    net = diagram.load(HERE / "digits.diag")[name].compile("torch")
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
    pictures, digits = examples("digits.npz")
    for epoch in range(epochs):
        order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(epoch))
        for rows in torch.split(order, 32):
            optimizer.zero_grad()
            loss = cross_entropy(net(pictures[rows]), digits[rows])
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}")
    pictures, digits = examples("digits_test.npz")
    with torch.no_grad():
        return float((net(pictures).argmax(-1) == digits).float().mean())


if __name__ == "__main__":
    print(f"right: {100 * train(sys.argv[1] if len(sys.argv) > 1 else 'convnet'):.1f} %")
