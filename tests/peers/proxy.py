"""LiteLLM's proxy, installed in an environment of its own and run between us and the embedded service, on loopback only."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "var" / "peers" / "env"
LITELLM = "litellm[proxy]==1.106.2"
KEY = "sk-peers-0123456789"
START_SECONDS = 120
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Proxy:
    """A running proxy: where it listens, and how often it repeats a failed call of its own accord (None: as it comes)."""

    url: str
    retries: int | None

    @property
    def base_url(self) -> str:
        """What an account has as its address."""
        return f"{self.url}/v1"


def program() -> Path:
    """Return LiteLLM's program, installed on first use (742 MB). Raises subprocess.CalledProcessError."""
    found = ENVIRONMENT / "bin" / "litellm"
    if not found.exists():
        ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([found.with_name("pip"), "install", "--quiet", LITELLM], check=True)
    return found


@contextmanager
def running_proxy(upstream: str, folder: Path, port: int, *, retries: int | None) -> Iterator[Proxy]:
    """Run the proxy before the service at ``upstream``; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.yaml"
    config.write_text(json.dumps(_config(upstream, retries)))  # JSON is YAML
    command = [
        str(program()),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--telemetry",
        "False",
    ]
    with (folder / "litellm.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=_environment(folder), stdout=log, stderr=log)
    try:
        _wait_for(process, port)
        yield Proxy(f"http://127.0.0.1:{port}", retries)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _config(upstream: str, retries: int | None) -> dict[str, object]:
    model = {"model": "openai/sora-2", "api_base": upstream, "api_key": "sk-upstream"}
    return {
        "model_list": [{"model_name": "sora-2", "litellm_params": model}],
        "general_settings": {"master_key": KEY},
        "router_settings": {} if retries is None else {"num_retries": retries},
    }


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours but the path; whatever turns outside by HTTPS (ids that it did not make do) finds nobody."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "HTTPS_PROXY": NOWHERE,
        "NO_PROXY": "localhost,127.0.0.1",
    }


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("LiteLLM's proxy did not start; its log is beside its configuration.") from None
            time.sleep(0.2)
