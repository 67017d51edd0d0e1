"""Many rows at once from the admin: a reason asked for all of them, a sheet out that no cell can abuse, a plan in."""

import csv
import io
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone

from generations.actions.batch_plans import BatchAsk, Making
from generations.actions.batches import launch_matrix
from generations.actions.shots import select_take
from generations.models import Clip, ErrorClass, Generation, Prompt, Shot, Withdrawal
from generations.pipeline.endings import fail
from reviews.actions.holds import place_hold
from reviews.models import Hold
from sorahub.accounts.admin.verbs import MOST_AT_ONCE
from sorahub.ledger.models import Event
from tests.admin.conftest import Worlds, logged_in
from tests.people import provider_account
from tests.reviews import ranking as some
from tests.reviews.world import add_clip

pytestmark = pytest.mark.django_db
CLIPS = "/admin/generations/clip/"


def rows_of(answer: Any) -> list[dict[str, str]]:
    """What a spreadsheet reads."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_clips_are_withdrawn_and_brought_back_together_each_time_with_a_reason(worlds: Worlds) -> None:
    alice, clip = worlds.agency.alice, worlds.clip
    other = add_clip(worlds.agency.aurora, alice, grey=210, shot=worlds.agency.shot)
    select_take(actor=alice, shot=worlds.agency.shot, clip=clip)
    browser = logged_in(alice)
    chosen = {"action": "withdraw_chosen", "_selected_action": [clip.pk, other.pk]}
    asked = browser.post(CLIPS, chosen)
    assert b'name="reason"' in asked.content
    unsaid = browser.post(CLIPS, {**chosen, "confirmed": "yes", "reason": " "})
    assert b"This field is required" in unsaid.content
    assert not Clip.objects.filter(withdrawn_at__isnull=False).exists()
    before = Event.objects.count()
    done = browser.post(CLIPS, {**chosen, "confirmed": "yes", "reason": "The client changed the product."}, follow=True)
    assert b"Withdraw: 2 done" in done.content
    worlds.agency.shot.refresh_from_db()
    assert worlds.agency.shot.selected_clip is None
    assert Clip.objects.filter(withdrawn_at__isnull=False).count() == 2
    kinds = sorted(
        Event.objects.filter(seq__gt=0).order_by("-pk")[: Event.objects.count() - before].values_list("kind", flat=True)
    )
    assert kinds == ["clip.withdrawn", "clip.withdrawn", "take.selected"]
    again = browser.post(CLIPS, {**chosen, "confirmed": "yes", "reason": "Again"}, follow=True)
    assert again.content.count(b"This clip is withdrawn already.") == 2
    page = browser.get(reverse("admin:generations_clip_change", args=[clip.pk]))
    assert b"The client changed the product." in page.content
    back = {
        "action": "bring_back_chosen",
        "_selected_action": [clip.pk],
        "confirmed": "yes",
        "reason": "It was the wrong list.",
    }
    browser.post(CLIPS, back)
    clip.refresh_from_db()
    assert clip.withdrawn_at is None
    assert list(Withdrawal.objects.filter(clip=clip).values_list("withdrawn", "reason")) == [
        (False, "It was the wrong list."),
        (True, "The client changed the product."),
    ]


def test_clips_without_a_shot_are_filed_together_the_oldest_first(worlds: Worlds) -> None:
    alice, shot = worlds.agency.alice, worlds.agency.shot
    first, later = (add_clip(worlds.agency.aurora, alice, grey=grey) for grey in (211, 212))
    chosen = {"action": "file_chosen", "_selected_action": [first.pk, later.pk]}
    browser = logged_in(alice)
    assert b'name="shot"' in browser.post(CLIPS, chosen).content
    done = browser.post(CLIPS, {**chosen, "confirmed": "yes", "shot": str(shot.pk)}, follow=True)
    assert b"File under a shot: 2 done" in done.content
    assert list(Clip.objects.filter(shot=shot).order_by("take").values_list("pk", flat=True))[-2:] == [
        first.pk,
        later.pk,
    ]


def test_shots_are_omitted_together_with_a_reason_and_prompts_go_to_a_batch(worlds: Worlds) -> None:
    shot, prompt = worlds.agency.shot, worlds.agency.prompt
    browser = logged_in(worlds.agency.alice)
    chosen = {
        "action": "set_standing_of_chosen",
        "_selected_action": [shot.pk],
        "confirmed": "yes",
        "standing": "omitted",
    }
    assert b"This field is required" in browser.post("/admin/generations/shot/", {**chosen, "reason": ""}).content
    shot.refresh_from_db()
    assert shot.standing == "active"
    browser.post("/admin/generations/shot/", {**chosen, "reason": "The client cut the scene."})
    shot.refresh_from_db()
    assert (shot.standing, Event.objects.filter(kind="shot.standing_set").count()) == ("omitted", 1)
    batch = {"action": "launch_batch", "_selected_action": [prompt.pk]}
    went = browser.post("/admin/generations/prompt/", batch)
    assert went.headers["Location"].startswith(f"/projects/{shot.project_id}/batches/new/?ticked=")
    assert list(browser.session["ticked"].values()) == [[str(prompt.pk)]]
    assert browser.get(went.headers["Location"]).status_code == 200
    more = Prompt(shot=shot, version=2, text="A pier", created_by=worlds.agency.alice)
    more.save()
    with override_settings(BATCH_MOST_CELLS=1):
        refused = browser.post(
            "/admin/generations/prompt/", {**batch, "_selected_action": [prompt.pk, more.pk]}, follow=True
        )
    assert "at most 1 prompts; 2 are chosen. Nothing was launched." in refused.content.decode()


def test_a_batch_is_counted_repeated_and_cancelled_with_a_reason(worlds: Worlds) -> None:
    agency = worlds.agency
    making = Making(provider_account(), "sora-2")
    ask = BatchAsk([agency.prompt], [making], seeds=[1, 2, 3], sizes=["1280x720"], seconds=[4])
    batch = launch_matrix(actor=agency.alice, name="Light", ask=ask)
    failed = batch.generations.order_by("id")[0]
    fail(failed, ErrorClass.PROVIDER_TRANSIENT, "500", "A fault.")
    browser, page = logged_in(agency.alice), f"/admin/generations/batch/{batch.pk}"

    def counted() -> tuple[int, ...]:
        rows = browser.get("/admin/generations/batch/").context["cl"].result_list
        return next((r.cells_done, r.cells_under_way, r.cells_waiting, r.cells_without) for r in rows if r == batch)

    assert counted() == (0, 0, 2, 1)
    shown = browser.get(f"{page}/change/").content.decode()
    for words in (f'href="/batches/{batch.pk}/"', "Cancel what waits", "Retry what is safe"):
        assert words in shown
    assert b"This field is required" in browser.post(f"{page}/retry-safe/", {"reason": ""}).content
    browser.post(f"{page}/retry-safe/", {"reason": "It was their fault."})
    again = failed.retries.get()
    assert again.timeline.filter(words__contains="It was their fault.").exists()
    assert counted() == (0, 0, 3, 0)
    refused = browser.post(f"{page}/retry-safe/", {"reason": "Once more."}).content.decode()
    assert ("Nothing in it can safely be asked for again" in refused, batch.generations.count()) == (True, 4)
    browser.post(f"{page}/cancel-waiting/", {"reason": "The client cut it."})
    assert again.timeline.filter(words__contains="The client cut it.").exists()
    assert counted() == (0, 0, 0, 3)


def test_legal_withdraws_nothing_and_lifts_holds_with_a_reason(worlds: Worlds) -> None:
    lena = worlds.agency.lena
    lena.is_staff = True
    lena.save(update_fields=["is_staff"])
    browser = logged_in(lena)
    browser.post(
        CLIPS, {"action": "withdraw_chosen", "_selected_action": [worlds.clip.pk], "confirmed": "yes", "reason": "x"}
    )
    worlds.clip.refresh_from_db()
    assert worlds.clip.withdrawn_at is None
    browser.post("/admin/reviews/hold/add/", {"clips": [worlds.clip.pk], "reason": "A logo is seen."})
    hold = Hold.objects.get()
    assert (hold.clip, hold.reason) == (worlds.clip, "A logo is seen.")
    second = place_hold(actor=lena, clip=worlds.clip, reason="Music")
    lifted = {
        "action": "lift_chosen",
        "_selected_action": [hold.pk, second.pk],
        "confirmed": "yes",
        "reason": "Cleared up.",
    }
    browser.post("/admin/reviews/hold/", lifted)
    assert list(Hold.objects.values_list("lift_reason", flat=True)) == ["Cleared up."] * 2


def test_more_than_can_be_meant_at_once_is_refused_whole(worlds: Worlds) -> None:
    mine = {"project": worlds.agency.aurora, "created_by": worlds.agency.alice}
    columns = {field.attname: getattr(worlds.generation, field.attname) for field in Generation._meta.concrete_fields}
    for name in ("id", "remote_id", "project_id", "created_by_id"):
        columns.pop(name)
    columns.update(state="reserved", clip_id=None)
    Generation.objects.bulk_create([Generation(**columns, **mine) for _ in range(MOST_AT_ONCE + 1)])
    browser = logged_in(worlds.agency.alice)
    everything = {"action": "cancel_chosen", "select_across": "1", "_selected_action": [worlds.generation.pk]}
    answer = browser.post("/admin/generations/generation/", {**everything, "confirmed": "yes"}, follow=True)
    assert b"At most 500 at once" in answer.content
    assert not Generation.objects.filter(state="cancelled").exists()


def test_a_list_leaves_as_it_is_filtered_with_nothing_of_others_and_no_formula(worlds: Worlds) -> None:
    shot = worlds.agency.shot
    shot.title = '=HYPERLINK("http://x")'
    shot.save(update_fields=["title"])
    Shot.objects.create(project=worlds.agency.aurora, code="SC999", created_by=worlds.agency.alice)
    browser = logged_in(worlds.agency.alice)
    answer = browser.get(f"/admin/generations/shot/export.csv?q={shot.code}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="shot-')
    [row] = rows_of(answer)
    assert (row["id"], row["code"], row["title"]) == (str(shot.pk), shot.code, '\'=HYPERLINK("http://x")')
    everything = rows_of(browser.get("/admin/generations/shot/export.csv"))
    assert {each["code"] for each in everything} == {shot.code, "SC999"}
    assert browser.get("/admin/generations/shot/export.csv?project__id__exact=no").status_code == 302


def test_every_list_leaves_as_csv_without_its_secrets(worlds: Worlds) -> None:
    browser = logged_in(worlds.agency.ada)
    for model in admin.site._registry:
        stem = f"{model._meta.app_label}_{model._meta.model_name}"
        answer: Any = browser.get(reverse(f"admin:{stem}_export"))
        assert answer.status_code == 200, stem
        head = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[0].split(",")
        assert not {each for each in head if "sealed" in each or "password" in each or "digest" in each}, stem


SHEET = """code;title;intended_frames;prompt;negative
SC100;Dawn;48;A lighthouse at dawn.;people
SC100;;;A lighthouse at noon.;
SC101;'=Dusk;;;
"""


def sheet(text: str) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile("plan.csv", text.encode("utf-8-sig"), "text/csv")


def test_a_plan_comes_in_whole_or_not_at_all_and_only_once(worlds: Worlds) -> None:
    browser, project = logged_in(worlds.agency.alice), worlds.agency.aurora
    page = "/admin/generations/shot/import/"
    counts = (Shot.objects.count(), Prompt.objects.count())
    bad = browser.post(page, {"project": project.pk, "file": sheet(SHEET + "SC102;x;12.5;;\n;no code;;;\n")})
    assert "Row 5: &#x27;12.5&#x27; is no number of frames." in bad.content.decode()
    assert "Row 6: it has no code." in bad.content.decode()
    assert (Shot.objects.count(), Prompt.objects.count()) == counts
    looked = browser.post(page, {"project": project.pk, "file": sheet(SHEET), "_check": ""})
    assert "2 new shots, 2 prompts, 0 rows that change nothing" in looked.content.decode()
    assert (Shot.objects.count(), Prompt.objects.count()) == counts
    for _ in range(2):
        assert browser.post(page, {"project": project.pk, "file": sheet(SHEET)}).status_code == 302
    dawn = Shot.objects.get(code="SC100")
    assert (dawn.title, dawn.intended_frames) == ("Dawn", 48)
    assert list(dawn.prompts.order_by("version").values_list("text", "negative")) == [
        ("A lighthouse at dawn.", "people"),
        ("A lighthouse at noon.", ""),
    ]
    assert Shot.objects.get(code="SC101").title == "=Dusk"
    south = browser.post(page, {"project": worlds.south_shot.project_id, "file": sheet(SHEET)})
    assert south.status_code == 200
    assert not Shot.objects.filter(project=worlds.south_shot.project, code="SC100").exists()


def test_the_front_page_draws_outcomes_budgets_providers_and_ages(worlds: Worlds) -> None:
    now = timezone.now()
    Generation.objects.filter(pk=worlds.generation.pk).update(submitted_at=now, finished_at=now)
    page = logged_in(worlds.agency.alice).get("/admin/").content.decode()
    for name in ("outcomes", "providers", "ages"):
        assert f'id="panel-{name}"' in page
    assert "1 done, 0 failed" in page


def test_the_lot_of_an_open_ranking_is_told_to_nobody(worlds: Worlds) -> None:
    ranking = some.opened(worlds.agency, worlds.agency.bob, worlds.agency.alice, clips=some.takes(worlds.agency, 2))
    browser = logged_in(worlds.agency.alice)
    page = browser.get(reverse("admin:reviews_ranking_change", args=[ranking.pk])).content.decode()
    [row] = rows_of(browser.get("/admin/reviews/ranking/export.csv"))
    assert str(ranking.seed) not in page
    assert "seed" not in row
    assert str(ranking.seed) not in row.values()
