"""Who gets which page: strangers to a project get 404, the wrong kind of person 403, visitors the log-in."""

import re

import pytest
from django.test import Client as Browser

from generations.models import Clip, Generation, Membership, ProviderAccount, Shot
from sorahub.accounts.roles import Kind
from tests.generations.web.conftest import Login, status
from tests.people import Agency, user

pytestmark = pytest.mark.django_db

# Address, then the status for: alice (produces here), bob (reviews here), eve (produces elsewhere), dora (guest), ada.
PAGES = [
    ("/projects/", 200, 200, 200, 200, 200),
    ("/projects/new/", 200, 403, 200, 403, 200),
    ("/projects/{project}/", 200, 200, 404, 404, 200),
    ("/projects/{project}/live/", 200, 200, 404, 404, 200),
    ("/projects/{project}/people/", 200, 200, 404, 404, 200),
    ("/projects/{project}/references/", 200, 200, 404, 404, 200),
    ("/projects/{project}/characters/", 200, 200, 404, 404, 200),
    ("/projects/{project}/characters/live/", 200, 200, 404, 404, 200),
    ("/projects/{project}/upload/", 200, 403, 404, 403, 403),
    ("/projects/{project}/shots/new/", 200, 403, 404, 403, 200),
    ("/clients/", 200, 200, 200, 403, 200),
    ("/shots/{shot}/", 200, 200, 404, 404, 200),
    ("/shots/{shot}/live/", 200, 200, 404, 404, 200),
    ("/shots/{shot}/prompts/new/", 200, 403, 404, 403, 403),
    ("/prompts/{prompt}/generate/", 200, 403, 404, 403, 403),
    ("/generations/{generation}/", 200, 200, 404, 404, 200),
    ("/generations/{generation}/live/", 200, 200, 404, 404, 200),
    ("/uploads/{upload}/", 200, 200, 404, 404, 200),
    ("/provider-accounts/", 200, 200, 200, 403, 200),
    ("/provider-accounts/new/", 403, 403, 403, 403, 200),
    ("/provider-accounts/{account}/", 200, 200, 200, 403, 200),
    ("/provider-accounts/{account}/test/", 403, 403, 403, 403, 200),
    ("/clips/{clip}/original", 200, 200, 404, 404, 200),
    ("/clips/{clip}/renditions/poster", 200, 200, 404, 404, 200),
]


@pytest.fixture
def names(agency: Agency, account: ProviderAccount, clip: Clip) -> dict[str, str]:
    """The ids in the addresses."""
    generation = Generation.objects.create(
        project=agency.aurora, prompt=agency.prompt, account=account, model="sora-2", estimate_micro=400_000,
        params={"seconds": 4, "size": "1280x720"}, created_by=agency.alice,
    )  # fmt: skip
    rows = {
        "project": agency.aurora, "shot": agency.shot, "prompt": agency.prompt, "generation": generation,
        "upload": clip.uploads.get(), "account": account, "clip": clip,
    }  # fmt: skip
    return {name: str(row.pk) for name, row in rows.items()}


def test_each_page_opens_for_exactly_those_it_is_for(agency: Agency, login: Login, names: dict[str, str]) -> None:
    eve = user("eve", Kind.PRODUCER)
    Membership.objects.create(project=agency.borealis, user=eve)
    people = [login(each) for each in (agency.alice, agency.bob, eve, agency.dora, agency.ada)]
    found = [(page, *(status(each, page.format(**names)) for each in people)) for page, *_ in PAGES]
    assert found == PAGES


def test_a_visitor_is_sent_to_the_log_in_by_every_page(names: dict[str, str]) -> None:
    addresses = [page.format(**names) for page, *_ in PAGES]
    answers = [Browser().get(address) for address in addresses]
    assert {(each.status_code, each.headers["Location"].split("?")[0]) for each in answers} == {
        (302, "/accounts/login/")
    }


def test_a_stranger_changes_nothing(agency: Agency, login: Login, names: dict[str, str], clip: Clip) -> None:
    eve = login(user("eve", Kind.PRODUCER))
    posts = [
        ("/shots/{shot}/select/", {"clip": names["clip"]}),
        ("/generations/{generation}/cancel/", {}),
        ("/generations/{generation}/retry/", {}),
        ("/generations/{generation}/settle/", {"total": "1", "reason": "Bill"}),
        ("/projects/{project}/characters/", {"name": "Mossy"}),
        ("/projects/{project}/archive/", {}),
        ("/projects/{project}/people/", {"email": "eve@example.com"}),
        ("/prompts/{prompt}/generate/preview/", {}),
    ]
    assert {eve.post(page.format(**names), data).status_code for page, data in posts} == {404}
    agency.aurora.refresh_from_db()
    agency.shot.refresh_from_db()
    assert (agency.aurora.archived_at, agency.shot.selected_clip, agency.aurora.memberships.count()) == (None, None, 3)


def test_a_reviewer_sees_no_button_that_is_not_theirs(agency: Agency, login: Login, names: dict[str, str]) -> None:
    """Choosing the take is a reviewer's too; launching, writing and changing are not."""
    for page, forms in (
        ("/projects/{project}/", []),
        ("/shots/{shot}/", ["select"]),
        ("/generations/{generation}/", []),
    ):
        theirs = login(agency.bob).get(page.format(**names)).content.decode()
        found = re.findall(r'<form[^>]*action="[^"]*/([a-z-]+)/"', theirs.split("<main")[1].split("</main>")[0])
        assert sorted(set(found)) == forms
        assert theirs.split("<main")[1].count("<form") == len(found)
        assert "/generate/" not in theirs


def test_a_take_of_another_project_cannot_be_selected(agency: Agency, login: Login, clip: Clip) -> None:
    other = Shot.objects.create(project=agency.aurora, code="SC020", created_by=agency.alice)
    answer = login(agency.alice).post(f"/shots/{other.pk}/select/", {"clip": str(clip.pk)})
    assert answer.status_code == 400
    assert "not a take of the shot" in answer.content.decode()
    login(agency.alice).post(f"/shots/{agency.shot.pk}/select/", {"clip": str(clip.pk)})
    agency.shot.refresh_from_db()
    assert agency.shot.selected_clip == clip
