"""Mentions and replies reach those who may read them, once, in the hub and by mail where they wish it."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from generations.models import Clip, Membership
from generations.models.clip import ClipGrant
from reviews.actions.admission import Admission
from reviews.actions.annotate import delete_annotation
from reviews.actions.carry import carry_annotation
from reviews.actions.mentions import offered, reads
from reviews.actions.notices import mark_all_read, mark_read
from reviews.actions.reducing import remove_from_review
from reviews.actions.reviews import add_to_review, revoke_review, send_review
from reviews.actions.rewording import edit_annotation
from reviews.models import Annotation, Mention, Notice, Review
from sorahub.accounts.actions.people import choose_mail
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.lib.errors import InvalidInput
from tests.people import Agency
from tests.reviews import world
from tests.reviews.notes import invited, mention, note

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def told() -> list[tuple[str, str]]:
    """Everybody's notices: who, and of what kind."""
    return sorted((one.user.get_full_name(), str(one.kind)) for one in Notice.objects.select_related("user__person"))


def send_mail() -> list[str]:
    """Run the mail jobs; the states they end in."""
    return [str(runner.run_one(job.pk)) for job in Job.objects.filter(kind="notice.mail", state="queued")]


def test_who_is_mentioned_is_told_and_mailed_with_a_link_to_the_frame(
    agency: Agency, clip: Clip, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://hub.example"
    written = note(agency.bob, clip, f"{mention(agency.alice)} the **horizon**\n- *tilts*", frame_in=3)
    assert [(one.user, one.annotation) for one in Mention.objects.all()] == [(agency.alice, written)]
    assert told() == [("Alice", "mention")]
    assert send_mail() == ["succeeded"]
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["alice@example.com"], "Aurora: Bob mentioned you in a note")
    assert f"https://hub.example/clips/{clip.pk}/?frame=3&note={written.pk}" in letter.body
    assert "> @Alice the horizon\n> - tilts" in letter.body
    assert "On SC010-SH010 · take 1, frame 4:" in letter.body
    assert Notice.objects.get().mailed_at is not None


def test_a_reply_tells_the_author_of_the_thread_once(agency: Agency, clip: Clip) -> None:
    root = note(agency.bob, clip)
    note(agency.bob, clip, "My own answer", parent=root)
    assert told() == []
    first = note(agency.alice, clip, "How much?", parent=root)
    note(agency.alice, clip, f"Look, {mention(agency.bob)}", parent=first)
    assert told() == [("Bob", "mention"), ("Bob", "reply")]
    send_mail()
    assert sorted(letter.subject for letter in mail.outbox) == [
        "Aurora: Alice mentioned you in a note", "Aurora: Alice replied to your note",
    ]  # fmt: skip


def test_a_reply_to_a_copy_tells_who_wrote_the_words(agency: Agency, clip: Clip) -> None:
    take_two = world.add_clip(agency.aurora, agency.alice, grey=50, shot=agency.shot)
    [copy] = carry_annotation(actor=agency.alice, annotation=note(agency.bob, clip), clip=take_two).notes
    note(agency.lena, take_two, "Still so?", parent=copy)
    assert told() == [("Alice", "reply"), ("Bob", "reply")]


def test_everybody_has_their_real_name(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip, f"@[The boss](person:{agency.alice.pk}) look")
    assert written.body == f"@[Alice](person:{agency.alice.pk}) look"


@pytest.mark.parametrize(
    ("who", "visibility"), [("dora", "internal"), ("alice", "legal"), ("carol", "client"), ("dora", "legal")]
)
def test_who_may_not_read_it_is_refused_in_words(agency: Agency, clip: Clip, who: str, visibility: str) -> None:
    invited(agency, clip)
    named = getattr(agency, who)
    with pytest.raises(InvalidInput) as caught:
        note(agency.lena, clip, f"Psst {mention(named)}", visibility=visibility)
    assert caught.value.fields["body"].startswith(f"{named.get_full_name()} cannot read this note")
    for empty in (Annotation, Mention, Notice, Job):
        assert not empty.objects.exists()


def test_an_edit_tells_the_newly_named_and_forgets_the_others(agency: Agency, clip: Clip) -> None:
    written = note(agency.bob, clip, f"Hello {mention(agency.alice)}")
    edit_annotation(actor=agency.bob, annotation=written, body=f"Hello {mention(agency.lena)}")
    edit_annotation(actor=agency.bob, annotation=written, body=f"Hello {mention(agency.lena)} {mention(agency.alice)}")
    assert sorted(one.user.get_full_name() for one in Mention.objects.all()) == ["Alice", "Lena"]
    assert told() == [("Alice", "mention"), ("Lena", "mention")]
    with pytest.raises(InvalidInput):
        edit_annotation(actor=agency.bob, annotation=written, body=f"Hello {mention(agency.carol)}")
    written.refresh_from_db()
    assert (written.wordings.count(), Mention.objects.count()) == (2, 2)


def test_guests_hear_nothing_of_what_they_do_not_read(agency: Agency, clip: Clip) -> None:
    guest = invited(agency, clip)
    theirs = note(guest, clip)
    note(agency.bob, clip, "Between us", parent=theirs, visibility="internal")
    assert told() == []
    note(agency.bob, clip, "We will", parent=theirs, visibility="client")
    assert told() == [("Dora", "reply")]
    assert Notice.objects.visible_to(guest).count() == 1
    Membership.objects.filter(user=guest).delete()
    assert Notice.objects.visible_to(guest).count() == 0
    assert send_mail() == ["succeeded"]
    assert mail.outbox == []


