"""An environment of their own for judges that nobody here wrote, so that they share no package with the product."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "judges"
SCHEMATHESIS = "schemathesis==4.32.5"


def schemathesis() -> Path:
    """Return Schemathesis's program, installed on first use. Raises subprocess.CalledProcessError."""
    program = FOLDER / ".venv" / "bin" / "st"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER / ".venv"], check=True)
        subprocess.run([program.with_name("pip"), "install", "--quiet", SCHEMATHESIS], check=True)
    return program
