"""The models' pages: what the catalogue knows stands side by side, claims stay claims, and retired ones say what else serves."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from generations import catalog
from generations.models import Clip, Generation, ProviderAccount, State
from generations.pipeline.remote import shut_routes
from generations.web.comparing import CLAIMED, MEASURED, Line, lines
from generations.web.offering import Entry, entries, lifecycle
from sorahub.accounts.roles import Kind
from tests.generations.pipeline.rows import running
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account, user

TODAY = dt.date(2026, 11, 22)


def entry(key: str) -> Entry:
    """The entry of this address."""
    return next(each for each in entries() if each.key == key)


def told(*keys: str) -> dict[str, Line]:
    """The comparison's lines by label."""
    return {line.label: line for line in lines([entry(key) for key in keys], TODAY)}


def words(line: Line) -> list[str]:
    """What stands in the line."""
    return [cell.text for cell in line.cells]


def test_facts_stand_side_by_side_and_differences_are_known() -> None:
    found = told("kling:kling-3.0", "byteplus-modelark:seedance-2.0")
    assert words(found["Duration"]) == ["3 to 15 s", "4 to 15 s"]
    assert words(found["Resolution"]) == ["720p, 1080p, 4k", "480p, 720p, 1080p, 4k"]
    assert words(found["References"]) == [
        "first frame, last frame",
        "first frame, last frame; or 9 images (subject or style), 3 videos (motion, style or subject), 3 sounds (voice)",
    ]
    assert words(found["Multi-shot"]) == ["up to 6 shots", "no"]
    assert words(found["Cancel"]) == ["no", "while it waits in the queue"]
    assert (found["Duration"].differs, found["Frames per second"].differs, found["Facts from"].differs) == (
        True,
        False,
        False,
    )


def test_ten_seconds_are_priced_from_the_price_list_and_another_length_says_so() -> None:
    found = told("kling:kling-3.0", "compatible:sora-2")
    # Kling: 0.9 and 0.6 units a second at 0.14 USD; Sora 2: 0.10 USD a second, and 8 s are the nearest to ten.
    assert words(found["10 s of 720p"]) == ["1.26 USD with sound, 0.84 USD silent", "0.80 USD for 8 s"]
    assert words(found["10 s of 1080p"])[1] == "not offered"


def test_claims_carry_their_source_and_are_told_from_facts() -> None:
    found = told("openai:sora-2", "kling:kling-3.0")
    physics = found["Physics"]
    assert (physics.claimed, words(physics)) == (True, ["strong", "no claim known"])
    assert [cell.source for cell in physics.cells] == ["Vofy's page on Sora 2, 2026-11-22", ""]
    assert not found["Sound"].claimed


def test_every_topic_that_is_claimed_stands_on_the_page() -> None:
    """A claim in our files that no line shows would be there for nobody."""
    assert {claim.topic for claim in catalog.claims() if claim.model} == {topic for _, topic in CLAIMED}
    found = told("openai:sora-2", "openai:sora-2-pro", "openai:sora-1")
    assert words(found["Highest resolution"]) == ["720p (1280x720, 720x1280)", "1080p", "1080p"]
    assert words(found["Rate and ratios"]) == ["24 fps; 16:9, 9:16", "24 fps; 16:9, 9:16", "no claim known"]


@pytest.mark.django_db
def test_how_long_a_model_takes_is_measured_beside_what_is_claimed(agency: Agency, login: Login, clip: Clip) -> None:
    """Claims exist for Sora only; what was made here is measured for every model, of what this person may see."""
    asked = {"model": ["sandbox-kling:kling-3.0", "sandbox:sora-2"]}
    assert measured(login(agency.alice), asked) == ["no clip of it here yet"] * 2
    made = running(agency, provider_account(route="sandbox-kling"), model="kling-3.0")
    now = timezone.now()
    facts = {"submitted_at": now - dt.timedelta(seconds=45), "finished_at": now}
    Generation.objects.filter(pk=made.pk).update(state=State.SUCCEEDED, clip=clip, **facts)
    assert measured(login(agency.alice), asked) == ["45 s on average, 1 clip", "no clip of it here yet"]
    assert measured(login(user("nora", Kind.PRODUCER)), asked) == ["no clip of it here yet"] * 2


def measured(browser: Client, asked: dict[str, list[str]]) -> list[str]:
    (line,) = [each for each in browser.get("/models/", asked).context["facts"] if each.label == MEASURED]
    return words(line)


@pytest.mark.parametrize(
    ("key", "state", "sentence"),
    [
        ("openai:sora-2", "expired", "shut down on 2026-09-24"),
        ("openai:sora-1", "closed", "only for clips made elsewhere"),
        ("volcengine-ark:seedance-2.5", "unknown", "its name there must come from your own catalogue"),
        ("kling:kling-3.0", "ready", "can be used"),
    ],
)
def test_a_lifecycle_is_told_with_its_date(key: str, state: str, sentence: str) -> None:
    assert lifecycle(entry(key).plain, TODAY) == (state, sentence)


@pytest.mark.django_db
def test_two_to_four_models_are_compared_and_any_other_number_is_asked_again(agency: Agency, login: Login) -> None:
    browser = login(agency.bob)
    keys = [each.key for each in entries()]
    for many, compared in ((0, False), (1, False), (2, True), (4, True), (5, False)):
        answer = browser.get("/models/", {"model": keys[:many]})
        assert ("generations/models_compare.html" in [each.name for each in answer.templates]) is compared
    only = browser.get("/models/", {"model": ["kling:kling-3.0", "kling:kling-3.0-turbo"], "only": "differences"})
    assert {line.differs for line in only.context["facts"]} == {True}
    assert browser.get("/models/", {"model": ["kling:kling-3.0", "no:such"]}).context["chosen"] == {"kling:kling-3.0"}


@pytest.mark.django_db
def test_a_retired_model_names_what_could_serve_instead_and_offers_nothing(agency: Agency, login: Login) -> None:
    page = login(agency.alice).get("/models/openai/sora-2/")
    assert page.context["instead"][0].route == "compatible"
    assert (page.context["launchable"], page.context["beginnings"]) == (False, [])
    assert "shut down on 2026-09-24" in page.content.decode()


@pytest.mark.django_db
def test_a_model_leads_to_one_s_prompts_with_it_chosen(agency: Agency, login: Login, account: ProviderAccount) -> None:
    page = login(agency.alice).get("/models/sandbox/sora-2/")
    (prompt, address), *others = page.context["beginnings"]
    assert (prompt, others) == (agency.prompt, [])
    assert address == f"/prompts/{agency.prompt.pk}/generate/?model={account.pk}%7Csora-2%7Ctext_to_video"
    assert login(agency.bob).get("/models/sandbox/sora-2/").context["beginnings"] == []


@pytest.mark.django_db
def test_a_model_that_nobody_knows_does_not_exist(agency: Agency, login: Login) -> None:
    assert login(agency.ada).get("/models/kling/sora-9/").status_code == 404


def test_a_route_that_is_declared_in_part_can_neither_be_used_nor_serve_instead() -> None:
    omni = entry("google:gemini-omni")
    assert not omni.launchable(TODAY)
    assert lifecycle(omni.plain, TODAY)[0] == "unknown"
    assert "google" in shut_routes()
    sora = entry("openai:sora-2").plain
    assert "gemini-omni" in {row.model for row in catalog.alternatives(sora, TODAY)}
    assert "gemini-omni" not in {row.model for row in catalog.alternatives(sora, TODAY, without=shut_routes())}
