"""Messages on a graph in einops; 100 nodes, 400 edges, all features 32 wide."""

import torch
from einops import einsum, reduce
from torch import Tensor

u, e, w, i, f = 100, 400, 32, 32, 32


def messages(X: Tensor, src: Tensor, dst: Tensor, E: Tensor, W: dict[str, Tensor]) -> Tensor:
    S = einsum(X, W["sender"], "u i, f i -> u f")
    D = einsum(X, W["receiver"], "u i, f i -> u f")
    M = S[src] + D[dst]
    H = (M + einsum(E, W["edge"], "e w, f w -> e f")).relu()
    return torch.zeros(len(X), f).index_add(0, dst, H)


def gcn(X: Tensor, adj: Tensor, W: Tensor) -> Tensor:
    B = adj + torch.eye(len(X))
    deg = reduce(B, "u v -> u", "sum") ** -0.5
    Y = einsum(B, X, deg, deg, "u v, v i, u, v -> u i")
    return einsum(Y, W, "u i, f i -> u f")


def run() -> tuple[Tensor, ...]:
    X, E = torch.randn(u, i), torch.randn(e, w)
    W = {"sender": torch.randn(f, i), "receiver": torch.randn(f, i), "edge": torch.randn(f, w)}
    A = messages(X, torch.randint(u, (e,)), torch.randint(u, (e,)), E, W)
    return A, gcn(X, (torch.rand(u, u) < 0.1).float(), torch.randn(f, i))


BUGS = {
    "edges index the edge array": ("S[src] + D", "E[src] + D"),
    "messages written to the edges": ("torch.zeros(len(X), f)", "torch.zeros(len(E), f)"),
    "edge features sent through the node map": ('einsum(E, W["edge"]', 'einsum(X, W["edge"]'),
    "nodes aggregated without the adjacency of the other end": ("v i, u, v -> u i", "v f, u, v -> u i"),
    "degree over the wrong end, then used for both": ("v i, u, v -> u i", "v i, i, v -> u i"),
}
