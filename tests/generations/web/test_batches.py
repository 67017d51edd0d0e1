"""Batches in the browser: put together, shown before launch, followed, repeated where it is safe, duplicated with a change."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from generations.actions import batches
from generations.actions.batch_plans import BatchAsk, Making
from generations.actions.budgets import add_budget
from generations.actions.composing import Draft, compose_prompt
from generations.actions.kept_words import Words, keep_words
from generations.models import (
    Batch,
    Character,
    ErrorClass,
    Generation,
    Prompt,
    ProviderAccount,
    Shot,
    SpendEntry,
    State,
)
from generations.pipeline.endings import fail
from generations.web import batch_form, launch_form
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from tests.generations.web.conftest import Login
from tests.generations.web.test_library import kept
from tests.people import Agency, project, provider_account

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Batch, Generation, SpendEntry, Job, Event))


@pytest.fixture
def kling(db: None) -> ProviderAccount:
    return provider_account("http://localhost:9/kling", route="sandbox-kling")


def form(agency: Agency, *offers: str, **changes: Any) -> dict[str, Any]:
    """What a browser sends."""
    return {
        "name": "Light", "prompts": [str(agency.prompt.pk)], "models": list(offers), "sizes": ["1280x720"], "seconds": ["4"],
        "seeding": "given", "takes": "4", "seeds": "7, 8, 9", "fit": "leave_out", "key": "k-1", **changes,
    }  # fmt: skip


def seen_of(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_what_a_model_cannot_do_is_shown_before_launch_and_left_out_only_when_it_was_seen(
    agency: Agency, login: Login, account: ProviderAccount, kling: ProviderAccount
) -> None:
    browser = login(agency.alice)
    new, preview = (f"/projects/{agency.aurora.pk}/batches/{each}/" for each in ("new", "preview"))
    sora, other = f"{account.pk}|sora-2|text_to_video", f"{kling.pk}|kling-3.0|text_to_video"
    assert "Choose prompts and models" in browser.get(new).content.decode()
    begun = browser.get(new, {"prompt": str(agency.prompt.pk)}).content.decode()
    assert "4 generations" in begun
    assert "1.60 USD" in begun

    body, before = form(agency, sora, other), counts()
    page = browser.post(preview, body).content.decode()
    assert "3 generations" in page
    assert "3 left out of 6" in page
    assert "Kling 3.0 (embedded service) takes no seed; leave it empty." in page
    assert "Kling 3.0, seed 8" in page
    assert "1.20 USD" in page
    assert "Not known: none of these models has brought a clip here yet." in page
    refused = browser.post(new, body)
    assert "Look at what is left out or changed, then launch." in refused.content.decode()
    assert counts() == before

    plain = {"models": [sora], "seeding": "drawn", "takes": "2"}
    old = seen_of(browser.post(preview, {**body, **plain}).content.decode())
    for other_than_seen in ({"takes": "3"}, {"seconds": ["8"]}, {"sizes": ["720x1280"]}):  # more, dearer, not the same
        shown_anew = browser.post(new, {**body, **plain, **other_than_seen, "seen": old}).content.decode()
        assert "no longer what you looked at" in shown_anew
        assert seen_of(shown_anew) != old
    assert counts() == before

    mapped = browser.post(preview, {**body, "fit": "nearest"}).content.decode()
    assert "6 generations" in mapped
    assert "without the seed 7, which it does not take" in mapped
    answers = [browser.post(new, {**body, "seen": seen_of(page)}) for _ in range(2)]  # a double click
    batch = Batch.objects.get()
    assert [each.headers["Location"] for each in answers] == [f"/batches/{batch.pk}/"] * 2
    assert sorted(row.params["seed"] for row in batch.generations.all()) == [7, 8, 9]
    assert [each["cell"]["model"] for each in batch.left_out] == [1, 1, 1]
    assert Event.objects.filter(kind="batch.launched", subject_id=batch.pk).count() == 1
    shown = browser.get(f"/batches/{batch.pk}/").content.decode()
    for words in ("seed 7", "What was left out", "takes no seed", "waiting to be sent", "1.20 USD set aside"):
        assert words in shown
    live = browser.get(f"/batches/{batch.pk}/live/").content.decode()
    assert ("Lay out" in shown, "Lay out" in live, 'id="batch-cancel"' in live) == (True, False, True)


def test_more_than_fits_a_budget_or_a_batch_is_refused_in_words(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    body = form(agency, f"{account.pk}|sora-2|text_to_video")
    add_budget(actor=agency.ada, name="Spring", currency="USD", period="total", hard_micro=1_000_000)
    before = counts()
    page = browser.post(new, body).content.decode()
    assert "Together they need 1.20 USD; the budget Spring has 1.00 USD left." in page.replace("&#x27;", "'")
    with override_settings(BATCH_MOST_CELLS=2):
        answer = browser.post(new, {**body, "takes": "1"})
        assert "That is 3 generations; a batch has at most 2." in answer.content.decode()
    assert "A seed is a whole number" in browser.post(new, {**body, "seeds": "x"}).content.decode()
    assert counts() == before


def test_only_what_is_safe_is_repeated_once_and_the_bar_never_goes_back(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser = login(agency.alice)
    new = f"/projects/{agency.aurora.pk}/batches/new/"
    browser.post(new, form(agency, f"{account.pk}|sora-2|text_to_video", seeds="1 2 3 4"))
    batch = Batch.objects.get()
    passing, moderated, unclear, waiting = batch.generations.order_by("id")
    fail(passing, ErrorClass.PROVIDER_TRANSIENT, "500", "A fault.")
    fail(moderated, ErrorClass.MODERATION_INPUT, "blocked", "Refused.")
    Generation.objects.filter(pk=unclear.pk).update(state=State.LOST, error_class=ErrorClass.AMBIGUOUS_SUBMIT)
    page = browser.get(f"/batches/{batch.pk}/").content.decode()
    assert 'value="75" max="100"' in page
    assert "Retry what is safe (1)" in page
    assert "The same words would be refused again: change the prompt." in page
    until = re.search(r'name="until" value="([\w-]+)"', page)
    assert until
    browser.post(f"/batches/{batch.pk}/retry/", {"until": until[1]})
    again = passing.retries.get()
    assert (again.params, again.cell, again.batch) == (passing.params, passing.cell, batch)
    fail(again, ErrorClass.PROVIDER_TRANSIENT, "500", "A fault.")
    browser.post(f"/batches/{batch.pk}/retry/", {"until": until[1]})  # the second click of a double click
    assert batch.generations.count() == 5
    page = browser.get(f"/batches/{batch.pk}/live/").content.decode()
    assert 'value="75" max="100"' in page
    assert "asked for again" in page
    browser.post(f"/batches/{batch.pk}/cancel/")
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED
    assert batch.generations.exclude(state__in=[State.FAILED, State.LOST, State.CANCELLED]).count() == 0
    refused = login(agency.bob)
    before = counts()
    assert [refused.post(f"/batches/{batch.pk}/{verb}/").status_code for verb in ("retry", "cancel")] == [403, 403]
    assert counts() == before


def test_a_duplicate_names_its_parent_and_what_differs_and_more_of_one_brings_new_seeds(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    browser.post(new, form(agency, f"{account.pk}|sora-2|text_to_video"))
    parent = Batch.objects.get()
    begun = browser.get(new, {"from": str(parent.pk)}).content.decode()
    assert 'value="7, 8, 9"' in begun
    assert "3 generations" in begun
    body = form(agency, f"{account.pk}|sora-2|text_to_video", key="k-2", sizes=["720x1280"])
    browser.post(new, {**body, "from": str(parent.pk)})
    child = Batch.objects.get(duplicated_from=parent)
    page = browser.get(f"/batches/{child.pk}/").content.decode()
    assert "What differs from Light" in page
    assert "720 × 1280</ins>" in page
    assert "1280 × 720</del>" in page
    take = parent.generations.order_by("id")[0]
    begun = browser.get(new, {"like": str(take.pk)}).content.decode()
    assert "More like SC010-SH010, version 1" in begun
    assert "4 generations" in begun
    body = form(agency, f"{account.pk}|sora-2|text_to_video", key="k-3", seeding="drawn", takes="2", like=str(take.pk))
    browser.post(new, body)
    more = Batch.objects.get(like=take)
    seeds = {row.params["seed"] for row in more.generations.all()}
    assert len(seeds) == 2
    assert take.params["seed"] not in seeds
    assert "more like" in browser.get(f"/batches/{more.pk}/").content.decode()


def test_lists_and_pages_of_batches_cost_the_same_for_few_and_for_many(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    second = Prompt.objects.create(shot=agency.shot, version=2, text="A lighthouse at dusk", created_by=agency.alice)
    pages: list[list[int]] = [[], []]
    for number, seeds in (("1", "1 2"), ("2", "1 2 3 4 5 6 7 8 9")):
        body = form(agency, f"{account.pk}|sora-2|text_to_video", seeds=seeds, key=f"k-{number}")
        browser.post(new, {**body, "prompts": [str(agency.prompt.pk), str(second.pk)]})
        newest = Batch.objects.order_by("-id")[0]
        for place, address in enumerate((f"/projects/{agency.aurora.pk}/batches/", f"/batches/{newest.pk}/")):
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address).status_code == 200
            pages[place].append(len(queries))
    assert pages[0][0] == pages[0][1] <= 8
    assert pages[1][0] == pages[1][1] <= 14


def test_no_more_takes_are_asked_for_than_a_batch_may_have(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, before = login(agency.alice), counts()
    body = form(agency, f"{account.pk}|sora-2|text_to_video", seeding="open", takes="999999999")
    for verb in ("new", "preview"):
        page = browser.post(f"/projects/{agency.aurora.pk}/batches/{verb}/", body).content.decode()
        assert "Ensure this value is less than or equal to 200." in page
    asked = {"name": "x", "prompts": [str(agency.prompt.pk)], "params": {}}
    model = {"account": str(account.pk), "model": "sora-2"}
    for over in ({"seeds": list(range(201))}, {"seed_count": 201}, {"models": [model] * 201}):
        body = {**asked, "models": [model], **over}
        answer = browser.post("/api/v1/batches/", body, content_type="application/json")
        assert (answer.status_code, list(over)) == (400, [*answer.json()["errors"]])
    assert counts() == before


def test_what_is_begun_from_another_keeps_every_set_of_references_however_old_its_files_are(
    agency: Agency, login: Login, kling: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    sets = [[(kept(agency.aurora, f"{number}.png"), "reference")] for number in range(5)]
    omni = Making(kling, "kling-3.0-omni", "reference_to_video")
    ask = BatchAsk([agency.prompt], [omni], sizes=["1280x720"], seconds=[5], references=sets)
    parent = batches.launch_matrix(actor=agency.alice, name="Cups", ask=ask)
    kept(agency.aurora, "newest.png")
    monkeypatch.setattr(launch_form, "REFERENCES_SHOWN", 1)
    for asked, had in (
        ({"from": str(parent.pk)}, sets),
        ({"like": str(parent.generations.order_by("id")[0].pk)}, [*sets[:1]]),
    ):
        page = browser.get(new, asked)
        begun = page.context["form"].untouched()
        assert "newest.png" in page.content.decode()
        assert begun.is_valid(), begun.errors
        assert begun.ask().references == had
        assert ("Set E" in page.content.decode()) == (len(had) == 5)
        body = {name: begun.data.getlist(name) for name in begun.data}
        sent = browser.post(new, {**body, **asked, "key": f"k-{len(had)}"})
        made = Batch.objects.order_by("-id")[0]
        assert sent.headers["Location"] == f"/batches/{made.pk}/"
        assert len(made.matrix["axes"]["references"]) == len(had)


def test_every_ticked_prompt_is_shown_however_many_there_are(
    agency: Agency, login: Login, account: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    ids = [str(agency.prompt.pk)]
    for place in range(1, 5):
        shot = Shot.objects.create(project=agency.aurora, code=f"S{place}", position=place, created_by=agency.alice)
        ids.append(str(Prompt.objects.create(shot=shot, version=1, text="A pier", created_by=agency.alice).pk))
    monkeypatch.setattr(batch_form, "PROMPTS_SHOWN", 2)
    for ticked, shown in (([], ids[:2]), (ids[4:], [ids[0], ids[4]]), (ids[2:], ids[2:])):
        page = browser.get(new, {"prompt": ticked})
        assert [str(pk) for pk, _ in page.context["form"].fields["prompts"].choices] == shown
        assert f"{len(shown)} of 5 prompts are shown" in page.content.decode()


def test_versions_of_one_shot_are_ticked_for_one_batch(agency: Agency, login: Login, account: ProviderAccount) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    second = Prompt.objects.create(shot=agency.shot, version=2, text="A lighthouse at dusk", created_by=agency.alice)
    choices = browser.get(new).context["form"].fields["prompts"].choices
    told = (f"{agency.shot.code} v2: {second.text}", f"{agency.shot.code} v1: {agency.prompt.text}")
    assert choices == [(second.pk, told[0]), (f"Earlier versions of {agency.shot.code}", [(agency.prompt.pk, told[1])])]
    both = [str(second.pk), str(agency.prompt.pk)]
    page = browser.get(f"/shots/{agency.shot.pk}/prompts/").content.decode()
    assert [f'name="prompt" value="{pk}" form="ticked"' in page for pk in both] == [True, True]
    begun = browser.post(new, {"begin": "yes", "prompt": both})
    form_shown = browser.get(begun.headers["Location"]).context["form"]
    assert sorted(map(str, form_shown.initial["prompts"])) == sorted(both)
    assert [pk for pk, _ in form_shown.fields["prompts"].choices] == [second.pk, agency.prompt.pk]
    lost = browser.get(f"{new}?ticked=forgotten")
    assert "What was ticked is not kept any longer" in lost.content.decode()
    assert counts()[0] == 0


def test_sheets_bring_their_files_and_characters_to_each_cell(
    agency: Agency, login: Login, account: ProviderAccount, kling: ProviderAccount
) -> None:
    browser, new = login(agency.alice), f"/projects/{agency.aurora.pk}/batches/new/"
    picture, aura = kept(agency.aurora, "otto.png"), project(agency.north, "AURA", agency.alice, agency.alice)
    about = {"account": account, "reference": picture, "state": "ready", "created_by": agency.alice}
    otto = Character.objects.create(project=agency.aurora, name="Otto", remote_id="c-1", **about)
    ida = Character.objects.create(project=aura, name="Ida", remote_id="c-2", **about)
    words = Words("Otto, a sea otter", references=[(picture, "reference")], characters=[otto, ida])
    sheet = {"client": agency.north, "sort": "sheet", "kind": "character", "name": "otto", "words": words}
    keep_words(actor=agency.alice, **sheet)  # type: ignore[arg-type]
    prompt = compose_prompt(actor=agency.alice, shot=agency.shot, draft=Draft("{{sheet:otto}} dives"))
    sora, omni = f"{account.pk}|sora-2|text_to_video", f"{kling.pk}|kling-3.0-omni|reference_to_video"
    begun = browser.get(new, {"prompt": str(prompt.pk)}).content.decode()
    assert f"{agency.shot.code} v2: Otto (character)" in begun
    both = [str(prompt.pk), str(agency.prompt.pk)]
    body = form(agency, sora, omni, prompts=both, seeding="open", takes="1", sheets="on", name="Otto")
    page = browser.post(f"/projects/{agency.aurora.pk}/batches/preview/", body).content.decode()
    assert f"{agency.shot.code} v2: Otto (character), otto.png" in page
    assert "Otto cannot go along to Kling 3.0 Omni" in page
    assert "belongs to another project" in page
    assert "Ida" not in page
    browser.post(new, {**body, "seen": seen_of(page)})
    batch = Batch.objects.get()
    made = [
        (row.model, row.params.get("characters"), [*row.references.all()])
        for row in batch.generations.filter(prompt=prompt)
    ]
    assert sorted(made, key=lambda each: each[0]) == [("kling-3.0-omni", None, [picture]), ("sora-2", ["c-1"], [])]
    assert not batch.generations.filter(prompt=agency.prompt).exclude(references=None, params__characters=None).exists()
    again = browser.get(new, {"from": str(batch.pk)}).context["form"].untouched()
    like = browser.get(new, {"like": str(batch.generations.filter(prompt=prompt)[0].pk)}).context["form"].untouched()
    assert [each.is_valid() and each.ask().sheets for each in (again, like)] == [True, True]
    assert "what each prompt’s sheets bring" in browser.get(f"/batches/{batch.pk}/").content.decode()
    launch = browser.get(f"/prompts/{prompt.pk}/generate/", {"model": omni}).content.decode()
    assert "Otto cannot go along to Kling 3.0 Omni" in launch


def test_what_is_asked_to_stop_is_not_offered_to_be_cancelled_again(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser = login(agency.alice)
    browser.post(f"/projects/{agency.aurora.pk}/batches/new/", form(agency, f"{account.pk}|sora-2|text_to_video"))
    batch = Batch.objects.get()
    assert browser.get(f"/batches/{batch.pk}/").context["waiting"] == 3
    batch.generations.filter(params__seed=8).update(cancel_requested_at=batch.created_at)
    assert browser.get(f"/batches/{batch.pk}/").context["waiting"] == 2
