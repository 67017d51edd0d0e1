"""The second PostgreSQL role: the owner migrates, the hub runs as a role that may not touch what is written once.

The append-only triggers stop whoever may write; only their table's owner may switch them off. A hub that runs as another
role than the owner cannot, whatever happens inside it, and has no right to UPDATE, DELETE or TRUNCATE those tables at all.
"""

import re

from django.db import connection, transaction

from sorahub.ledger import triggers
from sorahub.operating.errors import OperatingError

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
READ_ONLY = ("django_migrations",)


def grant(role: str) -> list[str]:
    """Give an existing role exactly what the running hub needs, and return the statements. Run it as the owner, after each migrate.

    Raises OperatingError for SQLite, a name that is none, a role that is not there, or one that owns tables or is a superuser.
    """
    if connection.vendor != "postgresql":
        raise OperatingError("Roles are PostgreSQL's: with SQLite the file's owner is the owner.")
    if not NAME.fullmatch(role):
        raise OperatingError("A role's name is lower-case letters, digits and underscores.")
    _require_lesser(role)
    statements = list(_statements(role))
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return statements


def powers() -> str:
    """Say why the role that we are connected as could set the triggers aside: "superuser" or "owner"; empty when it could not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            return "superuser"
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        return "owner" if cursor.fetchone()[0] else ""


def _require_lesser(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR pg_has_role(rolname, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s", [role]
        )
        row = cursor.fetchone()
    if row is None:
        raise OperatingError(f"There is no role {role}: CREATE ROLE {role} LOGIN PASSWORD '…' first.")
    if row[0]:
        raise OperatingError(f"{role} may do all that the owner may: the hub must run as a lesser role.")


def _statements(role: str) -> list[str]:
    once = sorted(model._meta.db_table for model in triggers.guarded())
    fixed = ", ".join(f'"{table}"' for table in [*once, *READ_ONLY])
    written_once = ", ".join(f'"{table}"' for table in once)
    database = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    return [
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"REVOKE CREATE ON SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {fixed} FROM {role}",
        f"GRANT INSERT ON {written_once} TO {role}",
    ]
