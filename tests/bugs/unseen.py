# ruff: noqa: E501 (a table: one bug a line)
"""Axis bugs in five further programs, written before anyone looked at what checking says about them.

28 of the 45 were errors on that day; the rules E0320, E0322 and those of factors came out of the others.
`AGAIN` are 25 more in programs of the examples, 19 of them errors on the day they were written; then a mask
that does not vary (E0320) and an index on the left only (E0318) became errors. `MISSED` are still found by nothing, each for the reason given; `BEYOND` have every axis right.
"""

from __future__ import annotations

from tests.bugs.corpus import Bug

UNSEEN = (
    # attention, once thought to be beyond types
    Bug("attention", "values at the asking positions", "A[i, j, h] * V[j, h, v]", "A[i, j, h] * V[i, h, v]"),
    # llama
    Bug("llama", "softmax over the asking index", "W = softmax[j](S)", "W = softmax[i](S)"),
    Bug("llama", "groups and heads of the queries exchanged", "A[i, g, r, k] *", "A[i, r, g, k] *"),
    Bug("llama", "the halves joined along the positions", "concat[k = f](A * cos(angle)", "concat[t](A * cos(angle)"),
    Bug("llama", "values read at the asking position", "V(X)[j, g, k]", "V(X)[i, g, k]"),
    Bug("llama", "rotary frequencies over whole k, not half", "axis f = k / 2", "axis f = k"),
    Bug("llama", "the mask compares positions with features", "where j <= i", "where j <= k"),
    Bug("llama", "attention weights transposed", "W[i, j, g, r] *", "W[j, i, g, r] *"),
    Bug("llama", "the MLP narrows what is narrow", "learn down : [f] -> [m]\n  return down(silu", "learn down : [m] -> [f]\n  return down(silu"),
    # mixer
    Bug("mixer", "token MLP reads the features, both 64", "learn up   : [s] -> [d], bias", "learn up   : [m] -> [d], bias"),
    Bug("mixer", "normalised over the positions, both 64", "C = X - mean[m](X)", "C = X - mean[s](X)"),
    Bug("mixer", "mean over the features instead of the positions", "P = mean[s](Z)", "P = mean[m](Z)"),
    Bug("mixer", "mean over the classes that are gone", "-mean[b](picked)", "-mean[y](picked)"),
    Bug("mixer", "softmax over the batch", "log_softmax[y](logits)", "log_softmax[b](logits)"),
    Bug("mixer", "token MLP used for the features", "return Y + channels(norm2(Y))", "return Y + tokens(norm2(Y)) + channels(Y[m = 0])"),
    Bug("mixer", "embedding to positions instead of features, both 64", "learn embed : [c] -> [m]", "learn embed : [c] -> [s]"),
    # vae
    Bug("vae", "divergence summed over the batch", "-0.5 * sum[z](1", "-0.5 * sum[n](1"),
    Bug("vae", "codes and pictures exchanged in a sum", "exp(logvar)[n, z])\n", "exp(logvar)[z, n])\n"),
    Bug("vae", "the decoder reads pictures", "learn hidden : [z] -> [h], bias", "learn hidden : [x] -> [h], bias"),
    Bug("vae", "reconstruction compared with the code", "reconstruction(P, X)", "reconstruction(Z, X)"),
    Bug("vae", "reconstruction keeps the pixels", "return -sum[x](E)", "return -E"),
    Bug("vae", "the picture given as noise", "sample(mu, logvar, noise)\n  P", "sample(mu, logvar, X)\n  P"),
    Bug("vae", "mean and spread exchanged in the call", "kl(mu, logvar))", "kl(logvar, mu))"),
    Bug("vae", "mean over the code that is gone", "mean[n](reconstruction", "mean[z](reconstruction"),
    # memory
    Bug("memory", "weights over the heads instead of the slots", "return softmax[s](scaled)", "return softmax[r](scaled)"),
    Bug("memory", "the norm of the memory over the slots", "sqrt(sum[w](M ** 2) + 1e-8)\n\n", "sqrt(sum[s](M ** 2) + 1e-8)\n\n"),
    Bug("memory", "erase along the slots", "M[s, w] * (1 - A[s] * erase[w])", "M[s, w] * (1 - A[w] * erase[s])"),
    Bug("memory", "recall reads slots as features", "A[r, s] * M[s, w]", "A[r, s] * M[w, s]"),
    Bug("memory", "the sharpness of the head over the slots", "C[r, s] * sharp[r]", "C[r, s] * sharp[s]"),
    Bug("memory", "scan over the features of the input", "scan t over X", "scan x over X"),
    Bug("memory", "the key is normalised over the heads", "keys[r] = sqrt(sum[w](key ** 2) + 1e-8)[r]", "keys[r] = sqrt(sum[r](key ** 2) + 1e-8)[r]"),
    # windows
    Bug("windows", "rows and columns of the put-back exchanged, both 56", "X[(u p), (v q), m] = T", "X[(v q), (u p), m] = T"),
    Bug("windows", "softmax over the asking place", "softmax[a, c](S)", "softmax[p, q](S)"),
    Bug("windows", "bias by the sum of places", "bias[h, p - a + 6", "bias[h, p + a + 6"),
    Bug("windows", "rows of the bias with columns of the asked", "p - a + 6, q - c + 6", "p - c + 6, q - a + 6"),
    Bug("windows", "attention weights transposed", "A[p, q, a, c, h] * V", "A[a, c, p, q, h] * V"),
    Bug("windows", "values at the asking place", "V(X)[a, c, h, k]", "V(X)[p, q, h, k]"),
    Bug("windows", "keys read columns first, both 7", "K(X)[a, c, h, k]", "K(X)[c, a, h, k]"),
    Bug("windows", "projection to the heads only", "learn O : [h, k] -> [m]", "learn O : [k] -> [m]"),
)  # fmt: skip

