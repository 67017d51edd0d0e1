"""Terms as bytes, passages, governing sets, licensing notes."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from generations.models import Clip
from reviews.actions.licensing import write_licensing_note
from reviews.actions.terms import add_source, capture_terms, make_governing_set, mark_clause
from reviews.models import Clause, GoverningSet, LicensingNote, TermsSource, TermsVersion
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_a_version_keeps_bytes_text_hashes_and_dates(agency: Agency) -> None:
    raw = "<p>You own the output — for ever.</p>".encode()
    source = add_source(actor=agency.lena, publisher="Vofy", title="Terms", address="https://vofy.example/terms")
    version = capture_terms(
        actor=agency.lena, source=source, label="v3", raw=raw, media_type="text/html", method="upload",
        published_on=date(2026, 3, 1), effective_from=date(2026, 4, 1), accepted_at=datetime(2026, 4, 2, tzinfo=UTC),
    )  # fmt: skip
    version.refresh_from_db()
    assert bytes(version.raw) == raw
    assert version.raw_sha256 == sha256(raw).hexdigest()
    assert version.text == "You own the output — for ever.\n"
    assert version.text_sha256 == sha256(version.text.encode()).hexdigest()
    assert version.address == "https://vofy.example/terms"
    event = Event.objects.get(kind="terms.captured")
    assert event.chain.key == "hub"
    assert json.loads(event.body)["raw_sha256"] == version.raw_sha256


def test_the_same_bytes_or_label_are_captured_once(agency: Agency) -> None:
    version = world.capture(agency.lena)
    assert world.capture(agency.lena, label="2026-02-01").pk == version.pk
    with pytest.raises(Conflict):
        world.capture(agency.lena, label=version.label, text="Other words")
    assert TermsVersion.objects.count() == 1


@pytest.mark.parametrize("name", ["alice", "bob", "dora", "ada"])
def test_only_legal_captures_terms(agency: Agency, name: str) -> None:
    source = add_source(actor=agency.lena, publisher="Vofy", title="Terms")
    events = Event.objects.count()
    with pytest.raises(Forbidden):
        capture_terms(
            actor=getattr(agency, name),
            source=source,
            label="v1",
            raw=b"Words",
            media_type="text/plain",
            method="paste",
        )
    with pytest.raises(Forbidden):
        add_source(actor=getattr(agency, name), publisher="Kling", title="Terms")
    assert (TermsVersion.objects.count(), TermsSource.objects.count(), Event.objects.count()) == (0, 1, events)


@pytest.mark.parametrize(
    "changes",
    [
        {"raw": b""},
        {"raw": b"x" * (10 * 1024 * 1024 + 1)},
        {"media_type": "application/pdf"},
        {"method": "crawl"},
        {"label": " "},
        {"accepted_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_what_is_no_capture_is_refused(agency: Agency, changes: dict[str, Any]) -> None:
    source = add_source(actor=agency.lena, publisher="Vofy", title="Terms")
    values: dict[str, Any] = {
        "source": source, "label": "v1", "raw": b"Words", "media_type": "text/plain", "method": "paste", **changes,
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        capture_terms(actor=agency.lena, **values)
    assert not TermsVersion.objects.exists()


def test_a_clause_is_quoted_letter_for_letter(agency: Agency) -> None:
    version = world.capture(agency.lena)
    clause = mark_clause(actor=agency.bob, terms_version=version, quote="you own the output", topic="ownership")
    assert version.text[clause.start : clause.end] == clause.quote == "you own the output"
    again = mark_clause(actor=agency.lena, terms_version=version, quote="you own the output", topic="ownership")
    assert again.pk == clause.pk
    with pytest.raises(InvalidInput):
        mark_clause(actor=agency.bob, terms_version=version, quote="You own the output", topic="ownership")
    with pytest.raises(InvalidInput):
        mark_clause(actor=agency.bob, terms_version=version, quote="you own the output", topic="weather")
    with pytest.raises(Forbidden):
        mark_clause(actor=agency.alice, terms_version=version, quote="Vofy Terms", topic="other")
    assert Clause.objects.count() == 1


def test_a_form_that_sends_crlf_still_finds_the_passage(agency: Agency) -> None:
    version = world.capture(agency.lena)
    clause = mark_clause(
        actor=agency.bob, terms_version=version, quote="own the output.\r\n3.2 You may", topic="commercial_use"
    )
    assert clause.quote == "own the output.\n3.2 You may"


def test_a_governing_set_is_named_by_the_hash_of_its_members(agency: Agency) -> None:
    first, second = world.capture(agency.lena), world.capture(agency.lena, "2026-02-01", "Other words")
    made = make_governing_set(
        actor=agency.lena, name="Vofy", route="Vofy", rule="pinned", as_of=date(2026, 6, 1), versions=[second, first]
    )
    assert made.sha256 == sha256(made.canonical.encode()).hexdigest()
    said = json.loads(made.canonical)
    assert [(one["precedence"], one["raw_sha256"]) for one in said["terms"]] == [
        (1, second.raw_sha256),
        (2, first.raw_sha256),
    ]
    with pytest.raises(Conflict):
        make_governing_set(
            actor=agency.lena, name="Again", route="Vofy", rule="pinned", as_of=date(2026, 6, 1),
            versions=[second, first],
        )  # fmt: skip
    assert GoverningSet.objects.count() == 1


def test_terms_that_were_not_in_force_do_not_govern(agency: Agency) -> None:
    later = world.capture(agency.lena, effective_from=date(2026, 7, 1))
    with pytest.raises(InvalidInput) as caught:
        make_governing_set(
            actor=agency.lena, name="Vofy", route="Vofy", rule="pinned", as_of=date(2026, 6, 30), versions=[later]
        )
    assert "Not in force on 2026-06-30" in caught.value.fields["versions"]
    assert not GoverningSet.objects.exists()


def test_a_licensing_note_cites_its_clause(agency: Agency, clip: Clip) -> None:
    version = world.capture(agency.lena)
    clause = mark_clause(actor=agency.bob, terms_version=version, quote="you own the output", topic="ownership")
    note = write_licensing_note(actor=agency.bob, clip=clip, body="Output is ours by 3.1.", clauses=[clause])
    assert [citation.clause for citation in note.citations.all()] == [clause]
    event = Event.objects.get(kind="licensing_note.written")
    assert event.chain.client_id == agency.north.pk
    assert "ours" not in event.body


def test_a_licensing_note_without_a_clause_is_an_opinion(agency: Agency, clip: Clip) -> None:
    with pytest.raises(InvalidInput):
        write_licensing_note(actor=agency.bob, clip=clip, body="Fine, I think.", clauses=[])
    foreign = world.add_clip(agency.borealis, agency.ada, grey=30)
    clause = mark_clause(
        actor=agency.lena, terms_version=world.capture(agency.lena), quote="you own the output", topic="ownership"
    )
    with pytest.raises(NotFound):
        write_licensing_note(actor=agency.bob, clip=foreign, body="Fine.", clauses=[clause])
    with pytest.raises(Forbidden):
        write_licensing_note(actor=agency.alice, clip=clip, body="Fine.", clauses=[clause])
    assert not LicensingNote.objects.exists()
