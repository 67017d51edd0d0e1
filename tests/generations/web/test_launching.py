"""The launch form: every mode of every route by its own choices, each refusal beside its field, what is over shown as over."""

import datetime as dt
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.actions.budgets import add_budget
from generations.actions.references import add_reference
from generations.models import Character, Clip, Generation, ProviderAccount, Reference, SpendEntry, State
from tests.generations.factories import png
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def offer(account: ProviderAccount, model: str, mode: str = "text_to_video") -> str:
    """The value of a choice."""
    return f"{account.pk}|{model}|{mode}"


def picture(agency: Agency, name: str, width: int = 1280, height: int = 720) -> Reference:
    """A reference image of Aurora."""
    file = SimpleUploadedFile(name, png(width, height))
    return add_reference(
        actor=agency.alice, project=agency.aurora, file=file, original_name=name, source="Client", rights="Order 7"
    )


def row(agency: Agency, kind: str, name: str, seconds: float, **more: object) -> Reference:
    """A reference video or sound, as it stands after it was measured."""
    media_type = {"video": "video/mp4", "audio": "audio/mpeg"}[kind]
    return Reference.objects.create(
        project=agency.aurora, kind=kind, sha256=name.ljust(64, "0"), size=1_000_000, media_type=media_type,
        storage_key=name, original_name=name, duration_ms=int(seconds * 1000), source="Own", rights="Own",
        created_by=agency.alice, **more,
    )  # fmt: skip


def done(agency: Agency, account: ProviderAccount, clip: Clip, **more: object) -> Generation:
    """A take of sora-2 that its provider still has."""
    return Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=account, model="sora-2", estimate_micro=400_000,
        params={"seconds": 4, "size": "1280x720"}, created_by=agency.alice, state=State.SUCCEEDED, clip=clip,
        remote_id="video_1", submitted_at=timezone.now(), **more,
    )  # fmt: skip


@pytest.fixture
def kling(db: None) -> ProviderAccount:
    """An account at the embedded service, in Kling's dialect."""
    return provider_account("http://localhost:9/kling", route="sandbox-kling")


@pytest.fixture
def ark(db: None) -> ProviderAccount:
    """An account at the embedded service, in Ark's dialect."""
    return provider_account("http://localhost:9/api/v3", route="sandbox-ark")


def test_models_are_grouped_by_account_with_their_modes_in_words(
    agency: Agency, login: Login, account: ProviderAccount, ark: ProviderAccount
) -> None:
    page = login(agency.alice).get(f"/prompts/{agency.prompt.pk}/generate/").content.decode()
    assert f'<optgroup label="{account.name}">' in page
    assert f'<optgroup label="{ark.name}">' in page
    for words in ("Sora 2 (embedded service), from words", "Seedance 2.0 (embedded service), from references"):
        assert words in page
    assert "remix a take" not in page


def test_a_picture_of_many_sizes_is_chosen_by_resolution_and_shape(
    agency: Agency, login: Login, ark: ProviderAccount
) -> None:
    url = f"/prompts/{agency.prompt.pk}/generate/"
    browser, model = login(agency.alice), offer(ark, "seedance-2.0")
    page = browser.get(url, {"model": model}).content.decode()
    assert 'name="resolution" value="480p"' in page
    assert 'name="ratio" value="9:16"' in page
    assert 'name="size"' not in page
    order = {"model": model, "resolution": "720p", "ratio": "9:16", "seconds": "5", "audio": "off", "key": "k"}
    browser.post(url, order)
    assert Generation.objects.get().params == {"seconds": 5, "size": "720x1280", "audio": "off"}


def test_a_picture_that_follows_its_first_frame_has_no_shape_to_choose(
    agency: Agency, login: Login, ark: ProviderAccount
) -> None:
    model = offer(ark, "seedance-2.0", "image_to_video")
    page = login(agency.alice).get(f"/prompts/{agency.prompt.pk}/generate/", {"model": model}).content.decode()
    assert "takes the shape of the image" in page
    assert 'name="ratio"' not in page


def test_references_go_to_their_places_in_the_order_in_which_they_are_listed(
    agency: Agency, login: Login, ark: ProviderAccount
) -> None:
    first, second = picture(agency, "a.png", 640, 640), picture(agency, "b.png", 600, 600)
    sound, url = row(agency, "audio", "waves.mp3", 5), f"/prompts/{agency.prompt.pk}/generate/"
    browser, model = login(agency.alice), offer(ark, "seedance-2.0", "reference_to_video")
    page = browser.get(url, {"model": model}).content.decode()
    assert "Up to 9 images, 3 videos, 3 sounds" in page
    assert "Up to 3 · MP3, WAV · at most 15 MB · 2 to 15 s · 15 s together" in page
    order = {
        "model": model, "resolution": "480p", "ratio": "16:9", "seconds": "4", "audio": "on", "key": "k",
        "references-image-reference": [str(first.pk), str(second.pk)], "references-audio-reference": [str(sound.pk)],
    }  # fmt: skip
    browser.post(url, order)
    given = Generation.objects.get().given.values_list("position", "reference", "role")
    assert list(given) == [(0, first.pk, "reference"), (1, second.pk, "reference"), (2, sound.pk, "reference")]


