"""``make matrix``: every cell of the fault matrix on a throwaway PostgreSQL; when all held, the page says so with the day."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from sorahub.supervise import interruptible
from tests.cluster import cluster
from tests.generations.pipeline.matrix.table import LAST_RUN, PAGE, page

HERE = Path(__file__).resolve().parent
BESIDE = ("-n", "2", "--dist", "loadfile")


def main(arguments: list[str]) -> int:
    """Run the cells; when the whole matrix held, write the page anew. Pytest's own status."""
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-matrix-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", *BESIDE, f"--junitxml={report}", str(HERE), *arguments]
        environment = {**os.environ, "SORAHUB_MATRIX": "full", "DATABASE_URL": running.url}
        status = subprocess.run(command, env=environment, check=False).returncode
        if status == 0 and not arguments:
            _remember(report)
    return status


def _remember(report: Path) -> None:
    cases = [case for case in ElementTree.parse(report).iter("testcase") if case.find("skipped") is None]  # noqa: S314 (written by pytest a moment ago)
    cells = [case for case in cases if "test_table" not in case.get("classname", "")]
    LAST_RUN.write_text(
        json.dumps({"day": datetime.now(UTC).date().isoformat(), "cells": len(cells)}) + "\n", encoding="utf-8"
    )
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
