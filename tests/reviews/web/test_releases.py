"""Releases and drafts that rest on them, on pages: put on file, read, replaced, withdrawn; what blocks a signature and how it is mended."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from generations.models import Clip, Project
from reviews.actions.clear import clearance
from reviews.models import GoverningSet, LicenceRecordVersion, Release, SignOff
from sorahub.accounts.models import User
from sorahub.ledger.models import Event
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core

PAPER = b"%PDF-1.7 signed by Mia"
MIA = {
    "kind": "model", "subject": "Mia", "scope": "The spring campaign", "uses": ["social_media", "own_channels"],
    "territories": "DACH", "ai_use": "yes", "training": "no", "counselled": "unknown", "valid_from": "2026-01-01",
    "valid_until": "2027-06-30",
}  # fmt: skip


def add(user: User, project: Project, **changes: Any) -> Any:
    return logged_in(user).post(reverse("reviews:release-new", args=[project.pk]), {**MIA, **changes})


def said(governing: GoverningSet, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What is posted to draft social media in Germany and Austria during 2026 and 2027."""
    posted: dict[str, Any] = {
        "governing_set": str(governing.pk), "uses": ["social_media"], "purposes": ["advertising"], "territories": "DE, AT",
        "first_day": "2026-01-01", "last_day": "2027-12-31", "time_zone": "UTC", "alterations": "format",
        "ownership": "yes", "commercial_use": "yes", "indemnity": "no", "depictions-TOTAL_FORMS": str(len(rows) + 1),
        "depictions-INITIAL_FORMS": "0", f"depictions-{len(rows)}-real": "unknown",
    }  # fmt: skip
    for number, row in enumerate(rows):
        shown = {"kind": "person", "name": "Mia", "real": "yes", "words": "", **row}
        posted |= {f"depictions-{number}-{name}": value for name, value in shown.items()}
    return {**posted, **changes}


def draft(user: User, clip: Clip, posted: dict[str, Any]) -> Any:
    return logged_in(user).post(reverse("reviews:licence-draft", args=[clip.pk]), posted)


def blocks(user: User) -> list[str]:
    """The codes of what the sign page of the newest version shows in the way."""
    version = LicenceRecordVersion.objects.order_by("-version")[0]
    shown = logged_in(user).get(reverse("reviews:sign", args=[version.pk])).context["blocks"]
    return [block.code for block in shown]


def sign(user: User) -> Any:
    version = LicenceRecordVersion.objects.order_by("-version")[0]
    values = {"shown_sha256": version.sha256, "meaning": "approved", "password": PASSWORD, "reason": ""}
    return logged_in(user).post(reverse("reviews:sign", args=[version.pk]), values)


def codes(user: User, clip: Clip) -> list[str]:
    """What the page of the clip's rights says against social media in Germany."""
    page = logged_in(user).get(reverse("reviews:clip-rights", args=[clip.pk]), world.SCOPE)
    return [block.code for block in page.context["against"]]


def test_case_14_a_missing_release_and_one_that_ends_too_early_block_until_the_term_is_shortened(
    agency: Agency, clip: Clip
) -> None:
    governing = world.approved(agency, clip)
    draft(agency.bob, clip, said(governing, {}))
    assert blocks(agency.lena) == ["release-missing"]
    assert sign(agency.lena).status_code == 422
    add(agency.bob, agency.aurora)
    mia = Release.objects.get()
    draft(agency.bob, clip, said(governing, {"release": str(mia.pk)}))
    assert blocks(agency.lena) == ["release-ends-before-term"]
    refused = sign(agency.lena)
    assert (refused.status_code, SignOff.objects.count()) == (422, 0)
    assert "The release ends before the time that is asked for: Mia (2027-06-30)." in refused.text
    draft(agency.bob, clip, said(governing, {"release": str(mia.pk)}, last_day="2027-06-30"))
    assert blocks(agency.lena) == []
    assert sign(agency.lena).status_code == 302
    assert codes(agency.alice, clip) == []