def test_each_refusal_stands_beside_its_own_field(agency: Agency, login: Login, ark: ProviderAccount) -> None:
    sound = row(agency, "audio", "long.mp3", 40)
    browser, model = login(agency.alice), offer(ark, "seedance-2.0", "reference_to_video")
    order = {
        "model": model, "resolution": "480p", "ratio": "16:9", "seconds": "99", "audio": "on", "key": "k",
        "references-audio-reference": [str(sound.pk)],
    }  # fmt: skip
    answer = browser.post(f"/prompts/{agency.prompt.pk}/generate/preview/", {**order, "seconds": "4"}).content.decode()
    beside = answer.split('id="id_references_error"')[1].split("</div>")[0]
    assert "Sound alone is no reference here" in beside
    assert "The audio lasts 40.0 s; 2 to 15 s are possible." in beside
    assert "hx-swap-oob" in answer
    assert "disabled" in answer
    launched = browser.post(f"/prompts/{agency.prompt.pk}/generate/", order).content.decode()
    assert "Select a valid choice. 99 is not one of the available choices." in launched
    assert not SpendEntry.objects.exists()


def test_a_file_of_another_project_is_no_choice(agency: Agency, login: Login, account: ProviderAccount) -> None:
    theirs = Reference.objects.create(
        project=agency.borealis, kind="image", sha256="f" * 64, size=1, media_type="image/png", storage_key="x",
        source="x", rights="x", created_by=agency.ada,
    )  # fmt: skip
    order = {
        "model": offer(account, "sora-2", "image_to_video"), "seconds": "4", "size": "1280x720", "key": "k",
        "references-image-first_frame": str(theirs.pk),
    }  # fmt: skip
    page = login(agency.alice).post(f"/prompts/{agency.prompt.pk}/generate/", order).content.decode()
    assert "First frame: choose one of the files shown." in page
    assert not Generation.objects.exists()


def test_shots_are_rows_of_words_and_seconds_and_empty_ones_do_not_count(
    agency: Agency, login: Login, kling: ProviderAccount
) -> None:
    url, browser = f"/prompts/{agency.prompt.pk}/generate/", login(agency.alice)
    model = offer(kling, "kling-3.0")
    page = browser.get(url, {"model": model}).content.decode()
    assert page.count("<textarea") == 6
    order = {
        "model": model, "size": "1280x720", "seconds": "5", "audio": "on", "key": "k",
        "shots-0-words": "A gull lands", "shots-0-seconds": "2", "shots-3-words": "It takes off", "shots-3-seconds": "2",
    }  # fmt: skip
    refused = browser.post(url, order).content.decode()
    assert "The shots last 4 seconds together; they must add up to 5." in refused
    assert not Generation.objects.exists()
    assert (
        "Shot 2: give its length in whole seconds."
        in browser.post(url, {**order, "shots-3-seconds": "two"}).content.decode()
    )
    browser.post(url, {**order, "shots-3-seconds": "3"})
    assert Generation.objects.get().params["shots"] == [
        {"prompt": "A gull lands", "seconds": 2},
        {"prompt": "It takes off", "seconds": 3},
    ]


def test_a_take_is_gone_on_from_by_its_own_account_in_its_own_shape(
    agency: Agency, login: Login, account: ProviderAccount, ark: ProviderAccount, clip: Clip
) -> None:
    source, browser = done(agency, account, clip), login(agency.alice)
    page = browser.get(f"/generations/{source.pk}/").content.decode()
    remix = quote(offer(account, "sora-2", "remix"), safe="")
    assert f"/prompts/new/?parent={agency.prompt.pk}&amp;source={source.pk}&amp;model={remix}" in page
    url = f"/prompts/{agency.prompt.pk}/generate/"
    form = browser.get(url, {"source": str(source.pk)}).content.decode()
    assert "It starts from this take" in form
    assert "Seedance" not in form
    assert 'name="size"' not in form
    written = browser.post(
        f"/shots/{agency.shot.pk}/prompts/new/?source={source.pk}", {"text": "The same at night"}
    ).headers["Location"]
    assert written.endswith(f"/generate/?source={source.pk}")
    browser.post(url, {"source": str(source.pk), "model": offer(account, "sora-2", "remix"), "key": "k"})
    made = Generation.objects.get(mode="remix")
    assert (made.source, made.params) == (source, {"seconds": 4, "size": "1280x720"})


