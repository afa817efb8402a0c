# ruff: noqa: E501 (a table of small programs)
"""Every construct of the reference, section by section, in a program as a stranger would write it: it
checks, its tests pass, and it is laid out in one way."""

from __future__ import annotations

import pytest

from grammar.format import format_source
from grammar.module import loads_module

RIGHT = {
    # 2: words and numbers
    '2: prime names': "object A\nbox f' : A -> A\ndef g''(x': A) -> A { x'' = f'(x')\n return x'' }",
    '2: numbers': 'def f(x: R) -> R = x * 1_000 + 0.5 - 1e-6',
    '2: i pi inf': 'def f(x: R) -> R = x * pi + exp(-inf)',
    '2: string doc': '## Doc here.\n## more\nobject A\n',
    '2: chain': 'axis n\ndef f(X: R[n]) -> R[n] { Y[n] = X[n] where 0 <= n < size[n]\n return Y }',
    '2: option reserved': 'object A\nbox f : A -> A with { shape = triangle, linear = [1] }',
    '2: power assoc': 'def f(x: R) -> R = x\ntest "a" { assert 2 ** 3 ** 2 == 512\n assert -2 ** 2 == -4\n assert 7 // 2 == 3\n assert 7 % 2 == 1\n assert 10 - 3 - 2 == 5 }',
    '2: prec at over then': 'object A\nbox f : A -> A\ndef g : A @ A -> A @ A = f @ f >> f @ f\n',
    '2: shadow': 'def f(x: R) -> R { x = x + 1\n x = 2 * x\n return x }\ntest "t" { assert f(1.0) == 4.0 }',
    '2: before decl': 'def g(x: R) -> R = h(x)\ndef h(x: R) -> R = x',
    '2: shadow prelude': 'def relu(x: R) -> R = x\ntest "t" { assert relu(-1.0) == -1.0 }',
    '2: size[i] index[i]': 'axis n\ndef f(X: R[n]) -> R[n] { Y[n] = X[n] * size[n] + index[n]\n return Y }\ntest "t" { forall X: R[3] { assert f(X)[0] ~= 3*X[0] within 1e-9 } }',
    '2: sum size': 'axis k = 4\ndef f(x: R) -> R = x * k**-0.5\ntest "t" { assert f(2.0) ~= 1.0 within 1e-12 }',
    # 4: categories
    '4: category block': 'category C : symmetric { object A\n box f : A -> A\n def g : A @ A -> A @ A = f @ f }\ndef h(x: R) -> R = x',
    '4: monoidal once': 'category C : monoidal\nobject A, B\nbox f : A -> B\nbox g : A @ B -> A\ndef h(x: A, y: B) -> A = g(x, y)',
    '4: braided': 'category C : braided\nobject A, B\ndef f : A @ B -> B @ A = braid[A, B]\ndef g : A @ B -> A @ B = braid[A, B] >> unbraid[B, A]\n',
    '4: ribbon': 'category C : ribbon\nobject A\ndef t : A -> A = twist[A]\ndef u : A -> A = trace[A, braid[A, A]]',
    '4: symm swap': 'category C : symmetric\nobject A,B\ndef s : A @ B -> B @ A = swap[A, B]\n',
    '4: markov2': 'category C : markov\nobject A\nbox f : A -> A\ndef g(x: A) -> A @ A { return f(x), x }\ndef d : A -> () = discard[A]\ndef c : A -> A @ A = copy[A]\n',
    '4: traced': 'category C : symmetric, traced\nobject A, B\nbox f : A @ B -> A @ B\ndef g : B -> B = trace[A, f]\ndef h(x: B) -> B { feedback s : A\n t, y = f(s, x)\n next s = t\n return y }\ntest "t" { assert g == h }',
    '4: rigid': 'category C : rigid\nobject N\ndef snake : N -> N = N @ cap[N.r, N] >> cup[N, N.r] @ N\ndef s2 : N -> N = cap[N, N.l] @ N >> N @ cup[N.l, N]\ntest "s" { assert snake == id[N]\n assert s2 == id[N] }',
    '4: compact T': 'category C : compact\nobject V with { dual = V }\nbox f : V -> V\ndef g : V -> V = f.T\ntest "t" { assert f.T.T == f }',
    '4: hyper': 'category C : hypergraph\nobject A\nbox e : A @ A -> ()\nrelation p2(x: A, z: A) { wire y: A\n e(x, y)\n e(y, z) }\ndef s : A -> A @ A = spider[A, 1, 2]\ntest "t" { assert spider[A,1,2] >> spider[A,2,1] == id[A] }',
    '4: closed': 'category C : symmetric, closed\nobject A, B\nbox f : A @ B -> A\ndef g(x: A) -> (B -> A) { return fn(y: B) = f(x, y) }\ndef h : A -> (B -> A) = curry[f]\ntest "t" { assert g == h }',
    '4: dagger': 'category C : dagger, symmetric\nobject A, B\nbox f : A -> B\ndef g : B -> A = f.dagger\ntest "t" { assert f.dagger.dagger == f }',
    # 5: types and axes
    '5: object opts': 'object V with { dual = V, add = plus }\nbox plus : V @ V -> V\ndef f(x: V, y: V) -> V = x + y\ntest "t" { assert f == plus }',
    '5: axis where': 'axis d = 512, h = 8\naxis k = d / h where d % h == 0\ndef f(X: R[k]) -> R[64] = X\n',
    '5: type generic': 'type Tokens[s: axis] = R[s, d]\naxis d = 4\nbox embed : nat[10][x] -> R[x, d]\naxis x\ndef f(X: Tokens[x]) -> R[x, d] = X',
    '5: type generic order': 'axis d = 4, x\ntype Tokens[s: axis] = R[s, d]\nbox embed : nat[d][x] -> R[x, d]\ndef f(X: nat[d][x]) -> Tokens[x] = embed(X)',
    '5: dtypes': 'def f(a: f32[3], b: c64[3], c: i8, d: bool, e: bf16, g: f16, h: i64, k: nat[5]) -> f32[3] = a',
    '5: ident type': 'object A\nbox f : A -> A\ndef g : A @ A -> A @ A = f @ A',
    '5: A**3': 'object A\nbox f : A ** 3 -> A\ndef g : A @ A @ A -> A = f',
    '5: solve': 'axis p = 4\ndef f(X: R[(H p)]) -> R[H] { Y[H] = X[(H p)]\n return Y }\ntest "t" { assert f : R[12] -> R[3] }',
    '5: solve bad': 'axis p = 4\ndef f(X: R[(H p)]) -> R[H] { Y[H] = X[(H p)]\n return Y }\ntest "t" { expect E0313 { assert f : R[13] -> R[3] } }',
    '5: derived where': 'axis t\ndef f(X: R[t]) -> R[t\'] where t\' = t - 1 { Y[t\'] = X[t\' + 1]\n return Y }\ntest "t" { assert f : R[5] -> R[4] }',
    '5: axis list': 'axis m\ndef n[*s: axis](X: R[*s, m]) -> R[*s, m] = X\ntest "t" { assert n : R[2, 3, m] -> R[2, 3, m] }',
    '5: ellipsis': 'axis m\ndef n(X: R[..., m]) -> R[..., m] = 2 * X\n',
    # 6: boxes and definitions
    '6: named ports': 'object W, Y, B\nbox fold(w: W, y: Y) -> B\ndef g(y: Y, w: W) -> (b: B) { return fold(y = y, w = w) }',
    '6: two results': 'object A\nbox c : A -> A @ A\ndef g(x: A) -> A @ A { a, b = c(x)\n return b, a }',
    '6: underscore': 'category M : markov\nobject A\nbox c : A -> A @ A\ndef g(x: A) -> A { a, _ = c(x)\n return a }',
    '6: generics': 'def residual[A: type, g: box A -> A](X: A) -> A = X + g(X)\ndef t[n: nat = 3, A: type, f: box A -> A] : A -> A = f ** n\nbox k : R[3] -> R[3]\ndef v(X: R[3]) -> R[3] = residual[g = k](X)\ndef w = t[2, R[3], k]\n',
    '6: infer arrow': 'object A\nbox f : A -> A\ndef g = f >> f\ndef h(x: A) = f(f(x))\ntest "t" { assert g == h }',
    '6: real bool generics': 'def s[r: real, b: bool](x: R) -> R = (r * x if b else x)\ntest "t" { assert s[0.5, true](4.0) == 2.0\n assert s[r = 0.5, b = false](4.0) == 4.0 }',
    '6: functor generic': 'box f : R -> R\nfunctor D : Tensor -> numpy { box f(x) = 2 * x }\ndef ap[F: functor](x: R) -> R = F[f](x)\ntest "t" { assert ap[D](1.0) == 2.0 }',
    # 7: equations
    '7: eqs': 'axis q, x, h, k, v\ndef f(Q: R[q,h,k], K: R[x,h,k], V: R[x,h,v]) -> R[q,h,v] { S[q,x,h] = Q[q,h,k]*K[x,h,k]*k**-0.5\n A = softmax[x](S)\n O[q,h,v] = A[q,x,h]*V[x,h,v]\n return O }',
    '7: diag': 'axis i, j = i\ndef f(X: R[i, j]) -> R[i] { D[i] = X[i, i]\n return D }\ndef tr(X: R[i,j]) -> R { s[] = X[i,i]\n return s }',
    '7: sum per term': 'axis q, k\ndef f(A: R[q], B: R[q, k]) -> R[q] { Y[q] = A[q] + B[q, k]\n return Y }\ntest "t" { forall A: R[2], B: R[2, 3] { assert f(A, B)[0] ~= A[0] + B[0,0] + B[0,1] + B[0,2] within 1e-9 } }',
    '7: sum[k]': 'axis q, k\ndef f(B: R[q, k]) -> R[q] { Y[q] = log(sum[k](exp(B[q, k])))\n return Y }',
    '7: slices': 'axis n = 5, c = 2\ndef f(X: R[n, c]) -> R[4, c] { Y = X[1..n, c]\n return Y }\ndef g(X: R[n, c]) -> R[c] = X[0, c]\ndef h(X: R[n, c]) -> R[c] = X[n = 0]\n',
    '7: where no else': 'axis n\ndef f(X: R[n]) -> R[n] { Y[n] = X[n] where n >= 2\n return Y }\ntest "t" { forall X: R[3] { assert f(X)[0] == 0.0 } }',
    '7: typed': 'axis a, b\ndef f(X: R[a,b]) -> R[a,b] { Y : R[a, b] = exp(X)\n return Y }',
    '7: split merge': 'axis H, W, m, f\ndef g(P: R[H, W, m]) -> R[(H W), m] { T[(H W), m] = P[H, W, m]\n return T }\naxis z = 2\ndef s(X: R[(z f)]) -> R[f] { Y[f] = X[(0 f)] + X[(1 f)]\n return Y }',
    '7: contain': 'axis a, b\ndef f(X: R[a, b], Y: R[b]) -> R[a, b] = X * Y + Y',
    '7: rename target': 'axis q, x\ndef f(X: R[q]) -> R[q] = X\ndef g(Y: R[x]) -> R[a] where a = x { Z[a] = f(Y)\n return Z }',
    # 8: calls
    '8: call written': "axis q, x, k\ndef f(Q: R[q, k], X: R[x, k]) -> R[q, x] { S[q, x] = Q[q, k] * X[x, k]\n return S }\naxis s\ndef g(N: R[s, k]) -> R[s, s'] where s' = s { S[s, s'] = f[q = s](N, N)\n return S }",
    '8: batch': 'axis b with { batch }\naxis x, m\ndef f(X: R[x, m]) -> R[m] = sum[x](X)\ndef g(X: R[b, x, m]) -> R[b, m] = f(X)',
    # 10: affine reads and writes
    '10: conv': 'axis t, c, o, j = 3\ndef conv[s: nat = 1, p: nat = 0, d: nat = 1](X: R[t, c]) -> R[t\', o] where t\' = (t + 2*p - d*(3-1) - 1)//s + 1 { learn L : [j, c] -> [o]\n Z = L(X[s*t\' + d*j - p, c; pad 0])\n return Z }\ntest "t" { assert conv[s=2,p=1,o=4] : R[8, 3] -> R[4, 4] }',
    '10: pads': 'axis t\naxis j = 3\ndef f(X: R[t]) -> R[t] { Y[t] = X[t + j - 1; pad edge] + X[t + j - 1; pad wrap] + X[t + j - 1; pad reflect] + X[t + j - 1; pad 1.5]\n return Y }',
    '10: gather2': 'axis v = 10, m, t\ndef e(T: R[v, m], k: nat[v][t]) -> R[t, m] { E[t, m] = T[k[t], m]\n return E }\naxis ed, u = 4, f\ndef s(H: R[ed, f], d: nat[u][ed]) -> R[u, f] { A[u = d[ed], f] += H[ed, f]\n return A }',
    '10: write trans': 'axis t, u = 9, j = 3\ndef f(Z: R[t, j]) -> R[u] where u >= 1 { Y[u = 2*t + j - 1; pad 0] += Z[t, j]\n return Y }',
    # 11: operations by name
    '11: reductions': 'axis a, b\ndef f(X: R[a, b]) -> R { return sum[a, b](X) + mean[a, b](X) + prod[a, b](X) + max[a, b](X) + min[a,b](X) + logsumexp[a,b](X) + var[a,b](X) }\ndef g(X: R[a,b]) -> nat[b][a] = argmax[b](X)\ndef h(X: bool[a, b]) -> bool[a] = any[b](X)\ndef k(X: bool[a,b]) -> bool[a] = all[b](X)\n',
    '11: norms': 'axis a, b\ndef f(X: R[a, b]) -> R[a, b] { return softmax[b](X) + log_softmax[b](X) + cumsum[a](X) + sort[a](X) }\ndef g(X: C[a]) -> C[a] = fft[a](X)\ndef t(X: R[a, b]) -> R[a, e] @ nat[b][a, e] where e = 2 { V, P = top[b, e](X)\n return V, P }',
    '11: pointwise': 'def f(x: R, y: R) -> R { return exp(x)+log(x)+sqrt(x)+sin(x)+cos(x)+tanh(x)+sigmoid(x)+relu(x)+gelu(x)+silu(x)+erf(x)+abs(x)+sign(x)+max(x,y)+min(x,y)+select(x > 0, x, y)+cast[R](x)+lgamma(x)+digamma(x)+sinh(x)+cosh(x)+atan2(x,y)+floor(x)+round(x)+clamp[0, 1](x)+softplus(x)+elu(x)+leaky_relu[0.1](x)+gelu_tanh(x) }',
    '11: linalg': 'axis a = 3\naxis b = a\ndef f(A: R[a, b], y: R[a]) -> R[b] { x = solve[a, b](A, y)\n return x }\ndef g(A: R[a,b]) -> R[b,a] = inv[a, b](A)\ndef h(A: R[a,b]) -> R = logdet[a,b](A)\ndef k(A: R[a,b]) -> R[a,b] = expm[a,b](A)\n',
    '11: sources': 'axis i = 3, j = 3\ndef f(x: R) -> R[i, j] = x * eye[i, j] + zeros[i, j] + ones[i, j]\ndef g() -> nat[i][i] = index[i]\n',
    '11: concat split': 'axis k, n, m, s\ndef f(A: R[k, m], B: R[n, m]) -> R[s, m] where s = k + n = concat[s](A, B)\n',
    '11: concat2': 'axis k, n, m\ndef f(A: R[k, m], B: R[n, m]) -> R[s, m] where s = k + n { S = concat[s](A, B)\n return S }\ndef g(c: R[m], T: R[n, m]) -> R[s, m] where s = 1 + n { S = concat[s](c, T)\n C[m], U[n, m] = split[s](S)\n return S }',
    '11: einops': 'def f : R[q, h, k] @ R[x, h, k] -> R[q, x, h] = einsum{q h k, x h k -> q x h}\naxis q,h,k,x,c,p\n def g : R[c, (h p), (q k)] -> R[(h q), (p k c)] = rearrange{c (h p) (q k) -> (h q) (p k c)}\ndef m : R[x, c] -> R[c] = reduce[mean]{x c -> c}\ndef r : R[c] -> R[x, c] = repeat{c -> x c}',
    # 12: learned arrays
    '12: learn': 'axis m, f\nlearn table : [10, m] = normal(0.02)\ndef ff[f: axis](X: R[m]) -> R[m] { learn up : [m] -> [f], bias\n learn down : [f] -> [m] = xavier, bias = zeros, lr = 0.1\n return down(gelu(up(X))) }\naxis x\ndef pair(X: R[x, m]) -> R[x, m] { learn a = ff[f = 4 * m]\n return a(a(X)) + ff[f = 8](X) }\ndef t3 = tied[ff[8]] ** 3\ntest "t" { assert count[params, ff[f = 2, m = 3]] == 17 }',
    '12: inits': 'axis m = 3, n = 3\ndef f(X: R[m]) -> R[n] { learn A : [m] -> [n] = orthogonal\n learn B : [m] -> [n] = uniform(-1, 1)\n learn C : [m] -> [n] = constant(0.5), frozen\n learn D : [m] -> [n] = kaiming, decay = 0.1\n learn E : [n] = table([1, 2, 3])\n return A(X) + B(X) + C(X) + D(X) + E }',
    # 13: loops
    '13: for': 'def layer(x: R) -> R = sin(x)\ndef f[N: nat](x: R) -> R { for l in 0..N { x = layer(x) }\n return x }\ntest "t" { assert f[3] == layer ** 3 }',
    '13: for tied': 'axis m, x\nlearn w : [m]\ndef field(X: R[m]) -> R[m] { learn W : [m] -> [m]\n return W(X) }\ndef f[N: nat = 4](X: R[m]) -> R[m] { for n in 0..N tied { X = X + field(X) / N }\n return X }',
    '13: scan': 'axis t, m\ndef cell(H: R[m], X: R[m]) -> R[m] = tanh(H + X)\ndef f(X: R[t, m]) -> R[t, m] { H = zeros[m]\n scan t over X reversed { H = cell(H, X)\n emit Y = H }\n return Y }\ndef c2(H: R[m], X: R[m]) -> R[m] @ R[m] { Z = tanh(H + X)\n return Z, Z }\ndef g = scan[t, c2]\n',
    '13: feedback': 'axis t\ndef lp[decay: real = 0.5](x: R) -> R { feedback s : R = 0.0\n y = decay * s + x\n next s = y\n return y }\ndef run : R[t] -> R[t] = unroll[t, lp[0.5]]\ntest "t" { forall X: R[3] { assert run(X)[2] ~= X[2] + 0.5*X[1] + 0.25*X[0] within 1e-9 } }',
    '13: region': 'def f(x: R) -> R { region "a b" with { color = "#C5BEDF", memory = recompute } { y = sin(x) }\n return y }',
    # 14: functions on wires
    '14: fn': 'def f(x: R) -> R { g = fn(y: R) -> R { return x * y }\n return g(3.0) + g(x) }\ntest "t" { assert f(2.0) == 10.0 }\ndef ap(g: (R -> R), x: R) -> R = g(x)\n',
    # 15: lenses and derivatives
    '15: lens': 'object P\nlens sgd[rate: real = 0.01] : R | R -> R | R { get(p) = p\n put(p, dp) = p - rate * dp }\noptic gate : R @ R | R @ R -> R | R via R @ R { fwd(a, b) = (a * b, a, b)\n bwd(a, b, dy) = (dy * b, dy * a) }\ndef m(x: R, y: R) -> R = x * y\ntest "t" { assert Rev[m] == gate }',
    '15: grad': 'def f(x: R, y: R) -> R = x * x * y\ndef g = grad[f]\ndef gx = grad[f, wrt = [x]]\ntest "t" { assert gx(3.0, 2.0) == 12.0 }\ndef j = jvp[f]\ndef v = vjp[f]\ndef s(x: R) -> R = stop(x) * x\ntest "s" { assert grad[s](3.0) == 3.0 }',
    # 17: functors
    '17: functor tensor': 'category E : rigid\nobject N, S\nbox Alice : () -> N\nbox loves : () -> N.r @ S @ N.l\ndef s : () -> S = Alice @ loves @ Alice >> cup[N, N.r] @ S @ cup[N.l, N]\nfunctor M : E -> tensor[numpy] { object N = [2]\n object S = [1]\n box Alice = [1, 0]\n box loves = [[[1, 2]], [[3, 4]]] }\ntest "t" { assert M[s] == M[s] }',
    # 18: rules, holes, figures
    '18: rule': 'category E : hypergraph\nobject A\nbox u : () -> A\nbox m : A @ A -> A\nrule unitL : u @ A >> m == A\nrule assoc : m @ A >> m == A @ m >> m\ntheorem t : u @ u @ A >> m @ A >> m == A { == u @ A >> m by unitL\n == A by unitL }',
    '18: hole': 'def f(x: R) -> R = ?better(x)\ndef g(x: R) -> R { y = ?h(x)\n return y + 1 }',
    '18: choice': 'def f(x: R) -> R = choice[sin, cos](x)\n',
    '18: cost': 'axis a, b, c\ndef mm(A: R[a, b], B: R[b, c]) -> R[a, c] { Y[a, c] = A[a, b] * B[b, c]\n return Y }\ntest "t" { assert cost[mm, macs] == a*b*c }',
    '18: style': 'style paper { wire_gap = 12pt  box softmax { shape = triangle }  wire S { color = "#1f77b4" } }\ndef f(x: R) -> R = sin(x)\nfigure main = f with { style = paper, width = 120mm, expand = 1 }\nfigure eq = equation[f, f]\n',
    # 22: rulings
    '22: r13': 'axis t, v = 5\ndef f(X: R[t]) -> R[t] { Y[t] = X[t] * index[t]\n return Y }\ndef c(x: R) -> nat[v] = cast[nat[v]](x)\n',
    '22: r12': 'axis L\ndef f(W: R[L]) -> R = W[size[L] - 1]\n',
    '22: r30': 'axis m\ndef f[N: nat = 3](X: R[m]) -> R[l, m] where l = N { for l in 0..N { X = sin(X)\n emit Y = X }\n return Y }',
    '22: r32': 'def conv(X: R[m]) -> R[o] { learn L : [m] -> [o], bias, path = ""\n return L(X) }\naxis m, o\ndef f(X: R[m]) -> R[o] { learn conv1 = conv\n return conv1(X) }\ntest "t" { assert conv : R[3] -> R[o] }',
    '22: norm x': 'axis n\ndef f(X: R[n]) -> R = norm[n](X)\ndef g(z: C) -> R = re(z * conj(z)) + im(z)\ndef h(x: R) -> C = complex(x, x)\ndef s(x: R) -> R = scale[2.5](x)\n',
    '22: jac': 'axis i = 3\ndef f(X: R[i]) -> R[i] = sin(X)\ndef J = jacobian[f]\ndef s(X: R[i]) -> R = sum[i](sin(X))\ndef H = hessian[s]\n',
}  # fmt: skip
WRONG = {
    '2: redeclare': ('E0202', 'object A\nobject A\n'),
    '4: monoidal cross': ('E0326', 'category C : monoidal\nobject A, B\nbox g : A @ B -> A\ndef h(y: B, x: A) -> A = g(x, y)'),
    '4: no dagger': ('E0328', 'category C : symmetric\nobject A, B\nbox f : A -> B\ndef g : B -> A = f.dagger\n'),
    '6: wrong arity': ('E0303', 'object A\nbox c : A -> A @ A\ndef g(x: A) -> A { a = c(x)\n return a }'),
    '6: wire @ matmul': ('E0303', 'axis x, m, n\ndef f(X: R[x, m], W: R[m, n]) -> R[x, n] { Y = X @ W\n return Y }'),
    '7: hidden sum': ('E0318', 'axis q, k\ndef f(B: R[q, k]) -> R[q] { Y[q] = exp(B[q, k])\n return Y }'),
    '7: outer refused': ('E0317', 'axis a, b\ndef f(X: R[a], Y: R[b]) -> R[a, b] { Z = X * Y\n return Z }'),
    '8: self': ('E0317', 'axis q, x, k\ndef at(Q: R[q, k], X: R[x, k]) -> R[q, k] { S[q, x] = Q[q, k] * X[x, k]\n A = softmax[x](S)\n O[q, k] = A[q, x] * X[x, k]\n return O }\naxis s, b\ndef g(N: R[b, s, k]) -> R[b, s, k] = at(N, N)'),
    '10: out of range': ('E0319', 'axis t = 4\ndef f(X: R[t]) -> R[t] { Y[t] = X[t + 1]\n return Y }'),
    '13: two next': ('E0401', 'def lp(x: R) -> R { feedback s : R = 0.0\n y = s + x\n return y }'),
    '17: missing image': ('E0403', 'category E\nobject N\nbox a : N -> N\nbox b : N -> N\nfunctor M : E -> tensor[numpy] { object N = [2]\n box a = [[1,0],[0,1]] }\ndef f = M[a >> b]'),
    '18: style bad': ('E0605', 'style paper { wire_gapp = 12pt }\ndef f(x: R) -> R = sin(x)\nfigure main = f with { style = paper }'),
    '22: r25': ('E0309', 'axis k\ndef f(k: R[k]) -> R[k] = k * 2\n'),
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_it_checks_and_its_tests_pass(text):
    module = loads_module(text)
    assert [d.message for d in module.check() if not d.is_warning] == []
    for result in module.tests():
        assert (result.errors, result.skipped) == ([], [])
    done = format_source(text)
    assert format_source(done) == done


@pytest.mark.parametrize(("code", "text"), WRONG.values(), ids=WRONG.keys())
def test_what_the_reference_forbids_is_refused(code, text):
    assert {d.code for d in loads_module(text).check() if not d.is_warning} == {code}
