"""The database's own refusals: UPDATE, DELETE, REPLACE and TRUNCATE, by plain SQL, on the database under test."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from sorahub.ledger import migrating, triggers
from sorahub.ledger.append_only import AppendOnly
from sorahub.ledger.models import Event
from tests.ledger.test_record import append

SQLITE = connection.vendor == "sqlite"
only_sqlite = pytest.mark.sqlite
only_postgresql = pytest.mark.postgres
pytestmark = pytest.mark.core


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 (a test's own table)
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_every_trigger_that_must_be_there_is_there() -> None:
    expected = triggers.expected()
    assert triggers.installed() == expected
    third = "insert" if SQLITE else "truncate"
    for table in ("ledger_event", "ledger_checkpoint"):
        assert {trigger.operation for trigger in expected if trigger.table == table} == {"update", "delete", third}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_event SET body = '{}'",
        "UPDATE ledger_event SET seq = seq",
        "DELETE FROM ledger_event",
        "DELETE FROM ledger_event WHERE seq = 0",
        "INSERT INTO ledger_event SELECT * FROM ledger_event WHERE seq = 0 ON CONFLICT (id) DO UPDATE SET body = '{}'",
        pytest.param("INSERT OR REPLACE INTO ledger_event SELECT * FROM ledger_event WHERE seq = 0", marks=only_sqlite),
        pytest.param("REPLACE INTO ledger_event SELECT * FROM ledger_event", marks=only_sqlite),
        pytest.param("UPDATE OR REPLACE ledger_event SET seq = 1 WHERE seq = 0", marks=only_sqlite),
        pytest.param("TRUNCATE ledger_event", marks=only_postgresql),
        pytest.param("TRUNCATE ledger_chain CASCADE", marks=only_postgresql),
    ],
)
def test_changing_events_by_sql_is_refused_and_changes_nothing(sql: str) -> None:
    append(1), append(2)
    before = rows("ledger_event")
    with pytest.raises(IntegrityError, match=r"append-only: \w+ on ledger_(event|checkpoint) is refused"):
        run(sql)
    assert rows("ledger_event") == before


@only_sqlite
@pytest.mark.django_db
@pytest.mark.parametrize("key", ["id", "chain_id, seq", "rowid"])
def test_replace_is_refused_by_primary_key_unique_key_and_rowid_alike(key: str) -> None:
    append(1)
    others = {"id": "id", "chain_id": "chain_id", "seq": "seq"}
    fresh = {"id": "'00000000000000000000000000000009'", "chain_id": "chain_id", "seq": "77"}
    columns = {name: others[name] if name in key.split(", ") else fresh[name] for name in others}
    rest = "at, kind, actor, subject_type, subject_id, body, leaf_hash, link_hash"
    rowid = ("rowid, ", "rowid, ") if key == "rowid" else ("", "")
    before = rows("ledger_event")
    with pytest.raises(IntegrityError, match="append-only: REPLACE"):
        run(
            f"INSERT OR REPLACE INTO ledger_event ({rowid[0]}{', '.join(columns)}, {rest}) "  # noqa: S608 (as above)
            f"SELECT {rowid[1]}{', '.join(columns.values())}, {rest} FROM ledger_event"
        )
    assert rows("ledger_event") == before


@pytest.fixture
def seat() -> Iterator[type[models.Model]]:
    """A table with every kind of unique key: of a field, of two, under a condition, of an expression."""
    with isolate_apps("sorahub.ledger"):

        class Seat(AppendOnly):
            code = models.CharField(max_length=9, unique=True)
            row = models.IntegerField(null=True)
            place = models.IntegerField(null=True)
            final = models.BooleanField(default=False)

            class Meta:
                app_label = "ledger"
                constraints = [
                    models.UniqueConstraint(fields=["row", "place"], name="seat_place"),
                    models.UniqueConstraint(fields=["row"], condition=models.Q(final=True), name="seat_final"),
                    models.UniqueConstraint(Lower("code"), name="seat_code"),
                ]

    with connection.schema_editor() as editor:
        editor.create_model(Seat)
    triggers.install(tables=[Seat._meta.db_table])
    yield Seat
    triggers.remove(tables=[Seat._meta.db_table])
    with connection.schema_editor() as editor:
        editor.delete_model(Seat)


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_unique_key_is_guarded_and_lawful_rows_pass(seat: type[models.Model]) -> None:
    insert = "INSERT INTO ledger_seat (code, row, place, final) VALUES "
    for values in ("'a', 1, 1, TRUE", "'b', 1, 2, FALSE", "'c', 1, NULL, FALSE", "'d', 1, NULL, FALSE"):
        run(f"{insert} ({values})")
    before = rows("ledger_seat")
    assert len(before) == 4
    verb = "INSERT OR REPLACE" if SQLITE else "INSERT"
    for values in ("'a', 9, 9, FALSE", "'e', 1, 2, FALSE", "'f', 1, 3, TRUE", "'B', 9, 9, FALSE"):
        with pytest.raises(IntegrityError):
            run(f"{insert.replace('INSERT', verb)} ({values})")
    assert rows("ledger_seat") == before


@pytest.mark.django_db(transaction=True)
def test_a_trigger_that_is_gone_is_missed_and_the_next_migrate_puts_it_back() -> None:
    triggers.remove(tables=["ledger_event"])
    missing = triggers.expected() - triggers.installed()
    assert {trigger.table for trigger in missing} == {"ledger_event"}
    assert len(missing) == 3
    call_command("migrate", verbosity=0)
    assert triggers.installed() == triggers.expected()


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_weakened_trigger_does_not_count_as_installed() -> None:
    run('DROP TRIGGER "ledger_event_append_only_update"')
    run('CREATE TRIGGER "ledger_event_append_only_update" BEFORE UPDATE ON ledger_event WHEN 0 BEGIN SELECT 1; END')
    assert triggers.expected() - triggers.installed() == {("ledger_event", "update")}
    triggers.install()
    assert triggers.installed() == triggers.expected()


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_disabled_trigger_and_a_hollow_function_do_not_count_as_installed() -> None:
    run("ALTER TABLE ledger_event DISABLE TRIGGER append_only_delete")
    assert triggers.expected() - triggers.installed() == {("ledger_event", "delete")}
    run("ALTER TABLE ledger_event ENABLE TRIGGER append_only_delete")
    run("CREATE OR REPLACE FUNCTION sorahub_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    assert triggers.installed() == set()
    triggers.install()
    assert triggers.installed() == triggers.expected()


@only_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("when", ["BEFORE UPDATE OF seq", "BEFORE INSERT", "AFTER UPDATE"])
def test_a_trigger_that_fires_at_something_else_does_not_count_as_installed(when: str) -> None:
    level = "FOR EACH ROW EXECUTE FUNCTION sorahub_append_only()"
    run("DROP TRIGGER append_only_update ON ledger_event")
    run(f"CREATE TRIGGER append_only_update {when} ON ledger_event {level}")
    assert triggers.expected() - triggers.installed() == {("ledger_event", "update")}
    triggers.install()
    assert triggers.installed() == triggers.expected()


@pytest.mark.django_db(transaction=True)
def test_sqlite_gives_way_to_migrations_that_will_run_and_postgresql_never_does() -> None:
    migrating.before(using="default", plan=[])
    assert triggers.installed() == triggers.expected()
    migrating.before(using="default", plan=["a migration"])
    assert triggers.installed() == (set() if SQLITE else triggers.expected())
    migrating.after(using="default")
    assert triggers.installed() == triggers.expected()


@pytest.mark.django_db(transaction=True)
def test_foreign_keys_still_hold() -> None:
    append(1)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        run("DELETE FROM ledger_chain")
    assert Event.objects.count() == 1
