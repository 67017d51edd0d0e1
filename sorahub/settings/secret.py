"""The secret key of a single-machine install: made once, kept in a file that only its owner may read."""

import os
import secrets
from pathlib import Path


def local_secret(path: Path) -> str:
    """Return the key in the file, making it first if need be; two processes that start together agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
