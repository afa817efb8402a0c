"""`python -m diagram` is the command `diag`."""

import sys

from diagram.cli import main

if __name__ == "__main__":
    sys.exit(main())
