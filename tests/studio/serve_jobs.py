"""A process that works on the jobs of a data folder until it is killed: ``python -m tests.studio.serve_jobs FOLDER``."""

import sys
import time
from pathlib import Path

from studio.settings import Settings
from studio.studio import Studio

if __name__ == "__main__":
    studio = Studio(Settings(data_dir=Path(sys.argv[1]), device="cpu"), package="tests.studio.engines")
    studio.start()
    while True:
        time.sleep(1)
