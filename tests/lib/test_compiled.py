"""A queryset whose SQL is made once answers as the queryset would, for whatever is asked."""

from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, connection, transaction
from django.db.models import CharField, DateTimeField, IntegerField, UUIDField, Value
from django.db.models.functions import Cast, Upper
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sorahub.accounts.models import User
from sorahub.lib.compiled import Compiled, Later, together
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def by_mail() -> Compiled[User]:
    """Active accounts by their address, with the person."""
    rows = User.objects.filter(email=Later("email", CharField()), is_active=True).select_related("person")
    return Compiled(rows.order_by())


def test_it_is_asked_again_and_again_for_other_values(agency: Agency, by_mail: Compiled[User]) -> None:
    for person in (agency.alice, agency.bob, agency.alice):
        with CaptureQueriesContext(connection) as asked:
            [found] = by_mail.ask(email=person.email)
            assert (found, found.person.name, type(found.pk)) == (person, person.get_full_name(), UUID)
            assert (found._state.db, found.person._state.db) == ("default", "default")
        assert len(asked) == 1
    assert by_mail.ask(email="nobody@example.com") == []


def test_it_sees_what_has_changed_since(agency: Agency, by_mail: Compiled[User]) -> None:
    assert by_mail.ask(email=agency.bob.email) == [agency.bob]
    User.objects.filter(pk=agency.bob.pk).update(is_active=False)
    assert by_mail.ask(email=agency.bob.email) == []


def test_ids_and_moments_are_said_as_they_are_in_python(agency: Agency) -> None:
    later = {"pk": Later("pk", UUIDField()), "date_joined__lte": Later("at", DateTimeField())}
    joined = Compiled(User.objects.filter(**later).order_by())
    assert joined.ask(pk=agency.bob.pk, at=timezone.now()) == [agency.bob]
    assert joined.ask(pk=agency.bob.pk, at=agency.bob.date_joined.replace(year=2000)) == []


def test_a_value_that_was_left_out_is_no_value(agency: Agency, by_mail: Compiled[User]) -> None:
    with pytest.raises(KeyError, match="email"):
        by_mail.ask()


@pytest.mark.postgres
def test_what_would_be_frozen_is_refused(agency: Agency) -> None:
    for rows in (User.objects.filter(pk=agency.bob.pk), User.objects.filter(date_joined__lt=timezone.now())):
        with pytest.raises(TypeError, match="never change again"):
            Compiled(rows).ask()


def test_what_is_joined_left_out_or_named_comes_as_from_the_queryset(agency: Agency) -> None:
    """Joined rows, columns left for later, and dictionaries."""
    rows = User.objects.filter(email=Later("email", CharField())).select_related("person").order_by()
    [lean] = Compiled(rows.defer("preferences", "person__created_at")).ask(email=agency.bob.email)
    with CaptureQueriesContext(connection) as asked:
        assert (lean.person.name, lean.kind) == (agency.bob.get_full_name(), agency.bob.kind)
        assert len(asked) == 0
        assert (lean.preferences, lean.person.created_at) == (agency.bob.preferences, agency.bob.person.created_at)
        assert len(asked) == 2
    [whole] = Compiled(rows).ask(email=agency.bob.email)
    assert (vars(whole).keys(), whole.date_joined) == (
        vars(rows.model.objects.get(pk=whole.pk)).keys(),
        lean.date_joined,
    )
    values: Any = rows.values("kind", "id", "date_joined")
    [named] = Compiled[Any](values).ask(email=agency.bob.email)
    assert named == {"kind": "reviewer", "id": agency.bob.pk, "date_joined": agency.bob.date_joined}
    assert Compiled[Any](values.values("id")[:1]).ask(email=agency.bob.email) == [{"id": agency.bob.pk}]


def test_several_are_asked_together_each_with_its_rows(agency: Agency, by_mail: Compiled[User]) -> None:
    names = Compiled(User.objects.filter(email=Later("email", CharField())).order_by().values("email"))
    with CaptureQueriesContext(connection) as asked:
        first, nobody, named = together(
            by_mail.of(email=agency.bob.email),
            by_mail.of(email="nobody@example.com"),
            names.of(email=agency.alice.email),
        )
    assert (first, nobody, named) == ([agency.bob], [], [{"email": agency.alice.email}])
    assert len(asked) == 3


def test_what_is_annotated_comes_with_the_row(agency: Agency) -> None:
    rows = User.objects.filter(email=Later("email", CharField())).annotate(called=Upper("email")).order_by()
    [found] = Compiled(rows).ask(email=agency.bob.email)
    assert (found, getattr(found, "called", "")) == (agency.bob, agency.bob.email.upper())


@pytest.mark.postgres
def test_an_error_among_several_is_the_databases_and_the_next_question_is_answered(
    agency: Agency, by_mail: Compiled[User]
) -> None:
    broken = Compiled(User.objects.annotate(number=Cast(Value("none"), IntegerField())).order_by().values("number"))
    with pytest.raises(DataError), transaction.atomic():
        together(by_mail.of(email=agency.bob.email), broken.of(), by_mail.of(email=agency.alice.email))
    assert by_mail.ask(email=agency.bob.email) == [agency.bob]
