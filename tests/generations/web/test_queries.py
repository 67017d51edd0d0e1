"""Lists cost the same number of queries whether they hold little or much."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import Generation, Membership, Project, ProviderAccount, Shot
from tests.generations.web.conftest import Login
from tests.people import Agency

pytestmark = pytest.mark.django_db


def fill(agency: Agency, account: ProviderAccount, much: int) -> None:
    """Add shots and generations to Aurora, and projects beside it."""
    have = Shot.objects.count()
    Shot.objects.bulk_create(
        Shot(project=agency.aurora, code=f"S{have + n:05}", position=have + n, created_by=agency.alice)
        for n in range(much)
    )
    Generation.objects.bulk_create(
        Generation(
            project=agency.aurora, prompt=agency.prompt, account=account, model="sora-2", estimate_micro=1,
            params={"seconds": 4, "size": "1280x720"}, created_by=agency.alice,
        )
        for _ in range(much)
    )  # fmt: skip
    made = Project.objects.bulk_create(
        Project(client=agency.north, name=f"P{have + n}", code=f"P{have + n}", created_by=agency.alice)
        for n in range(much)
    )
    Membership.objects.bulk_create(Membership(project=each, user=agency.alice) for each in made)


@pytest.mark.parametrize(
    "page", ["/projects/", "/projects/{project}/", "/shots/{shot}/", "/projects/{project}/people/"]
)
def test_ten_rows_and_a_thousand_cost_the_same(
    agency: Agency, login: Login, account: ProviderAccount, page: str
) -> None:
    browser, address = login(agency.alice), page.format(project=agency.aurora.pk, shot=agency.shot.pk)
    counts = []
    for much in (10, 990):
        fill(agency, account, much)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 16


def test_shots_are_walked_page_by_page_without_losing_one(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    fill(agency, account, 100)
    browser, seen, after = login(agency.alice), 0, ""
    while True:
        context = browser.get(f"/projects/{agency.aurora.pk}/", {"after": after}).context
        seen += len(context["shots"])
        if context["next_after"] is None:
            break
        after = str(context["next_after"])
    assert seen == 101
