"""Terms that change under signed records, as people see it on pages and through the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from generations.models import Clip, Generation
from reviews.actions.terms import add_source, capture_terms
from reviews.models import GoverningSet, LicenceRecordVersion, Notice, ReReview, SignOff, Stage, TermsVersion
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import Event
from tests.people import PASSWORD, Agency, provider_account, user
from tests.reviews import world
from tests.reviews.judging import change_of, judge
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core
NEXT = world.TERMS + "10. We may use your output to train our models.\n"
SUSPENDED = "Suspended: the terms behind this clip changed"


def signed(agency: Agency, rule: str, *, grey: int = 90, drafter: User | None = None) -> SignOff:
    """A signed record under this rule, on a clip of its own."""
    clip = world.add_clip(agency.aurora, agency.alice, grey=grey)
    stages = {stage.name: stage for stage in Stage.objects.filter(project=agency.aurora)} or world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    present = GoverningSet.objects.filter(rule=rule).first() or world.governing(agency.lena, rule=rule)
    return world.sign(agency.lena, world.draft(drafter or agency.bob, clip, present))


def first_and_next(agency: Agency, effective_from: date | None = None) -> tuple[TermsVersion, TermsVersion]:
    first = TermsVersion.objects.order_by("captured_at")[0]
    return first, world.capture(agency.lena, "2026-09-01", NEXT, effective_from=effective_from)


def page(user: User, clip: Clip | SignOff) -> str:
    pk = clip.clip_id if isinstance(clip, SignOff) else clip.pk
    return logged_in(user).get(reverse("reviews:clip-rights", args=[pk]), world.SCOPE).text


def api(user: User, path: str) -> Any:
    return logged_in(user).get(f"/api/v1/{path}").json()


def cleared(agency: Agency, sign_off: SignOff) -> list[str]:
    """The codes of the reasons against using it, as the API tells alice."""
    answer = api(agency.alice, f"clips/{sign_off.clip_id}/clearance/?use=social_media&territory=DE&purpose=advertising")
    assert answer["granted"] is not bool(answer["reasons"])
    return [each["code"] for each in answer["reasons"]]


def test_case_01_a_cosmetic_change_changes_no_state_and_is_visible(agency: Agency) -> None:
    approval = signed(agency, "continuous")
    first, later = first_and_next(agency)
    assert cleared(agency, approval) == ["terms-changed"]
    judge(agency.lena, change_of(first, later), "cosmetic", "Only the numbering is new.")
    assert cleared(agency, approval) == []
    assert not ReReview.objects.exists()
    shown = page(agency.alice, approval)
    assert "Cleared" in shown
    assert f"{later}" in shown
    assert "Cosmetic" in shown
    assert SUSPENDED not in shown
    told = logged_in(agency.alice).get(
        reverse("reviews:governing-set", args=[approval.record_version.governing_set_id])
    )
    assert f"{later}" in told.text


def test_case_02_a_material_change_suspends_what_follows_the_terms_and_flags_the_rest(agency: Agency) -> None:
    rules = ("continuous", "at_generation", "pinned", "at_order")
    approvals = {rule: signed(agency, rule, grey=90 + 9 * place) for place, rule in enumerate(rules)}
    first, later = first_and_next(agency)
    change = change_of(first, later)
    judge(agency.lena, change, "material", "They train on output now.")
    assert {rule: cleared(agency, approval) for rule, approval in approvals.items()} == {
        "continuous": ["suspended"], "at_generation": [], "pinned": [], "at_order": [],
    }  # fmt: skip
    assert SUSPENDED in page(agency.alice, approvals["continuous"])
    flagged = page(agency.alice, approvals["pinned"])
    assert SUSPENDED not in flagged
    assert "a flag only" in flagged
    impact = logged_in(agency.bob).get(reverse("reviews:change-impact", args=[change.pk])).text
    assert "They train on output now." in impact
    assert "Lena" in impact
    assert api(agency.alice, f"terms-changes/{change.pk}/impact/") == {
        "clips": 4, "record_versions": 4, "sign_offs": 4, "deliveries": 0, "re_reviews": 4, "open": 4, "suspended": 1,
    }  # fmt: skip
    event = Event.objects.get(kind="re_review.opened")
    assert (event.actor, event.chain.client_id, event.subject_id) == (agency.lena.pk, agency.north.pk, change.pk)
    old = api(agency.alice, f"terms-versions/{first.pk}/")
    assert (old["text"], old["raw_sha256"]) == (world.TERMS, first.raw_sha256)


def test_case_03_the_window_of_effect_counts_not_the_day_of_capture(agency: Agency) -> None:
    world.capture(agency.lena, effective_from=date(2026, 1, 1))
    approval = signed(agency, "continuous")
    today = timezone.now().date()
    soon = today + timedelta(days=30)
    first, later = first_and_next(agency, effective_from=soon)
    change = change_of(first, later)
    assert cleared(agency, approval) == []
    judge(agency.lena, change, "material")
    assert cleared(agency, approval) == []  # counsel has until then to settle it
    judge(agency.lena, change, "material", "We agreed to it earlier.", binds_from=today)
    assert cleared(agency, approval) == ["suspended"]
    world.capture(agency.lena, "2025-05-01", "An older text", effective_from=date(2025, 5, 1))
    judge(agency.lena, change, "cosmetic", "On second reading.")
    assert cleared(agency, approval) == []  # captured last, but it bound before the member did


def test_case_20_a_service_that_was_shut_down_leaves_what_is_cleared(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, route="openai")
    stages = world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    approval = world.sign(agency.lena, world.draft(agency.bob, clip, world.governing(agency.lena, route="openai")))
    assert cleared(agency, approval) == []
    for address in ("clip-rights", "clip"):
        shown = logged_in(agency.alice).get(reverse(f"reviews:{address}", args=[clip.pk])).text
        assert "sora-2 of OpenAI was shut down on 24 September 2026" in shown
    body = {
        "account": str(provider_account(route="openai").pk), "model": "sora-2", "prompt": str(agency.prompt.pk),
        "params": {"seconds": 4, "size": "1280x720"},
    }  # fmt: skip
    refused = logged_in(agency.alice).post("/api/v1/generations/", body, content_type="application/json")
    assert refused.status_code == 422
    assert "2026-09-24" in refused.text
    assert not Generation.objects.exists()


def test_case_21_an_unknown_route_cannot_be_signed_without_two_persons(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, route="unknown")
    version = world.ready_to_sign(agency, clip)
    address = reverse("reviews:sign", args=[version.pk])
    values = {"shown_sha256": version.sha256, "meaning": "approved", "password": PASSWORD, "reason": ""}
    refused = logged_in(agency.lena).post(address, values)
    assert refused.status_code == 422
    assert 'data-code="route-unknown"' in logged_in(agency.lena).get(address).text
    assert not SignOff.objects.exists()
    until = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    asked = {"override-block": "route-unknown", "override-reason": "The contract is lost", "override-expires_at": until}
    assert logged_in(agency.ada).post(reverse("reviews:override-request", args=[clip.pk]), asked).status_code == 302
    assert logged_in(agency.lena).post(address, values).status_code == 422
    approve = reverse("reviews:override-approve", args=[clip.overrides.get().pk])
    assert logged_in(agency.lena).post(approve).status_code == 302
    assert logged_in(agency.lena).post(address, values).status_code == 302
    assert SignOff.objects.get().meaning == "approved"


@pytest.fixture
def material(agency: Agency) -> list[ReReview]:
    """Three suspended records, one of them drafted by lena's colleague who also signs."""
    for place in range(3):
        signed(agency, "continuous", grey=90 + 9 * place)
    judge(agency.lena, change_of(*first_and_next(agency)), "material", "They train on output now.")
    return list(ReReview.objects.order_by("-id"))


