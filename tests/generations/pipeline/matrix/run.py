"""``make matrix``: every cell of the fault matrix on a throwaway PostgreSQL, and its page written anew."""

import os
import subprocess
import sys
from pathlib import Path

from sorahub.supervise import interruptible
from tests.cluster import cluster
from tests.generations.pipeline.matrix.table import PAGE, page

HERE = Path(__file__).resolve().parent
BESIDE = ("-n", "2", "--dist", "loadfile")


def main(arguments: list[str]) -> int:
    """Write the page, run the cells; pytest's own status."""
    PAGE.write_text(page(), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", *BESIDE, str(HERE), *arguments]
    with interruptible(), cluster() as running:
        environment = {**os.environ, "SORAHUB_MATRIX": "full", "DATABASE_URL": running.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
