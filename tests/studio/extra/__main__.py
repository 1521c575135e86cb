"""The command line with the tests' own task."""

import sys

from studio.cli import main
from tests.studio.extra import extra_task

if __name__ == "__main__":
    with extra_task():
        sys.exit(main(sys.argv[1:]))
