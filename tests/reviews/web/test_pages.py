"""Every page of judging and clearing opens for whoever may see it, and does not exist for the others."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.models import Clip
from reviews.models import LicenceRecordVersion, SignOff
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core


@pytest.mark.parametrize("name", ["alice", "bob", "lena", "ada", "dora", "carol"])
def test_home_opens_for_each_kind_of_person_in_an_empty_hub(agency: Agency, name: str) -> None:
    assert logged_in(getattr(agency, name)).get("/").status_code == 200


@pytest.mark.parametrize("name", ["alice", "bob", "lena", "ada", "dora", "carol"])
def test_home_opens_with_a_signed_clip(agency: Agency, signed: SignOff, name: str) -> None:
    assert logged_in(getattr(agency, name)).get("/").status_code == 200


CLIP_PAGES = ["clip", "clip-threads", "clip-rights"]


@pytest.mark.parametrize("page", CLIP_PAGES)
def test_a_clip_is_seen_by_its_project_and_by_the_guest_it_was_put_before(
    agency: Agency, signed: SignOff, page: str
) -> None:
    address = reverse(f"reviews:{page}", args=[signed.clip_id])
    answers = {
        name: logged_in(getattr(agency, name)).get(address).status_code
        for name in ("alice", "bob", "lena", "ada", "dora", "carol")
    }
    assert answers == {"alice": 200, "bob": 200, "lena": 200, "ada": 200, "dora": 200, "carol": 404}


@pytest.mark.parametrize("page", ["sign", "sign-off", "governing-set", "terms-version", "terms-source", "stages"])
def test_records_and_terms_are_the_agencys(agency: Agency, signed: SignOff, page: str) -> None:
    version = signed.record_version
    terms = version.governing_set.members.get().terms_version
    ids = {
        "sign": version.pk, "sign-off": signed.pk, "governing-set": version.governing_set_id,
        "terms-version": terms.pk, "terms-source": terms.source_id, "stages": signed.clip.project_id,
    }  # fmt: skip
    address = reverse(f"reviews:{page}", args=[ids[page]])
    answers = {
        name: logged_in(getattr(agency, name)).get(address).status_code
        for name in ("alice", "bob", "lena", "dora", "carol")
    }
    assert answers == {"alice": 200, "bob": 200, "lena": 200, "dora": 404, "carol": 404}


@pytest.mark.parametrize("show", ["unsigned", "signed", "expiring", "held"])
def test_the_board_opens_on_each_of_its_lists(agency: Agency, signed: SignOff, show: str) -> None:
    answer = logged_in(agency.lena).get(reverse("reviews:rights"), {"show": show})
    assert answer.status_code == 200
    assert ("Aurora: " in answer.text) == (show == "signed")


@pytest.mark.parametrize("page", ["reviews", "rights", "terms", "governing-sets"])
def test_lists_open_when_there_is_nothing(agency: Agency, page: str) -> None:
    assert logged_in(agency.lena).get(reverse(f"reviews:{page}")).status_code == 200


@pytest.mark.parametrize(("name", "status"), [("lena", 200), ("ada", 200), ("alice", 403), ("bob", 403), ("dora", 403)])
def test_the_ledger_is_read_by_legal_and_administrators(
    agency: Agency, signed: SignOff, name: str, status: int
) -> None:
    answer = logged_in(getattr(agency, name)).get(reverse("reviews:ledger"))
    assert answer.status_code == status
    if status == 200:
        assert "signoff.signed" in answer.text
        assert ">licence record version<" in answer.text


def test_forms_open_for_those_who_may(agency: Agency, clip: Clip, version: LicenceRecordVersion) -> None:
    opened = {
        "licence-draft": (agency.alice, clip.pk), "review-new": (agency.alice, clip.project_id),
        "release-new": (agency.alice, clip.project_id), "terms-source-new": (agency.lena, None),
        "governing-set-new": (agency.lena, None),
    }  # fmt: skip
    for page, (who, key) in opened.items():
        address = reverse(f"reviews:{page}", args=[key] if key else [])
        assert logged_in(who).get(address).status_code == 200, page
        assert logged_in(agency.carol).get(address).status_code in {403, 404}, page


def test_a_stranger_is_sent_to_the_log_in(db: None) -> None:
    assert Client().get("/").headers["Location"].startswith("/accounts/login/")


def test_the_board_counts_the_same_queries_for_one_record_and_for_many(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    browser = logged_in(agency.lena)
    one = _queries(browser, reverse("reviews:rights"))
    for grey in range(10):
        made = world.add_clip(agency.aurora, agency.alice, grey=100 + grey)
        world.draft(agency.bob, made, version.governing_set)
    assert _queries(browser, reverse("reviews:rights")) == one


def _queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)
