"""Diag as a tool of the GradBench suite (gradben.ch): JSON messages, one a line, on standard input and
output.
"""
