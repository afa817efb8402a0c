"""Elaboration: the tree of a file becomes diagrams; names, axes and sizes are resolved, errors collected."""
