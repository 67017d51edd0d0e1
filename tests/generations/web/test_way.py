"""The way from a client to a launched generation, as a producer walks it through the pages."""

import re

import pytest

from generations.models import Generation, Project, Prompt, ProviderAccount, Shot, SpendEntry, State
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from tests.generations.web.conftest import Login
from tests.people import Agency

pytestmark = pytest.mark.django_db


def launch_data(account: ProviderAccount, **changed: str) -> dict[str, str]:
    """What the launch form sends."""
    model = f"{account.pk}|sora-2|text_to_video"
    return {"model": model, "seconds": "4", "size": "1280x720", "seed": "7", "key": "key-1", **changed}


def test_a_producer_walks_from_an_empty_hub_to_a_launched_generation(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser = login(agency.alice)
    browser.post("/clients/", {"name": "Nordlys Coffee"})
    page = browser.get("/projects/new/").content.decode()
    client = re.search(r'value="([0-9a-f-]{36})"[^>]*>Nordlys Coffee', page)
    assert client is not None

    browser.post("/projects/new/", {"client": client[1], "name": "Spring", "code": "SPRING", "rate": "24000/1001"})
    project = Project.objects.get(code="SPRING")
    assert (project.rate_num, project.rate_den, project.created_by) == (24000, 1001, agency.alice)
    assert "Add the first shot" in browser.get(f"/projects/{project.pk}/").content.decode()

    browser.post(
        f"/projects/{project.pk}/shots/new/", {"code": "SC010-SH010", "title": "Harbour", "intended_frames": "96"}
    )
    shot = Shot.objects.get(project=project)
    page = browser.get(f"/shots/{shot.pk}/").content.decode()
    assert "Write the first prompt" in page
    assert "96 frames · 00:00:04:00" in page

    written = browser.post(f"/shots/{shot.pk}/prompts/new/", {"text": "A harbour at dawn"})
    prompt = Prompt.objects.get(shot=shot)
    assert written.headers["Location"] == f"/prompts/{prompt.pk}/generate/"
    assert "0.40 USD" in browser.get(f"/prompts/{prompt.pk}/generate/").content.decode()

    launched = browser.post(f"/prompts/{prompt.pk}/generate/", launch_data(account))
    generation = Generation.objects.get(prompt=prompt)
    assert launched.headers["Location"] == f"/generations/{generation.pk}/"
    assert generation.params == {"seconds": 4, "size": "1280x720", "seed": 7}
    assert generation.estimate_micro == 400_000
    page = browser.get(f"/generations/{generation.pk}/").content.decode()
    assert "<dt>Set aside</dt><dd>0.40 USD</dd>" in page
    assert f'hx-get="/generations/{generation.pk}/live/"' in page


def test_pressing_launch_twice_spends_once(agency: Agency, login: Login, account: ProviderAccount) -> None:
    browser = login(agency.alice)
    first = browser.post(f"/prompts/{agency.prompt.pk}/generate/", launch_data(account))
    second = browser.post(f"/prompts/{agency.prompt.pk}/generate/", launch_data(account))
    assert first.headers["Location"] == second.headers["Location"]
    assert SpendEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seconds": "5"}, "Select a valid choice"),
        ({"size": "640x360"}, "Select a valid choice"),
        ({"seed": "4294967296"}, "less than or equal to 4294967295"),
        ({"model": "nothing|sora-2|text_to_video"}, "Select a valid choice"),
    ],
)
def test_what_the_model_cannot_do_is_refused_beside_its_field_and_nothing_is_written(
    agency: Agency, login: Login, account: ProviderAccount, changed: dict[str, str], words: str
) -> None:
    answer = login(agency.alice).post(f"/prompts/{agency.prompt.pk}/generate/", launch_data(account, **changed))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Generation.objects.exists()
    assert not SpendEntry.objects.exists()
    assert not Job.objects.filter(kind="generation.submit").exists()


