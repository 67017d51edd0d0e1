"""Counsel makes, edits and ends checklists; nothing is overwritten, and two edits at once do not both win."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction

from reviews.actions.checklists import make_checklist, retire_checklist, revise_checklist
from reviews.models import ChecklistTemplate
from sorahub.ledger.models import AppendOnlyViolation, Chain, Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency

pytestmark = pytest.mark.django_db
QUESTIONS: list[dict[str, Any]] = [{"key": "ours", "question": "Is it ours?", "clears_with": ["yes"]}]


def made(agency: Agency, **said: Any) -> ChecklistTemplate:
    return make_checklist(actor=agency.lena, **{"title": "Broadcast", "questions": QUESTIONS, **said})


def test_a_checklist_is_kept_under_its_hash_and_ledgered(agency: Agency) -> None:
    row = made(agency, client=agency.north, distributor=" Canal ", market="de")
    assert (row.key, row.version, row.market, row.distributor) == ("broadcast", 1, "DE", "Canal")
    assert json.loads(row.canonical) == {
        "schema": "sorahub/checklist/1", "key": "broadcast", "version": 1, "title": "Broadcast", "client": str(agency.north.pk),
        "distributor": "Canal", "market": "DE", "retired": False,
        "questions": [{"key": "ours", "question": "Is it ours?", "help": "", "required": True, "clears_with": ["yes"]}],
    }  # fmt: skip
    assert row.sha256 == sha256(row.canonical.encode()).hexdigest()
    event = Event.objects.latest("at")
    assert (event.kind, event.chain, event.subject_id) == ("checklist.made", Chain.objects.of(agency.north.pk), row.pk)
    assert json.loads(event.body) == {"key": "broadcast", "sha256": row.sha256, "version": 1}


def test_a_key_is_made_of_the_title_and_free(agency: Agency) -> None:
    assert [made(agency).key, made(agency).key, made(agency, title="権利").key] == [
        "broadcast", "broadcast-2", "checklist",
    ]  # fmt: skip


def test_an_edit_makes_the_next_version_and_leaves_the_older_one(agency: Agency) -> None:
    first = made(agency, client=agency.north)
    second = revise_checklist(actor=agency.lena, checklist=first, title="Broadcast", questions=QUESTIONS, market="FR")
    assert (second.key, second.version, second.client, second.market) == ("broadcast", 2, agency.north, "FR")
    assert second.sha256 != first.sha256
    assert list(ChecklistTemplate.objects.newest()) == [second]
    first.title = "Other"
    with pytest.raises(AppendOnlyViolation), transaction.atomic():
        first.save()


def test_of_two_edits_of_one_version_the_second_is_told(agency: Agency) -> None:
    first = made(agency)
    revise_checklist(actor=agency.lena, checklist=first, title="One", questions=QUESTIONS)
    with pytest.raises(Conflict) as caught:
        revise_checklist(actor=agency.lena, checklist=first, title="Two", questions=QUESTIONS)
    assert caught.value.code == "newer-version"
    with pytest.raises(Conflict):
        retire_checklist(actor=agency.lena, checklist=first)
    assert ChecklistTemplate.objects.count() == 2


def test_an_edit_that_changes_nothing_is_no_version(agency: Agency) -> None:
    with pytest.raises(Conflict, match="Nothing was changed"):
        revise_checklist(actor=agency.lena, checklist=made(agency), title="Broadcast ", questions=QUESTIONS)
    assert ChecklistTemplate.objects.count() == 1


def test_a_retired_checklist_is_taken_up_again_by_an_edit(agency: Agency) -> None:
    gone = retire_checklist(actor=agency.lena, checklist=made(agency))
    assert (gone.version, gone.retired, gone.questions[0]["key"]) == (2, True, "ours")
    with pytest.raises(Conflict, match="retired already"):
        retire_checklist(actor=agency.lena, checklist=gone)
    back = revise_checklist(actor=agency.lena, checklist=gone, title="Broadcast", questions=QUESTIONS)
    assert (back.version, back.retired) == (3, False)
    kinds = Event.objects.filter(kind__startswith="checklist").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["checklist.made", "checklist.retired", "checklist.revised"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": " "}, "title"),
        ({"market": "Germany"}, "market"),
        ({"market": "WORLD"}, "market"),
        ({"questions": []}, "questions"),
        ({"questions": [{"question": "", "clears_with": ["yes"]}]}, "questions.0.question"),
        ({"questions": [{"question": "Ours?", "clears_with": ["perhaps"]}]}, "questions.0.clears_with"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    agency: Agency, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(agency, **said)
    assert list(caught.value.fields) == [field]
    assert ChecklistTemplate.objects.count() == 0


def test_a_key_that_is_taken_is_a_conflict(agency: Agency) -> None:
    made(agency, key="mine")
    with pytest.raises(Conflict) as caught:
        made(agency, key="mine")
    assert caught.value.code == "taken"


@pytest.mark.parametrize("name", ["alice", "bob", "dora", "ada"])
def test_only_legal_approvers_write_checklists(agency: Agency, name: str) -> None:
    row, actor = made(agency), getattr(agency, name)
    refused: tuple[Callable[[], object], ...] = (
        lambda: make_checklist(actor=actor, title="Mine", questions=QUESTIONS),
        lambda: revise_checklist(actor=actor, checklist=row, title="Mine", questions=QUESTIONS),
        lambda: retire_checklist(actor=actor, checklist=row),
    )
    for act in refused:
        with pytest.raises(Forbidden):
            act()
    assert list(ChecklistTemplate.objects.all()) == [row]


def test_another_clients_checklist_does_not_exist(agency: Agency) -> None:
    with pytest.raises(NotFound):
        made(agency, client=agency.south)
    theirs = ChecklistTemplate.objects.create(
        key="theirs",
        version=1,
        title="Theirs",
        client=agency.south,
        questions=QUESTIONS,
        canonical="{}",
        sha256="0" * 64,
    )
    with pytest.raises(NotFound):
        retire_checklist(actor=agency.lena, checklist=theirs)
    assert theirs not in ChecklistTemplate.objects.visible_to(agency.alice)
    assert theirs in ChecklistTemplate.objects.visible_to(agency.ada)
    every = made(agency)
    assert list(ChecklistTemplate.objects.visible_to(agency.bob)) == [every]
    assert list(ChecklistTemplate.objects.visible_to(agency.dora)) == []
