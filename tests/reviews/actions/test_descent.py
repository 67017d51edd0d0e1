"""A derivative is bound by all that it was made from and approved by nobody but its own signers; real bytes, real surfaces."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generations.actions.clip_references import reference_from_clip
from generations.actions.descent import declare_parent
from generations.models import Clip, ClipParent, GenerationReference
from generations.models.descent import descendants
from reviews.actions import facts, facts_of_many
from reviews.actions.clear import clearance
from reviews.actions.holds import place_hold
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.models import Delivery, Incident, LicenceRecordVersion, SignOff
from reviews.web import docket, rights
from sorahub.jobs.runner import drain
from sorahub.lib import storage
from sorahub.lib.canonical import dumps
from sorahub.lib.errors import Conflict, Refused
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db

ASKED: dict[str, Any] = {"use": "social_media", "territory": "DE", "purpose": "advertising"}


def codes(clip: Clip, **said: Any) -> list[str]:
    found = clearance(clip=Clip.objects.get(pk=clip.pk), **{**ASKED, **said})
    return [one.code for one in found.reasons]


def bring(agency: Agency, data: bytes, name: str, **more: Any) -> Clip:
    """Upload bytes as alice does on the page, and return the clip that its job made."""
    story = {"declared_model": "sora-2", "declared_route": "Vofy", "declaration": "on", "shot": str(agency.shot.pk)}
    file = SimpleUploadedFile(name, data, "video/mp4")
    page = reverse("generations:upload", args=[agency.aurora.pk])
    assert logged_in(agency.alice).post(page, {**story, "file": file, **more}).status_code == 302
    drain()
    return Clip.objects.get(original_name=name)


def remuxed(clip: Clip, folder: Path) -> bytes:
    """Put the same pictures into a file of another layout, without decoding them."""
    out = folder / "remuxed.mp4"
    original = str(storage.path_for(clip.storage_key, settings.MEDIA_ROOT))
    with av.open(original) as source, av.open(str(out), "w", options={"movflags": "+faststart"}) as made:
        stream = made.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    return out.read_bytes()


def own_approval(agency: Agency, clip: Clip, governing: Any, **scope: Any) -> SignOff:
    """Let the derivative be judged, drafted and signed in its own right."""
    stages = {stage.name: stage for stage in clip.project.stages.all()}
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    return world.sign(agency.lena, world.draft(agency.bob, clip, governing, **scope))


def test_case_05_a_new_version_is_not_cleared_and_what_was_shared_does_not_drift(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    browser = logged_in(agency.alice)
    link = reverse("reviews:download", args=[clip.pk])
    newer = bring(agency, world.video_bytes(120), "harbour-v2.mp4")
    assert (newer.shot, newer.take) == (clip.shot, 2)
    assert codes(clip) == []
    assert "no-record" in codes(newer)
    answer = browser.get(link, ASKED)
    assert b"".join(answer) == world.video_bytes()
    assert answer.headers["ETag"].strip('"') == clip.sha256
    assert browser.get(reverse("reviews:download", args=[newer.pk]), ASKED).status_code == 422
    assert Delivery.objects.get().sha256 == clip.sha256
    guest = logged_in(agency.dora)
    assert guest.get(link, ASKED).status_code == 200
    assert guest.get(reverse("reviews:download", args=[newer.pk]), ASKED).status_code == 404


def test_case_06_a_remux_of_an_approved_clip_is_another_clip_bound_by_it(
    agency: Agency, clip: Clip, signed: SignOff, tmp_path: Path
) -> None:
    data = remuxed(clip, tmp_path)
    remux = bring(agency, data, "remux.mp4", made_from=[str(clip.pk)], operation="Remuxed")
    assert remux.sha256 != clip.sha256
    assert remux.frame_count == clip.frame_count
    assert "no-record" in codes(remux)
    governing = signed.record_version.governing_set
    with pytest.raises(Refused) as wide:
        own_approval(agency, remux, governing, territories=["WORLD"], uses=["social_media", "cinema"])
    assert [one["code"] for one in wide.value.reasons] == ["parent-not-in-scope"]
    assert world.sign(agency.lena, world.draft(agency.bob, remux, governing)).meaning == "approved"
    assert codes(remux) == []
    assert codes(remux, territory="FR") == ["parent-not-in-scope", "territory-not-in-scope"]
    assert codes(remux, use="cinema") == ["parent-not-in-scope", "use-not-in-scope"]
    browser = logged_in(agency.alice)
    refused = browser.get(reverse("reviews:download", args=[remux.pk]), {**ASKED, "territory": "FR"})
    assert refused.status_code == 422
    page = browser.get(reverse("reviews:clip-rights", args=[remux.pk]), {**ASKED, "territory": "FR"}).text
    assert "A clip that this one was made from may not be used so: Aurora: SC010-SH010 · take 1." in page
    assert "at most Social media, The client's own channels; in Austria, Germany" in page.replace("&#x27;", "'")
    assert reverse("reviews:clip-rights", args=[clip.pk]) in page


def test_restrictions_are_inherited_through_every_generation(agency: Agency, clip: Clip, signed: SignOff) -> None:
    middle = world.add_clip(agency.aurora, agency.alice, grey=100)
    last = world.add_clip(agency.aurora, agency.alice, grey=110)
    governing = signed.record_version.governing_set
    own_approval(agency, last, governing, territories=["WORLD"])
    declare_parent(actor=agency.alice, clip=middle, parent=clip, operation="Cut")
    declare_parent(actor=agency.alice, clip=last, parent=middle, operation="Cut")
    assert codes(last) == ["parent-without-record"]
    world.draft(agency.bob, middle, governing, territories=["WORLD"])
    assert codes(last) == []
    assert codes(last, territory="FR") == ["parent-not-in-scope"]


@pytest.mark.parametrize("how", ["hold", "incident", "quarantine", "withdrawal"])
def test_what_stops_a_parent_stops_what_was_made_from_it(agency: Agency, clip: Clip, signed: SignOff, how: str) -> None:
    child = world.add_clip(agency.aurora, agency.alice, grey=100)
    declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
    own_approval(agency, child, signed.record_version.governing_set)
    assert codes(child) == []
    if how == "hold":
        place_hold(actor=agency.lena, clip=clip, reason="A complaint")
    elif how == "incident":
        Incident.objects.create(clip=clip, clip_sha256=clip.sha256, kind="claim", words="A claim")
    else:
        column = "quarantined_at" if how == "quarantine" else "withdrawn_at"
        Clip.objects.filter(pk=clip.pk).update(**{column: timezone.now()})
    assert codes(child) == ["parent-stopped"]
    answer = logged_in(agency.alice).get(reverse("reviews:download", args=[child.pk]), ASKED)
    assert answer.status_code == 422


def test_a_remix_inherits_from_the_clip_of_its_source(agency: Agency, clip: Clip, signed: SignOff) -> None:
    source = world.add_generation(clip, agency, launcher=agency.alice, route="Vofy")
    remix = world.add_clip(agency.aurora, agency.alice, grey=100)
    made = world.add_generation(remix, agency, launcher=agency.alice, route="Vofy")
    own_approval(agency, remix, signed.record_version.governing_set, territories=["WORLD"])
    type(made).objects.filter(pk=made.pk).update(source=source)
    assert codes(remix) == []
    assert codes(remix, territory="US") == ["parent-not-in-scope"]


def test_what_is_made_with_a_frame_of_a_take_is_bound_by_that_take(agency: Agency, clip: Clip, signed: SignOff) -> None:
    frame = reference_from_clip(actor=agency.alice, clip=clip, frame=11).reference
    onward = world.add_clip(agency.aurora, agency.alice, grey=100)
    made = world.add_generation(onward, agency, launcher=agency.alice, route="Vofy")
    own_approval(agency, onward, signed.record_version.governing_set, territories=["WORLD"])
    assert "parent-not-in-scope" not in codes(onward, territory="US")
    GenerationReference.objects.create(generation=made, reference=frame, role="first_frame")
    assert codes(onward, territory="US") == ["parent-not-in-scope"]
    assert descendants([clip.pk], singly=True).of(clip.pk) == descendants([clip.pk]).of(clip.pk) == {onward.pk}
    page = logged_in(agency.lena).get(reverse("reviews:clip-rights", args=[onward.pk])).text
    assert "Its frame 12 was given to the model" in page
    place_hold(actor=agency.lena, clip=clip, reason="A claim")
    assert codes(onward) == ["parent-stopped"]
    with pytest.raises(Conflict) as refused:
        reference_from_clip(actor=agency.alice, clip=clip, frame=10)
    assert refused.value.code == "clip-stopped"


def test_parents_are_not_named_to_who_may_not_see_them(agency: Agency, clip: Clip) -> None:
    agency.borealis.memberships.create(user=agency.alice)
    elsewhere = world.add_clip(agency.borealis, agency.ada, grey=100)
    declare_parent(actor=agency.alice, clip=clip, parent=elsewhere, operation="Cut")
    for who, named in ((agency.alice, True), (agency.bob, False)):
        page = logged_in(who).get(reverse("reviews:clip-rights", args=[clip.pk]), ASKED).text
        assert ("Borealis" in page) is named
        assert ("a clip of another project" in page) is not named


def test_a_chain_that_nobody_followed_to_its_end_is_unknown(
    agency: Agency, clip: Clip, signed: SignOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.models.descent.MOST_STEPS", 1)
    middle = world.add_clip(agency.aurora, agency.alice, grey=100)
    last = world.add_clip(agency.aurora, agency.alice, grey=110)
    own_approval(agency, last, signed.record_version.governing_set)
    declare_parent(actor=agency.alice, clip=middle, parent=clip, operation="Cut")
    declare_parent(actor=agency.alice, clip=last, parent=middle, operation="Cut")
    world.draft(agency.bob, middle, signed.record_version.governing_set)
    assert codes(last) == ["parent-without-record"]


def test_the_board_says_of_parents_and_incidents_what_clearance_says(
    agency: Agency, clip: Clip, signed: SignOff, django_assert_max_num_queries: Any
) -> None:
    child = world.add_clip(agency.aurora, agency.alice, grey=100)
    declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
    world.draft(agency.bob, child, signed.record_version.governing_set, territories=["WORLD"])
    Incident.objects.create(clip=clip, clip_sha256=clip.sha256, kind="claim", words="A claim")
    now = timezone.now()
    rows = list(docket.joined(rights.newest(agency.lena)))
    many = facts_of_many.gather(rows, now, agency.lena)
    for row in rows:
        alone, _ = facts.gather(row.record.clip, now, agency.lena)
        assert (many[row.pk].parents, many[row.pk].incidents) == (alone.parents, alone.incidents)
    case = next(case for case in docket.cases(rows, agency.lena, now) if case.clip == child)
    assert {"parent-stopped", "parent-not-in-scope"} <= {one.code for one in case.against}


def test_the_first_draft_begins_with_what_the_parents_allow(agency: Agency, clip: Clip, signed: SignOff) -> None:
    child = world.add_clip(agency.aurora, agency.alice, grey=100)
    page = reverse("reviews:licence-draft", args=[child.pk])
    browser = logged_in(agency.alice)
    assert "Bound by" not in browser.get(page).text
    declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
    answer = browser.get(page)
    assert "Bound by what it was made from: at most" in answer.text
    begin = answer.context["form"].initial
    assert (begin["uses"], begin["territories"], begin["purposes"]) == (
        ["own_channels", "social_media"],
        "AT, DE",
        ["advertising"],
    )
    assert begin["last_day"] == datetime(2027, 12, 31, tzinfo=UTC).date()


def test_producers_declare_parents_on_the_rights_page(agency: Agency, clip: Clip) -> None:
    child = world.add_clip(agency.aurora, agency.alice, grey=100)
    page = reverse("reviews:made-from", args=[child.pk])
    said = {"from-parent": str(clip.pk), "from-operation": "Cut to 6 s"}
    assert logged_in(agency.bob).post(page, said).status_code == 403
    assert logged_in(agency.carol).post(page, said).status_code == 404
    browser = logged_in(agency.alice)
    assert browser.post(page, {**said, "from-operation": ""}).status_code == 422
    assert not ClipParent.objects.exists()
    assert browser.post(page, said).headers["Location"].endswith("#made-from")
    assert ClipParent.objects.get().declared_by == agency.alice
    assert "Cut to 6 s" in browser.get(reverse("reviews:clip-rights", args=[child.pk])).text
    back = browser.post(reverse("reviews:made-from", args=[clip.pk]), {**said, "from-parent": str(child.pk)})
    assert "That clip was itself made from this one." in back.text


def test_the_api_says_why_not_with_every_field(agency: Agency, clip: Clip, signed: SignOff) -> None:
    browser = logged_in(agency.alice)
    page = f"/api/v1/clips/{clip.pk}/clearance/"
    yes = browser.get(page, ASKED).json()
    assert (yes["granted"], yes["reasons"], yes["sign_off"]) == (True, [], str(signed.pk))
    assert yes["permission"]["territories"] == ["AT", "DE"]
    asked = {"at": "2027-12-01T00:00:00+01:00", "until": "2028-02-01T00:00:00+01:00", "client": str(agency.north.pk)}
    no = browser.get(page, {**ASKED, **asked, "territory": "FR"}).json()
    assert {(one["code"], one["turn"], one["extendable"]) for one in no["reasons"]} == {
        ("territory-not-in-scope", "drafter", True), ("ends-too-early", "drafter", True),
    }  # fmt: skip
    assert no["permission"] is None
    wrong = browser.get(page, {**ASKED, "until": "2020-01-01T00:00:00Z"})
    assert (wrong.status_code, "until" in dumps(wrong.json()).decode()) == (400, True)
    assert browser.get(page, {**ASKED, "client": str(agency.south.pk)}).status_code == 400
    guest = logged_in(agency.dora).get(page, {**ASKED, "territory": "FR"}).json()
    assert [one["code"] for one in guest["reasons"]] == ["not-cleared"]
    asking = {**ASKED, "territory": "FR", "clip": str(clip.pk), "reason": "Shops in France"}
    made = browser.post("/api/v1/extension-requests/", asking, content_type="application/json")
    assert made.status_code == 201, made.text
    settle = f"/api/v1/extension-requests/{made.json()['id']}/settle/"
    said = {"granted": False, "answer": "Not in France."}
    assert browser.post(settle, said, content_type="application/json").status_code == 403
    done = logged_in(agency.lena).post(settle, said, content_type="application/json")
    assert (done.status_code, done.json()["granted"]) == (200, False)
    assert LicenceRecordVersion.objects.count() == 1


def test_a_board_of_derivatives_asks_as_often_for_many_as_for_few(agency: Agency, clip: Clip, signed: SignOff) -> None:
    def queries() -> int:
        rows = list(docket.joined(rights.newest(agency.lena)))
        with CaptureQueriesContext(connection) as asked:
            docket.cases(rows, agency.lena, timezone.now())
        return len(asked)

    def derive(grey: int) -> None:
        child = world.add_clip(agency.aurora, agency.alice, grey=grey)
        declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
        world.draft(agency.bob, child, signed.record_version.governing_set)

    derive(100)
    few = queries()
    for grey in range(110, 116):
        derive(grey)
    assert queries() == few


def test_a_draft_of_the_parent_widens_nothing_and_a_revoked_parent_stops(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    child = world.add_clip(agency.aurora, agency.alice, grey=133)
    governing = signed.record_version.governing_set
    own_approval(agency, child, governing, territories=["WORLD"])
    declare_parent(actor=agency.alice, clip=child, parent=clip, operation="Cut")
    assert codes(child) == []
    assert codes(child, territory="JP") == ["parent-not-in-scope"]
    world.draft(agency.bob, clip, governing, territories=["WORLD"])
    assert codes(child, territory="JP") == ["parent-not-in-scope"]
    wide = clip.licence_record.versions.order_by("-version")[0]
    approval = world.sign(agency.lena, wide)
    assert codes(child, territory="JP") == []
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=approval, reason="A claim", reauthentication=proof)
    assert "parent-stopped" in codes(child)