def test_a_missing_first_frame_is_named_before_any_money_moves(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    model = f"{account.pk}|sora-2|image_to_video"
    url = f"/prompts/{agency.prompt.pk}/generate/"
    assert "This mode needs a first frame image" in login(agency.alice).get(url, {"model": model}).content.decode()
    answer = login(agency.alice).post(url, launch_data(account, model=model))
    assert answer.context["form"].errors["references"] == ["This mode needs a first frame image: add 1."]
    assert not SpendEntry.objects.exists()


def test_the_preview_tells_the_price_and_brings_another_models_fields(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, url = login(agency.alice), f"/prompts/{agency.prompt.pk}/generate/preview/"
    pro = launch_data(account, model=f"{account.pk}|sora-2-pro|text_to_video", seconds="8", size="1920x1080")
    same = browser.post(url, pro).content.decode()
    assert "5.60 USD" in same
    assert 'id="shape"' not in same
    other = browser.post(url, pro, headers={"HX-Trigger-Name": "model"}).content.decode()
    assert '<div id="shape" class="fields" hx-swap-oob="innerHTML">' in other
    assert "1792 × 1024" in other
    assert not Generation.objects.exists()


def test_without_a_usable_account_the_page_says_where_to_get_one(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    ProviderAccount.objects.update(enabled=False)
    page = login(agency.alice).get(f"/prompts/{agency.prompt.pk}/generate/").content.decode()
    assert "No provider account is switched on" in page
    assert 'href="/provider-accounts/"' in page


def test_a_failed_generation_says_what_to_do_and_is_asked_for_again_once(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser = login(agency.alice)
    browser.post(f"/prompts/{agency.prompt.pk}/generate/", launch_data(account))
    Generation.objects.update(state=State.FAILED, error_class="provider_transient", error_message="It fell over.")
    failed = Generation.objects.get()
    page = browser.get(f"/generations/{failed.pk}/").content.decode()
    assert "It fell over." in page
    assert "most likely a passing one" in page
    assert "0.40 USD still set aside" in browser.get(f"/shots/{agency.shot.pk}/").content.decode()
    assert "hx-get" not in page.split('id="live"')[1].split(">")[0]

    again = browser.post(f"/generations/{failed.pk}/retry/").headers["Location"]
    assert browser.post(f"/generations/{failed.pk}/retry/").headers["Location"] == again
    assert Generation.objects.filter(retry_of=failed).count() == 1


def test_cancelling_frees_the_money_and_cancelling_what_was_sent_explains_itself(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser = login(agency.alice)
    browser.post(f"/prompts/{agency.prompt.pk}/generate/", launch_data(account))
    generation = Generation.objects.get()
    page = browser.post(f"/generations/{generation.pk}/cancel/", follow=True).content.decode()
    assert "Cancelled. The money is free again." in page
    Generation.objects.update(state=State.RUNNING, remote_id="video_1")
    page = browser.post(f"/generations/{generation.pk}/cancel/", follow=True).content.decode()
    assert "It is with the provider already" in page
    generation.refresh_from_db()
    assert generation.state == State.RUNNING


def test_a_new_version_begins_with_the_words_of_the_old_one(agency: Agency, login: Login) -> None:
    browser, url = login(agency.alice), f"/shots/{agency.shot.pk}/prompts/new/"
    assert "A lighthouse at dawn" in browser.get(url, {"parent": str(agency.prompt.pk)}).content.decode()
    browser.post(url, {"text": "A lighthouse at dusk", "parent": str(agency.prompt.pk)})
    newest = Prompt.objects.get(shot=agency.shot, version=2)
    assert (newest.text, newest.parent) == ("A lighthouse at dusk", agency.prompt)
    assert browser.get(url, {"parent": "no-id"}).status_code == 404


def test_people_join_by_address_and_guests_are_sent_a_review_instead(agency: Agency, login: Login) -> None:
    browser, url = login(agency.alice), f"/projects/{agency.aurora.pk}/people/"
    browser.post(url, {"email": "ADA@example.com"})
    assert agency.aurora.memberships.filter(user=agency.ada).exists()
    assert "send a review instead" in browser.post(url, {"email": "dora@example.com"}).content.decode()
    assert "Nobody here logs in" in browser.post(url, {"email": "nobody@example.com"}).content.decode()
    assert agency.aurora.memberships.count() == 4
    browser.post(f"{url}{agency.bob.pk}/remove/")
    assert not agency.aurora.memberships.filter(user=agency.bob).exists()
    assert Event.objects.filter(kind="project.member_removed").count() == 1
