"""The search index is kept through migrations, and written anew only where it must be; the doctor and the command see and mend it."""

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from generations.models import Shot
from reviews import migrating
from reviews.actions.searching import index
from reviews.actions.searching.asking import Question, ask
from reviews.models import SearchEntry
from sorahub.doctoring import finding_things
from sorahub.doctoring.finding import Health
from tests.people import Agency

pytestmark = [pytest.mark.core, pytest.mark.django_db]
POSTGRESQL = connection.vendor == "postgresql"
TEXT = models.TextField()


def _ids() -> set[int]:
    """The entries' own numbers: others after the index was written anew."""
    return set(SearchEntry.objects.values_list("pk", flat=True))


def _missing() -> list[str]:
    connection.check_constraints()  # nothing is left to be checked at the end: triggers may come and go
    return list(index.engine().missing(connection))


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _plan(app: str, operation: Any, *, undone: bool = False) -> Any:
    made = type("Migration", (migrations.Migration,), {"operations": [operation]})
    return [(made("x", app), undone)]


def _migrated(plan: Any = None) -> set[int]:
    _missing()
    migrating.after(using="default", apps=apps, plan=plan)
    assert index.faults(connection) == []
    return _ids()


def test_the_index_is_written_anew_only_when_it_is_another_or_not_whole(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, definitions = _ids(), index.engine().definitions()
    assert before and _migrated() == before
    with monkeypatch.context() as other:
        other.setattr(index.engine(), "definitions", lambda: [*definitions, "SELECT 1"])
        assert index.faults(connection) == ["it was made by another version"]
        assert _migrated() == before
    assert _migrated() == before
    with monkeypatch.context() as other:
        other.setattr(index.engine(), "WORDS_MADE_BY", (*index.engine().WORDS_MADE_BY, "SELECT 2"))
        after = _migrated()
    assert after.isdisjoint(before)
    before = _migrated()
    SearchEntry.objects.filter(object_id=agency.shot.pk).delete()
    after = _migrated()
    assert len(after) == len(before) and after.isdisjoint(before)
    gone = "reviews_search_shot_update"
    _missing()
    _run(f"DROP TRIGGER {gone}{' ON generations_shot' if POSTGRESQL else ''}")
    Shot.objects.filter(pk=agency.shot.pk).update(title="Unseen")
    assert _missing() == [gone] and ask(agency.alice, Question("unseen")).rows == []
    assert _migrated().isdisjoint(after)
    assert len(ask(agency.alice, Question("unseen")).rows) == 1


PLANS: list[tuple[str, str, Any, bool, bool, bool]] = [
    # what happens, in which app, the operation, whether it is undone, whether PostgreSQL keeps its triggers, whether the index is written anew
    ("a column comes", "reviews", migrations.AddField("annotation", "extra", TEXT), False, True, False),
    ("an index comes", "reviews", migrations.AddIndex("annotation", models.Index(fields=["body"], name="x")), False, True, False),
    ("another app", "accounts", migrations.AlterField("person", "name", TEXT), False, True, False),
    ("another column", "reviews", migrations.AlterField("annotation", "category", TEXT), False, True, False),
    ("a column of ours", "reviews", migrations.AlterField("annotation", "body", TEXT), False, False, True),
    ("a joined table", "generations", migrations.AlterField("provideraccount", "route", TEXT), False, False, True),
    ("a table renamed", "generations", migrations.RenameModel("Shot", "Slot"), False, False, True),
    ("a table undone", "generations", migrations.CreateModel("shot", []), True, False, True),
    ("who knows", "jobs", migrations.RunSQL("SELECT 1"), False, False, True),
]  # fmt: skip


def test_triggers_go_only_where_a_migration_would_stumble_and_what_they_missed_is_found(agency: Agency) -> None:
    for number, (name, app, operation, undone, stay, anew) in enumerate(PLANS):
        before = _ids()
        plan = _plan(app, operation, undone=undone)
        _missing()
        migrating.before(using="default", plan=plan)
        assert (_missing() == []) == (stay and POSTGRESQL), name
        if anew:
            Shot.objects.filter(pk=agency.shot.pk).update(title=f"Word{number}")
        after = _migrated(plan)
        assert (after.isdisjoint(before)) == anew, name
        if anew:
            assert [row.object_id for row in ask(agency.alice, Question(f"word{number}")).rows] == [agency.shot.pk], (
                name
            )


def test_rows_that_a_migration_changes_are_found_afterwards(agency: Agency) -> None:
    plan = _plan("generations", migrations.RunPython(migrations.RunPython.noop))
    before = _ids()
    _missing()
    migrating.before(using="default", plan=plan)
    Shot.objects.filter(pk=agency.shot.pk).update(title="Tamarind")
    after = _migrated(plan)
    assert len(ask(agency.alice, Question("tamarind")).rows) == 1
    assert after.isdisjoint(before) or (POSTGRESQL and len(after & before) == len(before) - 1)


def test_a_run_that_broke_off_without_triggers_is_made_good_by_the_next(agency: Agency) -> None:
    plan = _plan("reviews", migrations.AlterField("annotation", "body", TEXT))
    _missing()
    migrating.before(using="default", plan=plan)
    Shot.objects.filter(pk=agency.shot.pk).update(title="Tamarind")
    migrating.before(using="default", plan=plan)
    _migrated(plan)
    assert len(ask(agency.alice, Question("tamarind")).rows) == 1


def test_nothing_is_tried_while_the_tables_are_of_an_older_version(agency: Agency) -> None:
    SearchEntry.objects.filter(object_id=agency.shot.pk).delete()
    before, faults = _ids(), index.faults(connection)
    older = [("generations", "0013_transfers_and_imports"), ("reviews", "0014_finding")]
    state = MigrationLoader(connection).project_state(older)
    assert state.apps.get_model("reviews", "SearchEntry")
    _missing()
    migrating.after(using="default", apps=state.apps)
    assert _ids() == before and index.faults(connection) == faults != []


def test_the_doctor_and_the_command_see_what_is_wrong_and_mend_it(agency: Agency) -> None:
    assert finding_things.search_index().health == Health.OK
    SearchEntry.objects.filter(object_id=agency.shot.pk).delete()
    finding = finding_things.search_index()
    assert finding.health == Health.FAULT and "reindex_search" in finding.mend
    assert "0 of 1 rows of kind shot" in finding.words
    with pytest.raises(CommandError, match="0 of 1 rows of kind shot"):
        call_command("reindex_search", "--check")
    assert not SearchEntry.objects.filter(object_id=agency.shot.pk).exists()
    _missing()
    told = StringIO()
    call_command("reindex_search", stdout=told)
    call_command("reindex_search", "--check", stdout=told)
    assert "things can be found. Mended: 0 of 1" in told.getvalue() and "is right" in told.getvalue()
    assert finding_things.search_index().health == Health.OK
