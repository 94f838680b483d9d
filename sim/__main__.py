"""The command line: ``python -m sim --help``."""

import sys

if __name__ == "__main__":
    try:
        from sim.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # so early that main could not see it
        sys.exit(130)
