"""Messages on a graph in torch; 100 nodes, 400 edges, all features 32 wide."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

u, e, w, i, f = 100, 400, 32, 32, 32


class Messages(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.sender, self.receiver = nn.Linear(i, f, bias=False), nn.Linear(i, f, bias=False)
        self.edge = nn.Linear(w, f)

    @checked
    def forward(
        self,
        X: Float[Tensor, "u i"],
        src: Int[Tensor, "e"],
        dst: Int[Tensor, "e"],
        E: Float[Tensor, "e w"],
    ) -> Float[Tensor, "u f"]:
        S = self.sender(X)
        D = self.receiver(X)
        M = S[src] + D[dst]
        H = (M + self.edge(E)).relu()
        return torch.zeros(len(X), f).index_add(0, dst, H)


class GCN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.W = nn.Linear(i, f)

    @checked
    def forward(self, X: Float[Tensor, "u i"], adj: Float[Tensor, "u u"]) -> Float[Tensor, "u f"]:
        B = adj + torch.eye(len(X))
        deg = B.sum(1) ** -0.5
        return self.W(torch.einsum("uv,vi,u,v->ui", B, X, deg, deg))


def run() -> tuple[Tensor, ...]:
    X, E = torch.randn(u, i), torch.randn(e, w)
    A = randomised(Messages())(X, torch.randint(u, (e,)), torch.randint(u, (e,)), E)
    return A, randomised(GCN())(X, (torch.rand(u, u) < 0.1).float())


BUGS = {
    "edges index the edge array": ("S[src] + D", "E[src] + D"),
    "messages written to the edges": ("torch.zeros(len(X), f)", "torch.zeros(len(E), f)"),
    "edge features sent through the node map": ("M + self.edge(E)", "M + self.edge(X)"),
    "nodes aggregated without the adjacency of the other end": ("uv,vi,u,v->ui", "uv,vf,u,v->ui"),
    "degree over the wrong end, then used for both": ("uv,vi,u,v->ui", "uv,vi,i,v->ui"),
}
