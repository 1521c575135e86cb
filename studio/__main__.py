"""``python -m studio``: the command line."""

import sys

try:
    from studio.cli import main
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is missing; run: make setup")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
