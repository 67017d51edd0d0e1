"""Runs LiteLLM's proxy between our adapter and the embedded service: ``make peers``. Not part of the suite.

The first run installs LiteLLM under var/peers. Ends with a table and one line of JSON; status 1 where anything is not as it
should be.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import django
from django.core.management import call_command

FOLDER = Path(tempfile.mkdtemp(prefix="sorahub-peers-"))
os.environ |= {"DJANGO_SETTINGS_MODULE": "sorahub.settings.test", "SORAHUB_VAR_DIR": str(FOLDER / "var")}
django.setup()

# Models can be imported only now.
from tests import people  # noqa: E402
from tests.generations.factories import QUICK, running_sandbox  # noqa: E402
from tests.peers import way, wire  # noqa: E402
from tests.peers.findings import Finding, line, table  # noqa: E402
from tests.peers.proxy import running_proxy  # noqa: E402


def look(port: int) -> list[Finding]:
    """Start everything and look at it."""
    call_command("migrate", verbosity=0)
    agency = people.found_agency()
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox(FOLDER / "sandbox", script=QUICK))
        mended = stack.enter_context(running_proxy(sandbox.base_url, FOLDER / "mended", port, retries=0))
        found = [*wire.findings(mended, sandbox), *way.findings(agency, mended, sandbox)]
        unmended = stack.enter_context(running_proxy(sandbox.base_url, FOLDER / "unmended", port + 1, retries=None))
        return [*found, *way.hidden_retries(agency, unmended, sandbox)]


def main() -> int:
    """Look as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8130, help="the first of two ports on loopback")
    given = parser.parse_args()
    began = time.monotonic()
    found = look(given.port)
    sys.stdout.write(f"{table(found)}\n{line(found, time.monotonic() - began)}\n")
    if not all(each.ok for each in found):
        sys.stdout.write(f"The logs are in {FOLDER}.\n")
        return 1
    shutil.rmtree(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