def test_case_14_a_withdrawal_suspends_every_record_that_rests_on_it(agency: Agency, clip: Clip) -> None:
    mia = world.consent(agency.bob, agency.aurora)
    other = world.add_clip(agency.aurora, agency.alice, grey=120)
    free = world.add_clip(agency.aurora, agency.alice, grey=150)
    governing = world.approved(agency, clip)
    for each in (other, free):
        for stage, judge in (("Creative", agency.bob), ("Client", agency.dora)):
            world.approve(each, agency.aurora.stages.get(name=stage), judge)
    for each in (clip, other, free):
        rests = {} if each == free else world.shows(mia)
        world.sign(agency.lena, world.draft(agency.bob, each, governing, **rests))
    page = reverse("reviews:release-withdraw", args=[mia.pk])
    asked = logged_in(agency.lena).get(page)
    assert {case.clip for case in asked.context["stopped"]} == {clip, other}
    assert codes(agency.alice, clip) == []
    assert logged_in(agency.bob).post(page).status_code == 403
    logged_in(agency.lena).post(page)
    assert codes(agency.alice, clip) == codes(agency.alice, other) == ["release-withdrawn"]
    assert codes(agency.alice, free) == []
    download = reverse("reviews:download", args=[clip.pk])
    assert logged_in(agency.alice).get(download, world.SCOPE).status_code == 422


def test_case_14_a_guardians_consent_ends_when_the_minor_is_an_adult(agency: Agency, clip: Clip) -> None:
    governing = world.approved(agency, clip)
    answer = add(agency.bob, agency.aurora, kind="guardian", subject="Tim", valid_until="")
    assert (answer.status_code, Release.objects.count()) == (422, 0)
    assert "Say on which day the minor becomes an adult" in answer.text
    add(agency.bob, agency.aurora, kind="guardian", subject="Tim", valid_until="", of_age_on="2027-03-15")
    tim = {"kind": "minor", "name": "Tim", "release": str(Release.objects.get().pk)}
    draft(agency.bob, clip, said(governing, tim))
    assert blocks(agency.lena) == ["release-ends-before-term"]
    draft(agency.bob, clip, said(governing, tim, last_day="2027-03-14"))
    assert sign(agency.lena).status_code == 302
    assert codes(agency.alice, clip) == []
    with time_machine.travel("2027-03-15T12:00:00Z", tick=False):
        draft(agency.bob, clip, said(governing, tim, first_day="2027-03-15", last_day="2027-12-31"))
        assert blocks(agency.lena) == ["minor-of-age"]


def test_a_paper_is_hashed_by_us_and_each_reading_is_ledgered(agency: Agency) -> None:
    add(agency.bob, agency.aurora, document=SimpleUploadedFile("../Mia signed.PDF", PAPER))
    mia = Release.objects.get()
    assert (mia.document_name, mia.document_media_type, mia.document_size) == (
        "Mia signed.PDF", "application/pdf", len(PAPER)
    )  # fmt: skip
    page = logged_in(agency.bob).get(reverse("reviews:release", args=[mia.pk])).text
    assert mia.document_sha256 in page
    address = reverse("reviews:release-document", args=[mia.pk])
    answer: Any = logged_in(agency.lena).get(address)
    assert b"".join(answer.streaming_content) == PAPER
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert Event.objects.get(kind="release.document_read").actor == agency.lena.pk
    for stranger in (agency.dora, agency.carol):
        assert logged_in(stranger).get(address).status_code == 404
    assert Event.objects.filter(kind="release.document_read").count() == 1


@pytest.mark.parametrize("content", [b"plain words", b"MZ\x90\x00 a program", b"\x89PNG damaged"])
def test_what_is_no_paper_is_refused_beside_its_field(agency: Agency, content: bytes) -> None:
    answer = add(agency.bob, agency.aurora, document=SimpleUploadedFile("mia.pdf", content))
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"document"}
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uses": []}, "uses"),
        ({"territories": ""}, "territories"),
        ({"territories": "Atlantis"}, "territories"),
        ({"valid_until": "2025-12-31"}, "valid_until"),
        ({"of_age_on": "2030-01-01"}, "of_age_on"),
        ({"kind": "replica", "counselled": "yes"}, "scope"),
        ({"kind": "replica", "scope": "May say the five lines of the spring film in German"}, "counselled"),
        ({"subject": " "}, "subject"),
    ],
)
def test_a_release_that_does_not_say_what_it_must_is_refused(
    agency: Agency, changes: dict[str, Any], field: str
) -> None:
    answer = add(agency.bob, agency.aurora, **changes)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    assert not Release.objects.exists()


def test_a_replica_is_put_on_file_with_a_specific_description(agency: Agency) -> None:
    replica = {"kind": "replica", "counselled": "yes", "scope": "May say the five lines of the spring film in German"}
    add(agency.bob, agency.aurora, **replica)
    made = Release.objects.get()
    assert (made.kind, made.counselled, made.territories) == ("replica", "yes", ["AT", "CH", "DE"])


