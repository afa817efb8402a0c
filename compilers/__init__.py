"""What comes out of a diagram: one module per target, named by what it makes. Reached through `diagram`."""
