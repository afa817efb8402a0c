"""Text to tree to diagram, and back to text."""
