"""Examines the database, its triggers, the storage and the secrets."""

import os
import secrets
import shutil
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from sorahub.doctoring.finding import Finding, fault, ok, warning
from sorahub.ledger import copies, triggers, watch
from sorahub.lib import read_only, sealing, signing
from sorahub.lib.errors import DomainError
from sorahub.operating import roles

LOW_SPACE = 2 * 1024**3


def database() -> Finding:
    """Does it answer, and are all migrations applied?"""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return fault("database", f"does not answer: {error}", "Check DATABASE_URL and that the server runs.")
    if plan:
        return fault("database", f"{len(plan)} migrations are not applied", "Run: python manage.py migrate")
    return ok("database", f"{connection.vendor} answers, all migrations are applied")


def guard_triggers() -> Finding:
    """Are all triggers there that keep evidence from being changed?"""
    missing = triggers.expected() - triggers.installed()
    if missing:
        names = ", ".join(sorted(str(trigger) for trigger in missing)[:3])
        words = f"{len(missing)} append-only triggers are missing or altered ({names} …)"
        return fault("triggers", words, "Run: python manage.py migrate (it puts them back), then verify_ledger.")
    return ok("triggers", f"{len(triggers.expected())} append-only triggers are in place")


def database_role() -> Finding:
    """May the role that the hub runs as set the triggers aside? A matter for production on PostgreSQL."""
    if connection.vendor != "postgresql":
        return ok("role", "SQLite: whoever may write the file may do everything; keep copies of checkpoints elsewhere")
    power = roles.powers()
    if power:
        words = f"the hub runs as the database's {power}, who can disable the append-only triggers"
        return warning(
            "role", words, "Run the hub as a role of its own: manage.py grant_app_role (docs/how-to/install.md)."
        )
    return ok("role", "the hub runs as a role that cannot disable the append-only triggers")


def storage() -> Finding:
    """Can files be written, renamed and hard-linked there, and is there room?"""
    root = Path(settings.MEDIA_ROOT)
    trial = root / "incoming" / f".doctor-{secrets.token_hex(4)}"
    try:
        trial.parent.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"doctor")
        os.link(trial, trial.with_suffix(".link"))
        trial.with_suffix(".link").unlink()
        trial.unlink()
    except OSError as error:
        return fault("storage", f"{root}: {error.strerror}", "Give the hub's user write access to this folder.")
    free = shutil.disk_usage(root).free
    if free < LOW_SPACE:
        return warning("storage", f"{free / 1e9:.1f} GB free at {root}", "Make room: a full disk refuses new clips.")
    return ok("storage", f"{root} is writable, {free / 1e9:.0f} GB free")


def keys() -> Finding:
    """Do the signing and sealing keys work, and may only their owner read them?"""
    try:
        for purpose in ("ledger", "record"):
            signature = signing.sign(purpose, b"doctor")
            raw = next(key.raw for key in signing.public_keys(purpose) if key.key_id == signature.key_id)
            if not signing.verify(raw, b"doctor", signature.signature):
                return fault("keys", f"the {purpose} key does not verify what it signs", "Restore KEY_DIR from backup.")
        sealing.unseal(sealing.seal("doctor"))
    except (OSError, DomainError) as error:
        return fault("keys", f"{settings.KEY_DIR}: {error}", "Check the folder's owner, or restore it from backup.")
    open_files = [
        path.name for path in Path(settings.KEY_DIR).iterdir() if path.is_file() and path.stat().st_mode & 0o077
    ]
    if open_files:
        return warning("keys", f"others may read {', '.join(open_files)}", f"Run: chmod 600 {settings.KEY_DIR}/*")
    return ok("keys", "signing and sealing work; the key files are private")


def checkpoint_copies() -> Finding:
    """Does what the ledger states leave this machine, and in time?"""
    mend = "Look at SORAHUB_CHECKPOINT_DIR (mounted? writable?), SORAHUB_CHECKPOINT_MAIL and the jobs ledger.copy; run_cluster must run."
    late = copies.late(timezone.now())
    if late:
        oldest = min(late, key=lambda each: each.since)
        words = f"{len(late)} are overdue, one ({oldest.place}) since {oldest.since:%Y-%m-%d %H:%M} UTC"
        return fault("copies", words, mend)
    if not settings.CHECKPOINT_DIR and not settings.CHECKPOINT_MAIL:
        words = "checkpoints stay on this machine: whoever owns it could rewrite the ledger unseen"
        return warning("copies", words, "Set SORAHUB_CHECKPOINT_DIR or SORAHUB_CHECKPOINT_MAIL.")
    return ok("copies", f"checkpoints are copied: {', '.join(place.label for place in copies.places())}")


def restored() -> Finding:
    """Is the database the one of which the copies of checkpoints speak, and may it be changed?"""
    mend = "Restore the newest database; or, if it is lost: manage.py accept_restore --reason … --actor …"
    found = watch.look(thorough=True)
    if found:
        return fault("history", f"{found[0]} ({found[0].file}): read-only", mend)
    if read_only.reason() is not None:
        return fault("history", "the hub is read-only, though the database fits its copies again", mend)
    if unfit := watch.unfit():
        words = f"{len(unfit)} copies of checkpoints were signed by none of our keys ({unfit[0]})"
        return warning("history", words, "Restore KEY_DIR whole, old keys included, or move these files away.")
    return ok("history", "the database has everything that copies of checkpoints speak of")


def secret_key() -> Finding:
    """Is Django's secret long enough to be one?"""
    if len(settings.SECRET_KEY) < 50:
        return fault(
            "secrets", "the secret key is too short", "Set SORAHUB_SECRET_KEY to 50 or more random characters."
        )
    return ok("secrets", "the secret key is long enough")