def test_a_release_is_replaced_by_another_and_both_are_kept(agency: Agency, clip: Clip) -> None:
    mia = world.consent(agency.bob, agency.aurora)
    world.sign(agency.lena, world.draft(agency.bob, clip, world.approved(agency, clip), **world.shows(mia)))
    page = reverse("reviews:release-replace", args=[mia.pk])
    assert logged_in(agency.bob).post(page, MIA).status_code == 403
    assert Release.objects.count() == 1
    shown = logged_in(agency.lena).get(page)
    assert shown.context["form"].initial["subject"] == "Mia"
    assert [case.clip for case, _ in shown.context["cases"]] == [clip]
    logged_in(agency.lena).post(page, MIA)
    made = Release.objects.get(replaces=mia)
    mia.refresh_from_db()
    assert (made.withdrawn_at, mia.withdrawn_at is None, made.territories) == (None, False, ["AT", "CH", "DE"])
    assert (
        "Another release took its place." in logged_in(agency.bob).get(reverse("reviews:release", args=[mia.pk])).text
    )
    assert codes(agency.alice, clip) == ["release-withdrawn"]


def test_the_list_says_how_each_stands_and_what_rests_on_it(agency: Agency, clip: Clip) -> None:
    gone = world.consent(agency.bob, agency.aurora, subject="Gone", valid_until=date(2026, 6, 30))
    soon = world.consent(agency.bob, agency.aurora, subject="Soon", valid_until=date(2027, 1, 31))
    late = world.consent(agency.bob, agency.aurora, subject="Late", valid_from=date(2027, 1, 1))
    fine = world.consent(agency.bob, agency.aurora, subject="Fine")
    world.draft(agency.bob, clip, world.governing(agency.lena), **world.shows(fine))
    page = reverse("reviews:releases", args=[agency.aurora.pk])
    with time_machine.travel("2026-11-29T12:00:00Z", tick=False):
        rows = logged_in(agency.bob).get(page).context["rows"]
        tabs = {key: count for key, _, count in logged_in(agency.bob).get(page).context["tabs"]}
        listed = {key: logged_in(agency.bob).get(page, {"show": key}).context["rows"] for key in tabs}
    states = {row: state for row, (_, state), _ in rows}
    assert states == {fine: "Valid", late: "Not valid yet", soon: "Ends soon", gone: "Ended"}
    assert {row: [version.record.clip for version in resting] for row, _, resting in rows if resting} == {fine: [clip]}
    assert tabs == {"": 4, "standing": 2, "soon": 1, "ended": 1, "withdrawn": 0}
    assert {key: {row for row, _, _ in shown} for key, shown in listed.items()} == {
        "": {fine, late, soon, gone}, "standing": {fine, soon}, "soon": {soon}, "ended": {gone}, "withdrawn": set(),
    }  # fmt: skip
    assert logged_in(agency.dora).get(page).status_code == 404


def test_nothing_is_lost_while_a_release_is_added(agency: Agency, clip: Clip) -> None:
    governing = world.approved(agency, clip)
    browser = logged_in(agency.bob)
    page = reverse("reviews:licence-draft", args=[clip.pk])
    entered = said(governing, {}, product="Spring coffee", territories="DACH", add_release="1", uses=["cinema"])
    there = browser.post(page, entered).headers["Location"]
    assert not LicenceRecordVersion.objects.exists()
    assert browser.get(there).status_code == 200
    back = browser.post(there, MIA).headers["Location"]
    again = browser.get(back)
    form, rows = again.context["form"], again.context["rows"]
    assert form["product"].value() == "Spring coffee"
    assert form["uses"].value() == ["cinema"]
    assert form["territories"].value() == "DACH"
    assert rows.forms[0]["name"].value() == "Mia"
    assert "Model release: Mia (until 2027-06-30)" in again.text
    assert "field__error" not in again.text


def test_a_row_is_added_without_a_script_and_nothing_is_judged(agency: Agency, clip: Clip) -> None:
    posted = said(world.governing(agency.lena), {}, product="Spring coffee", territories="Atlantis", add_row="1")
    answer = draft(agency.bob, clip, posted)
    assert (answer.status_code, answer.context["form"]["product"].value()) == (200, "Spring coffee")
    assert [form["name"].value() for form in answer.context["rows"]] == ["Mia", None, None]
    assert "field__error" not in answer.text