AGAIN = (
    Bug("../../../examples/neural/bert", "the mask on the asking positions", "where M[j] else", "where M[i] else"),
    Bug("../../../examples/neural/bert", "softmax over the heads", "softmax[j](S)", "softmax[h](S)"),
    Bug("../../../examples/neural/bert", "values at the asking positions", "value(X)[j, h, k]", "value(X)[i, h, k]"),
    Bug("../../../examples/neural/bert", "output projection forgets the features of a head", "learn out : [h, k] -> [m]", "learn out : [h] -> [m]"),
    Bug("../../../examples/neural/bert", "places read as features", "places[x, m]", "places[m, x]"),
    Bug("../../../examples/neural/bert", "segments looked up by the words", "kinds[segments[x], m]", "kinds[tokens[x], m]"),
    Bug("../../../examples/neural/bert", "the first feature instead of the first position", "X[x = 0]", "X[m = 0]"),
    Bug("../../../examples/neural/bert", "heads and features of the queries exchanged", "query(X)[i, h, k]", "query(X)[i, k, h]"),
    Bug("../../../examples/neural/graphs", "adjacency transposed", "B[u, u'] * X[u', i]", "B[u', u] * X[u', i]"),
    Bug("../../../examples/neural/graphs", "softmax over the asking nodes", "softmax[u'](S)", "softmax[u](S)"),
    Bug("../../../examples/neural/graphs", "an edge array indexed by nodes", "D[dst[e], f]", "D[dst[u], f]"),
    Bug("../../../examples/neural/graphs", "the sum over the features of a set", "sum[s](H)", "sum[f](H)"),
    Bug("../../../examples/neural/recurrent", "the state's map made for the input", "hh : [n] -> [g, n]", "hh : [i] -> [g, n]"),
    Bug("../../../examples/neural/recurrent", "a gate read as a feature", "z = sigmoid(A[g = 1]", "z = sigmoid(A[n = 1]"),
    Bug("../../../examples/neural/recurrent", "the input given to both maps", "ih(X) + hh(H)", "ih(X) + hh(X)"),
    Bug("../../../examples/neural/generative", "the same row on both sides", "Q[j, z]", "Q[n, z]"),
    Bug("../../../examples/neural/generative", "log-softmax over the features", "log_softmax[j](S)[n, n]", "log_softmax[z](S)[n, n]"),
    Bug("../../../examples/neural/generative", "divergence over the wrong features", "sum[z](1 + L", "sum[i](1 + L"),
    Bug("../../../examples/neural/generative", "mean over the hidden features", "mean[i]((model", "mean[f]((model"),
    Bug("../../../tests/samples/10_vit", "patch stride on the wrong index", "p*H + i", "p*i + H"),
    Bug("../../../tests/samples/10_vit", "the class token read as a feature", "Z[0, m]", "Z[m, 0]"),
)  # fmt: skip

MISSED = {
    Bug("llama", "rotation by the features instead of the positions", "angle[t, f] = index[t] *", "angle[t, f] = index[f] *"): "an index that stands only on the left repeats the value",
    Bug("windows", "window and place in the window exchanged", "X[(u p), (v q), m]\n", "X[(p u), (v q), m]\n"): "both cuts are in use, blocks and grids",
    Bug("windows", "softmax over rows only", "softmax[a, c](S)", "softmax[a](S)"): "a sum over heads looks the same",
    Bug("../../../examples/neural/graphs", "degree over the other end", "deg = sum[u'](B)", "deg = sum[u](B)"): "the two ends are declared equal",
    Bug("../../../examples/neural/graphs", "scores of the two ends exchanged", "p[u] + q[u']", "p[u'] + q[u]"): "the two ends are declared equal",
    Bug("../../../examples/neural/generative", "normalised over the batch", "P / norm[z](P)", "P / norm[n](P)"): "it is another norm",
    Bug("../../../tests/samples/10_vit", "rows and columns of the patches merged crosswise", "T[(H W), m]", "T[(W H), m]"): "either order makes patches",
}  # fmt: skip

BEYOND = (
    Bug("mixer", "a norm of the positions is asked for", "learn norm1 = norm[m]", "learn norm1 = norm[m = s]"),
    Bug("memory", "write and erase exchanged", "sigmoid(erase(X)), tanh(add(X))", "tanh(add(X)), sigmoid(erase(X))"),
    Bug("memory", "focus moves along the heads", "A[r, s + o - 1; pad wrap]", "A[r + o - 1, s; pad wrap]"),
    Bug("windows", "neighbours cut the other way", "P[Y, X_, i, j, m] = X[(Y i), (X_ j), m]", "P[Y, X_, i, j, m] = X[(Y j), (X_ i), m]"),
)  # fmt: skip