def settle(user: User, tasks: list[ReReview], **said: Any) -> Any:
    values = {"task": [str(each.pk) for each in tasks], "outcome": "no_effect", "reason": "We opted out.", **said}
    return logged_in(user).post(reverse("reviews:re-reviews"), values)


def test_counsel_settles_many_with_one_reason(agency: Agency, material: list[ReReview]) -> None:
    approvals = list(SignOff.objects.all())
    assert settle(agency.lena, material[:2]).status_code == 302
    assert [len(cleared(agency, each)) for each in approvals].count(0) == 2
    shown = logged_in(agency.lena).get(reverse("reviews:re-reviews"), {"show": "settled"}).text
    assert shown.count("We opted out.") == 2
    assert settle(agency.lena, [], everything="on").status_code == 302
    assert [cleared(agency, each) for each in approvals] == [[], [], []]
    assert Event.objects.filter(kind="re_review.settled").count() == 2
    assert "No record waits to be read anew" in logged_in(agency.lena).get(reverse("reviews:re-reviews")).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"reason": " "}, "Say why."),
        ({"outcome": ""}, "Say what it means for them."),
        ({"outcome": "revoked"}, "Select a valid choice."),
        ({"task": []}, "Choose at least one task"),
        ({"task": ["damaged"]}, "Choose at least one task"),
    ],
)
def test_what_is_no_settlement_is_told_and_changes_nothing(
    agency: Agency, material: list[ReReview], said: dict[str, Any], words: str
) -> None:
    answer = settle(agency.lena, material, **said)
    assert answer.status_code == 422
    assert words in answer.text
    assert not ReReview.objects.exclude(settled_at=None).exists()


def test_a_record_that_needs_a_new_version_stays_blocked(agency: Agency, material: list[ReReview]) -> None:
    settle(agency.lena, material[:1], outcome="new_record")
    approval = SignOff.objects.get(record_version=material[0].record_version)
    assert cleared(agency, approval) == ["terms-changed"]


