"""Many records drawn anew, on the page and by the API: from a judged change to the drafts, with what is skipped and why."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.models import Clip
from reviews.actions import drafting_many
from reviews.actions.terms import make_governing_set
from reviews.models import GoverningSet, LicenceRecordVersion, TermsChange
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.runner import drain
from tests.people import Agency
from tests.reviews import world
from tests.reviews.actions.test_drafting_many import WHY, change, new, old, records
from tests.reviews.judging import judge
from tests.reviews.web.browsing import logged_in

__all__ = ["change", "new", "old"]

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def page_of(change: TermsChange, **said: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"change": str(change.pk), **said}.items())
    return f"{reverse('reviews:redraft')}?{query}"


def test_from_a_judged_change_to_the_drafts(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, 3)
    Clip.objects.filter(pk=first[2].record.clip_id).update(declared_route="Kling")
    judge(agency.lena, change, "material")
    alice = logged_in(agency.alice)
    impact = alice.get(reverse("reviews:change-impact", args=[change.pk])).text
    assert page_of(change) in impact
    assert page_of(change).split("?")[0] in alice.get(reverse("reviews:re-reviews")).text
    page = alice.get(page_of(change))
    assert page.context["chosen"] == new
    assert [row.version for row, _ in page.context["fitting"]] == [first[1], first[0]]
    assert 'data-code="route-not-governed"' in page.text
    assert "The clip was made through “kling”, for which this governing set was not made." in page.text
    said = {"version": [str(first[0].pk)], "reason": WHY}
    done = alice.post(page_of(change, governing_set=str(new.pk)), said, follow=True)
    made = LicenceRecordVersion.objects.get(governing_set=new)
    assert made.record == first[0].record
    assert "New versions are drafted" in done.text
    assert reverse("reviews:sign", args=[made.pk]) in done.text
    assert WHY in done.text
    left = alice.get(page_of(change)).context["fitting"]
    assert [row.version for row, _ in left] == [first[1]]


def test_a_change_that_nobody_judged_material_leads_nowhere(
    agency: Agency, change: TermsChange, old: GoverningSet
) -> None:
    records(agency, old, 1)
    browser = logged_in(agency.alice)
    assert reverse("reviews:redraft") not in browser.get(reverse("reviews:change-impact", args=[change.pk])).text
    judge(agency.lena, change, "cosmetic")
    assert reverse("reviews:redraft") not in browser.get(reverse("reviews:change-impact", args=[change.pk])).text


def test_the_page_warns_of_what_clears_nothing_in_between(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    (version,) = records(agency, old, 1)
    browser = logged_in(agency.alice)
    assert "Some of them are approved" not in browser.get(page_of(change)).text
    world.sign_unasked(agency.lena, version)
    assert "from the draft until the new version is signed, these clear nothing" in browser.get(page_of(change)).text


def test_without_a_reason_a_choice_or_a_set_nothing_is_drafted_and_the_ticks_stay(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, 2)
    browser = logged_in(agency.alice)
    before = LicenceRecordVersion.objects.count()
    page = page_of(change, governing_set=str(new.pk))
    silent = browser.post(page, {"version": [str(first[0].pk)], "reason": " "})
    assert silent.status_code == 422
    assert "Say why they are drawn anew." in silent.text
    assert [ticked for _, ticked in silent.context["fitting"]] == [False, True]
    none = browser.post(page, {"reason": WHY})
    assert (none.status_code, "Choose at least one" in none.text) == (422, True)
    unset = browser.post(reverse("reviews:redraft"), {"version": [str(first[0].pk)], "reason": WHY})
    assert (unset.status_code, "Choose the terms." in unset.text) == (422, True)
    assert LicenceRecordVersion.objects.count() == before


def test_many_are_drafted_by_a_job_whose_page_tells_how_far_it_is(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, drafting_many.AT_ONCE + 1)
    browser = logged_in(agency.bob)
    said = {"version": [str(each.pk) for each in first], "reason": WHY}
    page = browser.post(page_of(change, governing_set=str(new.pk)), said).headers["Location"]
    waiting = browser.get(page)
    assert f"0 of {len(first)} records are dealt with." in waiting.text
    assert 'hx-trigger="every 2s"' in waiting.text
    drain()
    part = browser.get(page, headers={"HX-Request": "true"})
    assert part.text.startswith('<div id="live"')
    assert "hx-trigger" not in part.text
    assert f"{len(first)} of {len(first)}" in part.text
    assert browser.post(page).status_code == 409
    Job.objects.filter(kind=drafting_many.KIND).update(state=JobState.DEAD, error_message="The disk is full.")
    assert "The disk is full." in browser.get(page).text
    assert logged_in(agency.lena).get(page).status_code == 404


def test_where_all_were_skipped_the_page_says_so(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    (version,) = records(agency, old, 1)
    world.draft(agency.bob, version.record.clip, old)
    page = page_of(change, governing_set=str(new.pk))
    done = logged_in(agency.alice).post(page, {"version": [str(version.pk)], "reason": WHY}, follow=True)
    assert "Nothing was drafted" in done.text
    assert "Version 2 was drafted meanwhile." in done.text


def test_the_pages_ask_as_often_for_many_as_for_few(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    browser = logged_in(agency.alice)

    def asked(page: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page).status_code == 200
        return len(queries)

    first = records(agency, old, 2)
    few = asked(page_of(change))
    made = drafting_many.draft_many(actor=agency.alice, versions=[first[0].pk], governing_set=new, reason=WHY)
    result = asked(reverse("reviews:redraft-run", args=[made.pk]))
    more = [
        world.draft(agency.bob, world.add_clip(agency.aurora, agency.alice, grey=40 + each), old) for each in range(6)
    ]
    assert asked(page_of(change)) == few
    many = drafting_many.draft_many(
        actor=agency.alice, versions=[each.pk for each in more], governing_set=new, reason=WHY
    )
    assert asked(reverse("reviews:redraft-run", args=[many.pk])) == result


def test_other_sets_can_be_chosen_those_with_the_later_text_come_first(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    kling = make_governing_set(
        actor=agency.lena, name="Kling", route="Kling", rule="pinned", as_of=new.as_of, versions=[change.before]
    )
    records(agency, old, 1)
    page = logged_in(agency.alice).get(page_of(change, governing_set=str(kling.pk)))
    assert (page.context["chosen"], page.context["fitting"], len(page.context["skipped"])) == (kling, [], 1)
    offered = [str(label) for value, label in page.context["sets"].fields["governing_set"].choices if value]
    assert offered[0] == "Vofy after · Vofy · as they change · as of 2026-09-01"
    assert len(offered) == 3
    assert logged_in(agency.alice).get(page_of(change, project=str(agency.borealis.pk))).status_code == 404


# By the API


def post(browser: Any, path: str, said: dict[str, Any]) -> Any:
    return browser.post(path, said, content_type="application/json")


def test_a_program_previews_drafts_and_asks_how_it_stands(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, 2)
    bare = world.add_clip(agency.aurora, agency.alice, grey=60)
    browser = logged_in(agency.alice)
    clips = [str(each.record.clip_id) for each in first] + [str(bare.pk)]
    rows = post(browser, "/api/v1/redrafts/preview/", {"clips": clips, "governing_set": str(new.pk)}).json()
    told = {
        row["clip"]: (row["record_version"], row["approved"], [one["code"] for one in row["against"]]) for row in rows
    }
    assert told == {
        clips[0]: (str(first[0].pk), False, []),
        clips[1]: (str(first[1].pk), False, []),
        clips[2]: (None, False, ["no-record"]),
    }
    versions = [row["record_version"] for row in rows if not row["against"]]
    said = {"record_versions": versions, "governing_set": str(new.pk), "reason": WHY}
    made = post(browser, "/api/v1/redrafts/", said)
    assert made.status_code == 202
    run = browser.get(f"/api/v1/redrafts/{made.json()['id']}/").json()
    assert (run["state"], run["total"], run["reason"], run["skipped"]) == ("done", 2, WHY, [])
    drafts = {str(each.pk) for each in LicenceRecordVersion.objects.filter(governing_set=new)}
    assert {each["drafted"] for each in run["drafted"]} == drafts
    again = post(browser, "/api/v1/redrafts/", said).json()
    assert [each["code"] for each in again["skipped"]] == ["newer-version", "newer-version"]
    assert logged_in(agency.bob).get(f"/api/v1/redrafts/{run['id']}/").status_code == 404


def test_a_program_is_told_what_is_wrong(agency: Agency, old: GoverningSet, new: GoverningSet) -> None:
    (version,) = records(agency, old, 1)
    browser = logged_in(agency.alice)
    said = {"record_versions": [str(version.pk)], "governing_set": str(new.pk), "reason": WHY}
    for wrong, status in (
        ({"reason": ""}, 400),
        ({"record_versions": []}, 400),
        ({"governing_set": str(version.pk)}, 400),
    ):
        assert post(browser, "/api/v1/redrafts/", {**said, **wrong}).status_code == status
    Clip.objects.filter(pk=version.record.clip_id).update(project=agency.borealis)
    assert post(browser, "/api/v1/redrafts/", said).status_code == 404
    assert post(logged_in(agency.ada), "/api/v1/redrafts/", said).status_code == 403
    assert LicenceRecordVersion.objects.count() == 1
