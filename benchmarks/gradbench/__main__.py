"""`python -m benchmarks.gradbench`: answer GradBench's messages until the input ends."""

from __future__ import annotations

import sys

from benchmarks.gradbench.protocol import serve

if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