def test_revoking_settles_one_and_asks_for_the_password(agency: Agency, material: list[ReReview]) -> None:
    browser, address = logged_in(agency.lena), reverse("reviews:re-review-revoke", args=[material[0].pk])
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"reason": "We cannot accept it", "password": "guess"}).status_code == 422
    assert ReReview.objects.open().count() == 3
    assert browser.post(address, {"reason": "We cannot accept it", "password": PASSWORD}).status_code == 302
    task = ReReview.objects.get(pk=material[0].pk)
    revocation = SignOff.objects.get(meaning="revoked")
    assert (task.outcome, revocation.revokes) == (
        "revoked",
        SignOff.objects.get(record_version=task.record_version, revokes=None),
    )
    again = browser.post(address, {"reason": "Again", "password": PASSWORD})
    assert again.status_code == 422
    assert SignOff.objects.filter(meaning="revoked").count() == 1


def test_the_list_shows_each_only_their_own_and_lets_legal_alone_settle(
    agency: Agency, material: list[ReReview]
) -> None:
    leo = user("leo", Kind.LEGAL)
    assert "No record waits" in logged_in(leo).get(reverse("reviews:re-reviews")).text
    assert settle(leo, material).status_code == 422
    assert 'type="checkbox"' not in logged_in(agency.alice).get(reverse("reviews:re-reviews")).text
    assert settle(agency.alice, material).status_code == 403
    assert logged_in(agency.dora).get(reverse("reviews:re-reviews")).status_code == 404
    assert ReReview.objects.open().count() == 3


def test_people_are_told_in_plain_words(agency: Agency, material: list[ReReview]) -> None:
    assert sorted(Notice.objects.values_list("user__email", "kind")) == [("alice@example.com", "suspended")]
    shown = logged_in(agency.alice).get(reverse("reviews:notices")).text
    assert "Terms changed: clips are suspended until legal has read what is new" in shown
    gone = logged_in(agency.alice).post(reverse("reviews:notice-go", args=[Notice.objects.get().pk]))
    assert gone.headers["Location"] == f"{reverse('reviews:re-reviews')}?project={agency.aurora.pk}"


def test_the_api_settles_and_lists(agency: Agency, material: list[ReReview]) -> None:
    body = {"re_reviews": [str(material[0].pk)], "outcome": "no_effect", "reason": "We opted out."}
    browser = logged_in(agency.lena)
    answer = browser.post("/api/v1/re-reviews/settle/", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"settled": 1})
    assert len(api(agency.lena, "re-reviews/?settled=false")["results"]) == 2
    assert [each["outcome"] for each in api(agency.lena, "re-reviews/?settled=true")["results"]] == ["no_effect"]
    again = browser.post("/api/v1/re-reviews/settle/", body, content_type="application/json")
    assert again.status_code == 409


def test_a_set_is_suggested_from_what_was_in_force_on_the_day(agency: Agency) -> None:
    for party, publisher in (("vofy", "Vofy"), ("openai", "OpenAI"), ("", "Nobody")):
        source = add_source(actor=agency.lena, publisher=publisher, title="Terms")
        type(source).objects.filter(pk=source.pk).update(party=party)
        for label, day in (("old", date(2026, 1, 1)), ("new", date(2026, 6, 1)), ("next", date(2027, 6, 1))):
            text = f"{publisher} {label}".encode()
            capture_terms(
                actor=agency.lena, source=source, label=label, raw=text, media_type="text/plain", method="paste",
                effective_from=day,
            )  # fmt: skip
    address = reverse("reviews:governing-set-new")
    answer = logged_in(agency.lena).get(address, {"route": "Vofy", "as_of": "2026-03-01"})
    wanted = [str(TermsVersion.objects.get(pk=pk)) for pk in answer.context["form"].initial["versions"]]
    assert wanted == ["Vofy: Terms · old", "OpenAI: Terms · old"]
    assert "newer, in force: new" in answer.text
    assert "2 versions ticked below." in answer.text
    assert (
        "Nothing is known of that route"
        in logged_in(agency.lena).get(address, {"route": "x", "as_of": "2026-03-01"}).text
    )
    values = {
        "name": "Vofy", "route": "vofy", "rule": "pinned", "as_of": "2026-03-01",
        "versions": answer.context["form"].initial["versions"],
    }  # fmt: skip
    made = logged_in(agency.lena).post(address, values, follow=True)
    assert "Newer versions are known than those in the set: " in made.text
    assert [each.terms_version.source.party for each in GoverningSet.objects.get().members.all()] == ["vofy", "openai"]


def test_a_set_that_lacks_the_makers_terms_leaves_a_hop_open(agency: Agency, clip: Clip) -> None:
    version = world.ready_to_sign(agency, clip)
    source = version.governing_set.members.get().terms_version.source
    type(source).objects.filter(pk=source.pk).update(party="vofy", kind="aggregator")
    shown = logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text
    assert 'data-code="hop-not-governed"' in shown
    assert "“OpenAI”" in shown
    type(source).objects.filter(pk=source.pk).update(party="")
    assert "hop-not-governed" not in logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text


def test_the_draft_page_hints_at_a_plan_that_nobody_declared(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, route="")
    world.add_generation(clip, agency, launcher=agency.alice)
    answer = logged_in(agency.bob).get(reverse("reviews:licence-draft", args=[clip.pk]))
    assert "Nobody declared which plan" in answer.text
    assert not LicenceRecordVersion.objects.exists()
