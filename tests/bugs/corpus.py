# ruff: noqa: E501 (a table: one bug a line)
"""Axis bugs of the kind people make, seeded into correct programs: what was meant, and the slip.

Each bug replaces one piece of text in a file of `clean/`, and the slip is the only thing wrong. In torch most of them
run and give wrong numbers: docs/explanation/axis-bugs.md. `BEYOND` are slips that are right as far as types can say.
"""

from __future__ import annotations

from typing import NamedTuple


class Bug(NamedTuple):
    """The file, what went wrong in words, the right text and the wrong one."""

    file: str
    what: str
    right: str
    wrong: str


BUGS = (
    # attention
    Bug("attention", "heads and features of Q exchanged", "S[q, x, h] = Q[q, h, k]", "S[q, x, h] = Q[q, k, h]"),
    Bug("attention", "softmax over the asking positions", "A = softmax[x](S)", "A = softmax[q](S)"),
    Bug("attention", "softmax over an axis that is gone", "A = softmax[x](S)", "A = softmax[k](S)"),
    Bug("attention", "output mistyped: the key axis is left in", "O[q, h, v] = A", "O[x, h, v] = A"),
    Bug("attention", "mask transposed", "where M[q, x]", "where M[x, q]"),
    Bug("attention", "mask on the heads", "where M[q, x]", "where M[h, x]"),
    Bug("attention", "values read with the feature axis of keys", "* V[x, h, v]", "* V[x, h, k]"),
    Bug("attention", "a mistyped axis would be summed silently", "* K[x, h, k] * k**-0.5 where M", "* K[x, h, kk] * k**-0.5 where M"),
    Bug("attention", "queries and keys exchanged in the call", "attend(Q(E), K(X), V(X), M)", "attend(K(X), Q(E), V(X), M)"),
    Bug("attention", "keys from the wrong sequence", "attend(Q(E), K(X), V(X), M)", "attend(Q(E), K(E), V(X), M)"),
    Bug("attention", "values from the wrong sequence", "attend(Q(E), K(X), V(X), M)", "attend(Q(E), K(X), V(E), M)"),
    Bug("attention", "values given as keys", "attend(Q(E), K(X), V(X), M)", "attend(Q(E), V(X), K(X), M)"),
    Bug("attention", "output projection over the positions too", "learn O : [h, v] -> [m]", "learn O : [q, h, v] -> [m]"),
    Bug("attention", "causal softmax over the asking index", "A = softmax[j](S)", "A = softmax[i](S)"),
    Bug("attention", "causal result on the answering positions", "O[x = i, h, v] = A[i, j, h] * V[j, h, v]", "O[x = j, h, v] = A[i, j, h] * V[j, h, v]"),
    # transformer
    Bug("transformer", "norm over the positions", "C = X - mean[m](X)", "C = X - mean[t](X)"),
    Bug("transformer", "heads and features of Q exchanged, both 8", "Q(X)[i, h, k]", "Q(X)[i, k, h]"),
    Bug("transformer", "heads and features of the values exchanged, both 8", "V(X)[j, h, k]", "V(X)[j, k, h]"),
    Bug("transformer", "transposed square attention", "softmax[j](S)[i, j, h]", "softmax[j](S)[j, i, h]"),
    Bug("transformer", "result on the answering positions", "Y[t = i, h, k] =", "Y[j, h, k] ="),
    Bug("transformer", "the MLP widens twice", "return down(gelu(up(X)))", "return up(gelu(up(X)))"),
    Bug("transformer", "residual of the wrong width", "return Y + ffn(norm2(Y))", "learn wide : [m] -> [f]\n  return wide(Y) + ffn(norm2(Y))"),
    Bug("transformer", "scale and shift over the positions", "learn weight : [m] = ones", "learn weight : [t] = ones"),
    Bug("transformer", "output projection forgets the heads", "learn O : [h, k] -> [m]", "learn O : [k] -> [m]"),
    # language model
    Bug("gpt", "positions looked up in the vocabulary", "wpe[t, m]", "wte[t, m]"),
    Bug("gpt", "tokens looked up as features", "wte[tokens[t], m]", "wte[m, tokens[t]]"),
    Bug("gpt", "log-softmax over the positions", "log_softmax[v]", "log_softmax[t]"),
    Bug("gpt", "targets index the positions", "-L[t, targets[t]]", "-L[targets[t], t]"),
    Bug("gpt", "mean over the vocabulary", "return mean[t](nll)", "return mean[v](nll)"),
    # convolution
    Bug("convolution", "channels read as rows", "W(X[2*y' + i - 1, 2*x' + j - 1, c; pad 0])", "W(X[c, 2*y' + i - 1, 2*x' + j - 1; pad 0])"),
    Bug("convolution", "padding forgotten", "c; pad 0])", "c])"),
    Bug("convolution", "one tap too far in the pooling", "2*x' + j, c]", "2*x' + j + 1, c]"),
    Bug("convolution", "the head forgets one spatial axis", "mean[y, x](X)", "mean[y](X)"),
    Bug("convolution", "kernel index used twice", "2*y' + i - 1, 2*x' + j - 1", "2*y' + i - 1, 2*x' + i - 1"),
    Bug("convolution", "stages in the wrong order", "X >> conv >> relu >> pool >> head", "X >> conv >> relu >> head >> pool"),
    # recurrent
    Bug("recurrent", "state and input exchanged", "Z = ih(X) + hh(H)", "Z = ih(H) + hh(X)"),
    Bug("recurrent", "a fifth gate", "sigmoid(Z[3, n]) * tanh(C)", "sigmoid(Z[4, n]) * tanh(C)"),
    Bug("recurrent", "gate axis read as features", "sigmoid(Z[1, n]) * C", "sigmoid(Z[n, 1]) * C"),
    Bug("recurrent", "reset gate of the input used for the state", "r = sigmoid(ir(X) + hr(H))", "r = sigmoid(ir(X) + ir(H))"),
    Bug("recurrent", "input gate mixed into the state", "(1 - z) * c + z * H", "(1 - z) * c + z * X"),
    # graphs
    Bug("graph", "edges index the edge array", "S[src[e], f] + D", "E[src[e], f] + D"),
    Bug("graph", "messages written to the edges", "A[u = dst[e], f] += H[e, f]", "A[e = dst[e], f] += H[e, f]"),
    Bug("graph", "edge features sent through the node map", "H = relu(M + edge(E))", "H = relu(M + edge(X))"),
    Bug("graph", "nodes aggregated without the adjacency of the other end", "B[u, u'] * X[u', i]", "B[u, u'] * X[u', f]"),
    Bug("graph", "degree over the wrong end, then used for both", "* deg[u] ** -0.5", "* deg[i] ** -0.5"),
    # losses
    Bug("losses", "(n, 1) against (n)", "def regression(P: R[n], T: R[n])", "def regression(P: R[n, 1], T: R[n])"),
    Bug("losses", "mean over one axis only", "def mse(P: R[n, d], T: R[n, d]) -> R = mean[n, d]", "def mse(P: R[n, d], T: R[n, d]) -> R = mean[n]"),
    Bug("losses", "softmax over the batch", "L = log_softmax[c](logits)", "L = log_softmax[n](logits)"),
    Bug("losses", "labels index the batch", "L[n, labels[n]]", "L[labels[n], n]"),
    Bug("losses", "contrast over the features", "L = log_softmax[j](S)", "L = log_softmax[d](S)"),
    Bug("losses", "mean over the contrast index", "return -mean[i](D)", "return -mean[j](D)"),
    # norms
    Bug("norms", "batch norm over the features", "C = X - mean[n](X)", "C = X - mean[m](X)"),
    Bug("norms", "scale of the batch", "learn weight : [m] = ones\n  learn bias", "learn weight : [n] = ones\n  learn bias"),
    Bug("norms", "group norm over the batch axis", "C = X - mean[s, t](X)", "C = X - mean[s, b](X)"),
    Bug("norms", "scale over the positions", "learn weight : [m] = ones\n  return X / sqrt(mean[m]", "learn weight : [t] = ones\n  return X / sqrt(mean[m]"),
    # vision
    Bug("vision", "rows and columns of the patches exchanged on merging", "T[(H W), m] = P[H, W, m]", "T[(H W), m] = P[W, H, m]"),
    Bug("vision", "heads split in the wrong order", "Y[s, h, k] = X[s, (h k)]", "Y[s, h, k] = X[s, (k h)]"),
    Bug("vision", "heads merged with the positions", "learn O : [h, k] -> [m]", "learn O : [s, k] -> [m]"),
    Bug("vision", "patch stride forgotten", "X[c, p*H + i, p*W + j]", "X[c, p*H + i, p*W + p*j]"),
    # experts
    Bug("experts", "gate over the features", "G = softmax[e](gate(X))", "G = softmax[m](gate(X))"),
    Bug("experts", "experts and hidden axis exchanged", "H[t, e, f] * down[e, f, m]", "H[t, f, e] * down[e, f, m]"),
    Bug("experts", "down projection read transposed", "down[e, f, m]\n  return", "down[f, e, m]\n  return"),
)  # fmt: skip

BEYOND = (
    Bug("attention", "the mask looks into the future", "where j <= i", "where i <= j"),
    Bug("transformer", "queries and keys exchanged in self-attention", "Q(X)[i, h, k] * K(X)[j, h, k]", "K(X)[i, h, k] * Q(X)[j, h, k]"),
    Bug("transformer", "the first norm used twice", "ffn(norm2(Y))", "ffn(norm1(Y))"),
    Bug("recurrent", "the output gate is the candidate", "sigmoid(Z[3, n])", "sigmoid(Z[2, n])"),
    Bug("graph", "messages go to the sender", "A[u = dst[e], f]", "A[u = src[e], f]"),
    Bug("losses", "contrast over the other side", "log_softmax[j](S)", "log_softmax[i](S)"),
)  # fmt: skip