def test_guests_are_offered_their_hosts_and_name_nobody_else(agency: Agency, clip: Clip) -> None:
    guest = invited(agency, clip)
    assert [user.get_full_name() for user in offered(guest, clip)] == ["Dora"]
    with pytest.raises(InvalidInput):
        note(guest, clip, mention(agency.bob))
    stages = world.staged(agency)
    review = agency.aurora.reviews.create(stage=stages["Client"], title="First", created_by=agency.alice)
    review.items.create(clip=clip, position=1)
    review.participants.create(user=guest)
    assert sorted({user.get_full_name() for user in offered(guest, clip)}) == ["Alice", "Dora"]
    assert note(guest, clip, mention(agency.alice)).mentions.get().user == agency.alice
    with pytest.raises(InvalidInput):
        note(guest, clip, mention(agency.lena))
    assert told() == [("Alice", "mention")]


@pytest.mark.parametrize(
    ("visibility", "names"),
    [
        ("client", ["Alice", "Bob", "Dora", "Lena"]),
        ("internal", ["Alice", "Bob", "Lena"]),
        ("legal", ["Bob", "Lena"]),
    ],
)
def test_who_can_be_named_depends_on_who_reads(agency: Agency, clip: Clip, visibility: str, names: list[str]) -> None:
    invited(agency, clip)
    assert sorted(user.get_full_name() for user in offered(agency.bob, clip, visibility)) == names


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ({"shows": ["internal"]}, True),
        ({"shows": ["prompts"]}, False),
        ({"shows": ["internal"], "password": "open sesame"}, False),
    ],
)
def test_guests_are_named_in_internal_notes_where_they_read_them(
    agency: Agency, clip: Clip, terms: dict[str, Any], named: bool
) -> None:
    review = shown_to_dora(agency, clip, **terms)
    for open_ in (True, False):
        if not open_:
            revoke_review(actor=agency.alice, review=review)
        for visibility in ("client", "internal", "legal"):
            written = note(agency.bob, clip, visibility=visibility)
            reading = {one for one in User.objects.filter(memberships__project=agency.aurora) if reads(one, written)}
            assert set(offered(agency.bob, clip, visibility)) == reading
        assert (agency.dora in offered(agency.bob, clip, "internal")) == (named and open_)


def test_who_was_taken_out_or_whose_time_is_over_is_not_offered(agency: Agency, clip: Clip) -> None:
    review = shown_to_dora(agency, clip, shows=["internal"])
    remove_from_review(actor=agency.alice, review=review, people=[agency.dora])
    assert [agency.dora in offered(agency.bob, clip, circle) for circle in ("client", "internal")] == [False, False]
    add_to_review(actor=agency.alice, review=review, people=[agency.dora])
    assert [agency.dora in offered(agency.bob, clip, circle) for circle in ("client", "internal")] == [True, True]
    past = timezone.now() - timedelta(seconds=1)
    Review.objects.update(expires_at=past)
    ClipGrant.objects.update(expires_at=past)
    assert [agency.dora in offered(agency.bob, clip, circle) for circle in ("client", "internal")] == [False, False]


def shown_to_dora(agency: Agency, clip: Clip, **terms: Any) -> Review:
    return send_review(
        actor=agency.alice, project=agency.aurora, stage=world.staged(agency)["Client"], title="Rough cut",
        clips=[clip], people=[agency.dora], admission=Admission(**terms),
    )  # fmt: skip


def test_mail_is_sent_to_those_who_wish_it_and_may_still_see_it(agency: Agency, clip: Clip) -> None:
    choose_mail(actor=agency.alice, about={"mentions": False, "replies": True})
    gone = note(agency.bob, clip, mention(agency.lena))
    delete_annotation(actor=agency.bob, annotation=gone)
    read = note(agency.bob, clip, f"{mention(agency.alice)} {mention(agency.lena)}")
    assert send_mail() == ["succeeded", "succeeded"]
    assert [letter.to for letter in mail.outbox] == [["lena@example.com"]]
    assert Notice.objects.visible_to(agency.lena).get().annotation == read
    note(agency.bob, clip, mention(agency.lena))
    assert mark_all_read(actor=agency.lena) == 3
    assert send_mail() == ["succeeded"]
    assert len(mail.outbox) == 1


def test_a_notice_is_read_once(agency: Agency, clip: Clip) -> None:
    note(agency.bob, clip, mention(agency.alice))
    first = mark_read(actor=agency.alice, notice=Notice.objects.get()).read_at
    assert first is not None
    assert mark_read(actor=agency.alice, notice=Notice.objects.get()).read_at == first


def test_mail_that_is_down_is_tried_again_for_who_has_not_got_it(
    agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(agency.bob, clip, f"{mention(agency.alice)} {mention(agency.lena)}")
    job = Job.objects.get(kind="notice.mail")
    sent: list[str] = []

    def once(subject: str, body: str, sender: str, to: list[str]) -> None:
        if sent:
            raise smtplib.SMTPServerDisconnected("gone")
        sent.extend(to)

    with monkeypatch.context() as patch:
        patch.setattr("reviews.actions.mailing.send_mail", once)
        assert runner.run_one(job.pk) != "succeeded"
    Job.objects.filter(pk=job.pk).update(state="queued", run_at=job.created_at)
    assert runner.run_one(job.pk) == "succeeded"
    assert sorted([*sent, *mail.outbox[0].to]) == ["alice@example.com", "lena@example.com"]
    assert len(mail.outbox) == 1
