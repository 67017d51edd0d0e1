"""Setting up with a bare Python: nothing left half done, one clear line when it cannot be done."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sorahub.bootstrap import Environment, SetupFailed, explain, require_python
from sorahub.ports import free_port

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script and locks of nothing, so that setting up takes a second and no network."""
    (tmp_path / "sorahub").mkdir()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "sorahub" / "bootstrap.py").write_bytes((ROOT / "sorahub" / "bootstrap.py").read_bytes())
    for kind in ("runtime", "dev"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"# nothing for {kind}\n")
    return tmp_path


def set_up(checkout: Path, kind: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the script as make does, without uv on PATH so that pip is what is tried."""
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if not (Path(each) / "uv").exists())
    return subprocess.run(
        [sys.executable, "sorahub/bootstrap.py", kind],
        cwd=checkout,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def modified(checkout: Path) -> int:
    """When the environment was last made or changed."""
    return (checkout / ".venv" / "sorahub-stamp.json").stat().st_mtime_ns


@pytest.mark.slow
def test_a_second_run_does_nothing_and_a_changed_lock_installs_again(checkout: Path) -> None:
    first = set_up(checkout, "dev")
    assert first.returncode == 0, first.stderr
    assert (checkout / ".venv" / "bin" / "python").exists()
    made = modified(checkout)
    for kind in ("dev", "runtime"):
        again = set_up(checkout, kind)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
        assert modified(checkout) == made
    (checkout / "requirements" / "runtime.txt").write_text("# changed\n")
    assert set_up(checkout, "runtime").returncode == 0
    assert modified(checkout) > made
    assert sorted(json.loads((checkout / ".venv" / "sorahub-stamp.json").read_text())) == ["dev", "runtime"]


@pytest.mark.slow
def test_an_index_out_of_reach_is_one_line_and_leaves_no_environment(checkout: Path) -> None:
    (checkout / "requirements" / "runtime.txt").write_text(f"sorahub-no-such==1 --hash=sha256:{'0' * 64}\n")
    index = f"http://127.0.0.1:{free_port()}/simple"
    told = set_up(
        checkout, "runtime", PIP_INDEX_URL=index, PIP_RETRIES="1", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS=""
    )
    assert told.returncode == 1
    assert told.stderr == "Setup stopped: the package index cannot be reached. Check the network and run it again.\n"
    assert not (checkout / ".venv").exists()


@pytest.mark.slow
def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Path) -> None:
    (checkout / "requirements" / "runtime.txt").write_text(f"evil==1 --hash=sha256:{'0' * 64}\n")

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path.startswith("/simple")
            body = b'<a href="/evil-1-py3-none-any.whl">evil-1-py3-none-any.whl</a>' if is_page else b"not the wheel"
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if is_page else "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = f"http://127.0.0.1:{server.server_port}/simple"
        told = set_up(checkout, "runtime", PIP_INDEX_URL=index, PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="")
        server.shutdown()
    assert told.stderr == "Setup stopped: a downloaded package is not the one that was locked (its hash differs).\n"
    assert not (checkout / ".venv").exists()


@pytest.mark.slow
def test_a_run_that_was_cut_off_is_simply_repeated(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text("half an environment")
    assert set_up(checkout, "runtime").returncode == 0
    assert Environment(checkout).stamped().keys() == {"runtime"}


def test_the_wrong_python_is_told_which_one_is_wanted() -> None:
    require_python((3, 11))
    with pytest.raises(
        SetupFailed, match=r"^this is Python 3\.12, SoraHub needs Python 3\.11\. Install it, or name it: "
    ):
        require_python((3, 12))


@pytest.mark.parametrize(
    ("output", "start"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("error: failed to write: No space left on device (os error 28)", "the disk is full"),
        (
            "Temporary failure in name resolution\nERROR: No matching distribution found for x",
            "the package index cannot",
        ),
        ("ERROR: No matching distribution found for av==18.1.0", "the package index lacks"),
    ],
)
def test_an_installers_last_words_become_advice(output: str, start: str) -> None:
    assert (explain(output) or "").startswith(start)


def test_an_unknown_cause_is_not_guessed() -> None:
    assert explain("something else went wrong") is None
