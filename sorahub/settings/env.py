"""Typed readers of environment variables. A wrong value fails loudly and names the variable."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that ``NAME_FILE`` points to, or the default."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Read a yes/no variable; raise ImproperlyConfigured for any other word."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    word = raw.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {raw!r}.")


def integer(name: str, default: int) -> int:
    """Read a whole number; raise ImproperlyConfigured when it is none."""
    raw = os.environ.get(name)
    if raw is None or not raw.strip():
        return default
    try:
        return int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from error


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    """Read one of a few words; raise ImproperlyConfigured for any other."""
    word = os.environ.get(name, "").strip().lower() or default
    if word not in choices:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(choices)}; not {word!r}.")
    return word


def words(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Read a comma-separated list."""
    raw = os.environ.get(name)
    return default if raw is None else tuple(word.strip() for word in raw.split(",") if word.strip())


def integers(name: str) -> tuple[int, ...]:
    """Read a comma-separated list of whole numbers; raise ImproperlyConfigured for anything else."""
    try:
        return tuple(int(word) for word in words(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be whole numbers, separated by commas.") from error


def database(name: str, default_sqlite: Path) -> dict[str, object]:
    """Read ``postgresql://user:password@host:port/name`` or ``sqlite:///path``; the default is SQLite at the given path."""
    raw = os.environ.get(name, "")
    if not raw:
        return sqlite(default_sqlite)
    parts = urlsplit(raw)
    if parts.scheme == "sqlite":
        return sqlite(Path(parts.path))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must start with postgresql:// or sqlite:///.")
    return postgresql(raw)


def sqlite(path: Path) -> dict[str, object]:
    """SQLite for one machine: WAL, IMMEDIATE transactions, 20 seconds of patience."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        },
    }


def postgresql(url: str) -> dict[str, object]:
    """PostgreSQL from a URL; a socket folder goes into the host part, percent-encoded (``%2Ftmp%2Fpg``).

    What ``sorahub.postgresql`` prepares is prepared the first time, unless a pooler stands between that cannot keep it: PgBouncer can
    since 1.22, with ``max_prepared_statements`` above 0.
    """
    prepare = flag("SORAHUB_PREPARED_STATEMENTS", default=True)
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    hostname, _, port = host.partition(":")
    return {
        "ENGINE": "sorahub.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(hostname),
        "PORT": port,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"prepare_threshold": 0 if prepare else None},
    }