def test_a_take_of_another_project_is_nothing_to_go_on_from(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    url = f"/prompts/{agency.prompt.pk}/generate/"
    assert login(agency.alice).get(url, {"source": str(agency.shot.pk)}).status_code == 404
    assert login(agency.alice).get(url, {"source": "no-id"}).status_code == 404


def test_what_was_shut_down_is_shown_struck_with_its_date_and_what_could_serve(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    openai = provider_account("https://api.openai.com/v1", route="openai")
    url, browser = f"/prompts/{agency.prompt.pk}/generate/", login(agency.alice)
    answer = browser.get(url, {"model": offer(openai, "sora-2")})
    assert answer.context["form"].offer.value == offer(account, "sora-2")
    page = answer.content.decode()
    assert "The model you asked for cannot be launched" in page
    struck = page.split("<del>Sora 2</del>")[1].split("</li>")[0]
    assert "was shut down on 2026-09-24" in struck
    assert quote(offer(account, "sora-2")) in struck
    order = {"model": offer(openai, "sora-2"), "seconds": "4", "size": "1280x720", "key": "k"}
    assert "Select a valid choice" in browser.post(url, order).content.decode()
    assert not Generation.objects.exists()


def test_budgets_say_what_they_have_left_and_soft_ones_warn(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    add_budget(actor=agency.ada, name="Spring", soft_micro=300_000, hard_micro=500_000, project=agency.aurora)
    url, browser = f"/prompts/{agency.prompt.pk}/generate/", login(agency.alice)
    page = browser.get(url).content.decode()
    assert "<strong>Spring</strong>: 0.50 USD left of 0.50 USD" in page
    assert "This passes the soft limit of Spring: 0.30 USD." in page
    order = {"model": offer(account, "sora-2"), "seconds": "8", "size": "1280x720", "key": "k"}
    refused = browser.post(url, order).content.decode()
    assert "this needs 0.80 USD. Ask an administrator to raise it." in refused
    assert not Generation.objects.exists()


def test_without_a_price_the_page_says_so(agency: Agency, login: Login) -> None:
    google = provider_account("https://generativelanguage.googleapis.com", route="google")
    page = login(agency.alice).get(f"/prompts/{agency.prompt.pk}/generate/").content.decode()
    assert google.name in page
    assert "Price not known" in page
    assert "as the model likes" in page


def test_a_variation_begins_with_the_settings_of_the_earlier_one(
    agency: Agency, login: Login, kling: ProviderAccount
) -> None:
    shots = [{"prompt": "A gull lands", "seconds": 6}]
    like = Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=kling, model="kling-3.0", estimate_micro=1,
        params={"seconds": 6, "size": "720x1280", "audio": "off", "shots": shots}, created_by=agency.alice,
    )  # fmt: skip
    form = login(agency.alice).get(f"/prompts/{agency.prompt.pk}/generate/", {"like": str(like.pk)}).context["form"]
    assert form.offer.value == offer(kling, "kling-3.0")
    assert form.order()["params"] == {"seconds": 6, "size": "720x1280", "audio": "off", "shots": shots}


def test_only_ready_characters_of_the_account_are_offered(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    video = row(agency, "video", "moss.mp4", 3)
    states = {"Mossy": "ready", "Fern": "unknown"}
    for name, state in states.items():
        Character.objects.create(
            project=agency.aurora, account=account, reference=video, name=name, state=state,
            remote_id=f"char_{name}", created_by=agency.alice,
        )  # fmt: skip
    url, browser = f"/prompts/{agency.prompt.pk}/generate/", login(agency.alice)
    page = browser.get(url).content.decode()
    assert "Mossy" in page
    assert "Fern" not in page
    mossy = Character.objects.get(name="Mossy")
    order = {
        "model": offer(account, "sora-2"),
        "seconds": "4",
        "size": "1280x720",
        "key": "k",
        "characters": str(mossy.pk),
    }
    assert "Name Mossy in the prompt" in browser.post(url, order).content.decode()
    assert not Generation.objects.exists()


def test_an_out_of_reach_take_offers_no_way_on_and_says_why(
    agency: Agency, login: Login, account: ProviderAccount, clip: Clip
) -> None:
    gone = done(agency, account, clip, provider_expires_at=timezone.now() - dt.timedelta(minutes=1))
    page = login(agency.alice).get(f"/generations/{gone.pk}/").content.decode()
    assert "The provider no longer keeps this take" in page
    assert "source=" not in page


def test_a_project_with_many_references_costs_the_form_no_more_queries(
    agency: Agency, login: Login, ark: ProviderAccount
) -> None:
    browser, counts = login(agency.alice), []
    url, model = f"/prompts/{agency.prompt.pk}/generate/", offer(ark, "seedance-2.0", "reference_to_video")
    for much in (5, 300):
        Reference.objects.bulk_create(
            Reference(
                project=agency.aurora, kind="image", sha256=f"{much:03}{n:061}", size=1, media_type="image/png",
                storage_key="x", original_name=f"{much}-{n}.png", source="x", rights="x", created_by=agency.alice,
            )
            for n in range(much)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(url, {"model": model}).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.count('type="checkbox" name="references-image-reference"') == 120
    assert "300-299.png" in page
    assert "The project’s newest 120 files are shown." in page