def test_rows_that_are_ticked_for_removal_or_empty_count_for_nothing(agency: Agency, clip: Clip) -> None:
    rows = [{"real": "no"}, {"name": "Logo", "kind": "brand", "real": "no", "DELETE": "on"}]
    assert draft(agency.bob, clip, said(world.governing(agency.lena), *rows)).status_code == 302
    assert [row.name for row in LicenceRecordVersion.objects.get().depictions.all()] == ["Mia"]


def test_what_is_wrong_stands_at_its_field_and_at_the_top(agency: Agency, clip: Clip) -> None:
    governing, rows = world.governing(agency.lena), [{"name": "", "release": ""}, {"kind": ""}]
    answer = draft(agency.bob, clip, said(governing, *rows, purposes=[]))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"purposes": ["Tick at least one purpose."]}
    assert answer.context["rows"].errors[:2] == [
        {"name": ["Say who or what it is."]},
        {"kind": ["Say of which kind it is."]},
    ]
    assert '<a href="#id_purposes">Purposes</a>: Tick at least one purpose.' in answer.text
    assert '<a href="#id_depictions-0-name">Row 1, name</a>: Say who or what it is.' in answer.text
    declared = draft(agency.bob, clip, said(governing, {"real": "no"}, none_depicted="on"))
    assert declared.context["form"].errors == {
        "none_depicted": ["Either name what can be recognised, or declare that there is nothing."]
    }
    assert not LicenceRecordVersion.objects.exists()


def test_a_release_of_another_project_cannot_be_rested_on(agency: Agency, clip: Clip) -> None:
    foreign = Release.objects.create(
        project=agency.borealis, kind="model", subject="Zoe", scope="All", valid_from=date(2026, 1, 1),
        created_by=agency.ada,
    )  # fmt: skip
    answer = draft(agency.bob, clip, said(world.governing(agency.lena), {"release": str(foreign.pk)}))
    assert answer.status_code == 422
    assert answer.context["rows"].errors[0].keys() == {"release"}
    assert not LicenceRecordVersion.objects.exists()


def test_the_next_draft_begins_with_what_the_newest_says_and_shows_what_blocks_it(agency: Agency, clip: Clip) -> None:
    mia = world.consent(agency.bob, agency.aurora, valid_until=date(2026, 12, 31))
    more = {"product": "Spring coffee", "authorship": "Bob cut it."}
    world.draft(agency.bob, clip, world.approved(agency, clip), **world.shows(mia), **more)
    page = logged_in(agency.bob).get(reverse("reviews:licence-draft", args=[clip.pk]))
    form, rows = page.context["form"], page.context["rows"]
    assert (form["product"].value(), form["purposes"].value(), form["authorship"].value()) == (
        "Spring coffee", ["advertising"], "Bob cut it."
    )  # fmt: skip
    assert (rows.forms[0]["name"].value(), rows.forms[0]["release"].value()) == ("Mia", mia.pk)
    assert [block.code for block in page.context["standing"]["blocks"]] == ["release-ends-before-term"]


def test_an_old_record_offers_its_sentence_as_a_row(agency: Agency, clip: Clip) -> None:
    world.draft_old(agency.bob, clip, world.governing(agency.lena), depicted="Kim, in the boat")
    page = logged_in(agency.bob).get(reverse("reviews:licence-draft", args=[clip.pk]))
    assert page.context["rows"].forms[0]["name"].value() == "Kim, in the boat"


def test_a_first_draft_begins_with_the_set_of_the_clips_route(agency: Agency, clip: Clip) -> None:
    world.governing(agency.lena, route="openai")
    fitting = world.governing(agency.lena)
    page = logged_in(agency.bob).get(reverse("reviews:licence-draft", args=[clip.pk]))
    assert page.context["form"]["governing_set"].value() == fitting.pk
    assert not clearance(clip=clip, **world.SCOPE).granted


def test_whoever_may_not_replace_a_release_is_not_offered_it(agency: Agency, clip: Clip) -> None:
    """As soon as a record rests on it, also one of a clip that nobody else sees, counsel alone replaces it."""
    release = world.consent(agency.bob, agency.aurora)
    address = reverse("reviews:release-replace", args=[release.pk])
    shown = reverse("reviews:release", args=[release.pk])
    assert address in logged_in(agency.bob).get(shown).text
    world.draft(agency.bob, clip, world.governing(agency.lena), **world.shows(release))
    assert address not in logged_in(agency.bob).get(shown).text
    assert address in logged_in(agency.lena).get(shown).text
    Project.objects.filter(pk=agency.aurora.pk).update(archived_at=timezone.now())
    assert address not in logged_in(agency.lena).get(shown).text
