"""The rights board: narrowed to a project or a client, what ends next, what blocks, and all of it as CSV; people are told in time."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from generations.actions.descent import declare_parent
from generations.models import Clip, Shot
from reviews.actions.expiry import warn_of_expiry
from reviews.models import ExpiryWarning, LicenceRecordVersion, Notice, SignOff
from reviews.rules.expiring import band
from sorahub.accounts.models import User
from sorahub.jobs.runner import drain
from tests.people import Agency, project
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.core

END = datetime(2028, 1, 1, tzinfo=UTC)
BOARD = "/rights/"


def board(user: User, **said: str) -> Any:
    return logged_in(user).get(BOARD, said)


def clips_on(answer: Any) -> list[Clip]:
    return [case.clip for case, *_ in answer.context["cases"]]


@pytest.fixture
def second(agency: Agency, signed: SignOff) -> LicenceRecordVersion:
    """A draft in another project of North."""
    other = project(agency.north, "WINTER", agency.alice, agency.alice, agency.bob, agency.lena)
    clip = world.add_clip(other, agency.alice, grey=140)
    return world.draft(agency.bob, clip, signed.record_version.governing_set)


def test_the_board_is_narrowed_to_a_project_and_a_client(
    agency: Agency, clip: Clip, signed: SignOff, second: LicenceRecordVersion
) -> None:
    draft = second.record.clip
    assert clips_on(board(agency.lena)) == [draft]
    assert clips_on(board(agency.lena, project=str(agency.aurora.pk))) == []
    assert clips_on(board(agency.lena, project=str(draft.project_id))) == [draft]
    assert clips_on(board(agency.lena, show="signed", client=str(agency.north.pk))) == [clip]
    tabs = {key: count for key, _, count in board(agency.lena, project=str(agency.aurora.pk)).context["tabs"]}
    assert tabs == {"unsigned": 0, "signed": 1, "suspended": 0, "expiring": 0, "held": 0}
    assert clips_on(board(agency.ada, client=str(agency.south.pk))) == []
    assert clips_on(board(agency.lena, client=str(agency.south.pk))) == [draft]
    assert "South<" not in board(agency.lena).text


@pytest.mark.parametrize(
    ("left", "days", "within"),
    [
        (timedelta(seconds=1), 7, "7"), (timedelta(days=7), 7, "7"), (timedelta(days=7, seconds=1), 30, "30"),
        (timedelta(days=30), 30, "30"), (timedelta(days=31), 90, "90"), (timedelta(days=90), 90, "90"),
        (timedelta(days=90, seconds=1), None, None), (timedelta(0), None, "ended"), (timedelta(days=-89), None, "ended"),
        (timedelta(days=-90), None, None),
    ],
)  # fmt: skip
def test_what_ends_next_lies_in_one_band(
    agency: Agency, clip: Clip, signed: SignOff, left: timedelta, days: int | None, within: str | None
) -> None:
    with time_machine.travel(END - left, tick=False):
        assert band(END, END - left) == days
        answer = board(agency.lena, show="expiring")
        assert {key: count for key, _, count in answer.context["bands"] if count} == ({within: 1} if within else {})
        if within:
            assert clips_on(board(agency.lena, show="expiring", within=within)) == [clip]
            other = "90" if within != "90" else "7"
            assert clips_on(board(agency.lena, show="expiring", within=other)) == []


def test_a_signed_record_that_its_parents_do_not_allow_is_shown_as_blocked(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    parent = world.add_clip(agency.aurora, agency.alice, grey=140)
    declare_parent(actor=agency.alice, clip=clip, parent=parent, operation="Cut")
    answer = board(agency.lena, show="signed")
    case, blocks, scope, _ = answer.context["cases"][0]
    assert (case.state, [block.code for block in blocks]) == ("blocked", ["parent-without-record"])
    assert scope in answer.text.replace("&#x27;", "'")


def lines(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_is_exported_whole_and_no_cell_is_a_formula(
    agency: Agency, clip: Clip, version: LicenceRecordVersion
) -> None:
    Shot.objects.filter(pk=agency.shot.pk).update(code="=cmd|' /C calc'!A0")
    risky = world.draft(agency.bob, clip, version.governing_set, restrictions='=HYPERLINK("http://x")', exclusive=True)
    world.sign(agency.lena, risky)
    found = lines(logged_in(agency.lena).get("/rights/board.csv", {"show": "signed"}))
    assert len(found) == 1
    row = found[0]
    assert (row["Client"], row["State"], row["Territories"], row["Purposes"]) == (
        "North",
        "signed",
        "AT, DE",
        "Advertising",
    )
    assert (row["From"], row["Up to, not including"], row["Time zone"]) == (
        "2026-01-01 00:00",
        "2028-01-01 00:00",
        "UTC",
    )
    assert row["Restrictions"].startswith("'=")
    assert row["Clip"].startswith("'=")
    assert (row["SHA-256"], row["Exclusive"], row["Signed by"]) == (clip.sha256, "yes", "Lena")
    assert lines(logged_in(agency.lena).get("/rights/board.csv", {"show": "unsigned"})) == []
    assert lines(logged_in(agency.carol).get("/rights/board.csv", {"show": "signed"})) == []


def test_an_export_of_many_comes_in_parts(
    agency: Agency, second: LicenceRecordVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviews.web.rights_csv.AT_A_TIME", 2)
    made = [world.add_clip(agency.aurora, agency.alice, grey=grey) for grey in range(150, 154)]
    for clip in made:
        world.draft(agency.bob, clip, second.governing_set)
    found = lines(logged_in(agency.lena).get("/rights/board.csv"))
    assert {row["SHA-256"] for row in found} == {clip.sha256 for clip in [*made, second.record.clip]}
    assert len(found) == 5


# Notices at 90, 30 and 7 days


def told() -> list[str]:
    rows = Notice.objects.filter(kind="expiring").select_related("user")
    return sorted(row.user.email.partition("@")[0] for row in rows)


def test_producers_and_counsel_are_told_once_in_each_band(agency: Agency, clip: Clip, signed: SignOff) -> None:
    assert warn_of_expiry(END - timedelta(days=91)) == 0
    assert warn_of_expiry(END - timedelta(days=89)) == 1
    assert told() == ["alice", "lena"]
    assert warn_of_expiry(END - timedelta(days=88)) == 0
    assert warn_of_expiry(END - timedelta(days=6)) == 1
    assert (len(told()), warn_of_expiry(END - timedelta(days=5)), warn_of_expiry(END)) == (4, 0, 0)
    assert sorted(ExpiryWarning.objects.values_list("days", flat=True)) == [7, 90]


def test_a_new_version_starts_anew_and_a_revoked_one_ends_it(agency: Agency, clip: Clip, signed: SignOff) -> None:
    assert warn_of_expiry(END - timedelta(days=6)) == 1
    newer = world.draft(agency.bob, clip, signed.record_version.governing_set)
    assert warn_of_expiry(END - timedelta(days=6)) == 0
    world.sign(agency.lena, newer)
    assert warn_of_expiry(END - timedelta(days=6)) == 1


def test_the_mail_leads_to_the_rights(agency: Agency, clip: Clip, signed: SignOff) -> None:
    warn_of_expiry(END - timedelta(days=6))
    drain()
    assert sorted(each.to[0] for each in mail.outbox) == ["alice@example.com", "lena@example.com"]
    assert "The rights of a clip end soon" in mail.outbox[0].subject
    assert f"{reverse('reviews:clip-rights', args=[clip.pk])}#h-record" in mail.outbox[0].body


def test_homes_show_what_ends_soon(agency: Agency, clip: Clip, signed: SignOff) -> None:
    for user in (agency.alice, agency.lena):
        assert "Rights that end soon" not in logged_in(user).get("/").text
        with time_machine.travel(END - timedelta(days=6), tick=False):
            assert "Rights that end soon" in logged_in(user).get("/").text
