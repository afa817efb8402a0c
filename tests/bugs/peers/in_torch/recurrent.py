"""LSTM and GRU in torch; the state is as wide as the input."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

b, t, i, n = 2, 10, 32, 32


class LSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ih, self.hh = nn.Linear(i, 4 * n), nn.Linear(n, 4 * n, bias=False)

    @checked
    def forward(
        self, X: Float[Tensor, "b t i"], H: Float[Tensor, "b n"], C: Float[Tensor, "b n"]
    ) -> Float[Tensor, "b t n"]:
        Y = []
        for x in X.unbind(1):
            Z = (self.ih(x) + self.hh(H)).unflatten(1, (4, n))
            C = Z[:, 1].sigmoid() * C + Z[:, 0].sigmoid() * Z[:, 2].tanh()
            H = Z[:, 3].sigmoid() * C.tanh()
            Y.append(H)
        return torch.stack(Y, 1)


class GRU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ir, self.iz, self.ic = (nn.Linear(i, n) for _ in range(3))
        self.hr, self.hz, self.hc = (nn.Linear(n, n) for _ in range(3))

    @checked
    def forward(self, H: Float[Tensor, "b n"], X: Float[Tensor, "b i"]) -> Float[Tensor, "b n"]:
        r = (self.ir(X) + self.hr(H)).sigmoid()
        z = (self.iz(X) + self.hz(H)).sigmoid()
        c = (self.ic(X) + r * self.hc(H)).tanh()
        return (1 - z) * c + z * H


def run() -> tuple[Tensor, ...]:
    lstm, gru = randomised(LSTM()), randomised(GRU())
    Y = lstm(torch.randn(b, t, i), torch.randn(b, n), torch.randn(b, n))
    return Y, gru(torch.randn(b, n), torch.randn(b, i))


BUGS = {
    "state and input exchanged": ("self.ih(x) + self.hh(H)", "self.ih(H) + self.hh(x)"),
    "a fifth gate": ("H = Z[:, 3]", "H = Z[:, 4]"),
    "gate axis read as features": ("C = Z[:, 1]", "C = Z[:, :, 1]"),
    "reset gate of the input used for the state": ("self.hr(H)", "self.ir(H)"),
    "input gate mixed into the state": ("c + z * H", "c + z * X"),
}
