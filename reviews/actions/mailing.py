"""Mail what people were told of: plain text, with a link that leads to the frame."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from reviews.models import Notice
from reviews.rules.plain_words import plain_words
from reviews.rules.typed import one_line
from sorahub.accounts.preferences import wants_mail

# What each kind is called in people's preferences; kinds that are not here are always mailed.
_CHOICES = {Notice.Kind.MENTION: "mentions", Notice.Kind.REPLY: "replies", Notice.Kind.BUDGET: "budgets"}
_HAPPENED = {
    Notice.Kind.MENTION: "mentioned you in a note",
    Notice.Kind.REPLY: "replied to your note",
    Notice.Kind.RECALL: "asks you to stop using a clip that you were given",
    Notice.Kind.INCIDENT: "reported an incident, which stops a clip",
    Notice.Kind.EXTENSION: "asks for wider rights",
    Notice.Kind.ANSWERED: "answered your request for wider rights",
    Notice.Kind.COUNSEL: "asks counsel from outside to sign a licence record",
    Notice.Kind.READ: "has opened the licence record that you put before them",
    Notice.Kind.SIGNED: "has decided on the licence record that you put before them",
    Notice.Kind.RANKING: "asks you to compare takes, two at a time",
    Notice.Kind.RANKED: "closed a ranking that you voted in",
}
_REREAD = {Notice.Kind.RE_REVIEW, Notice.Kind.SUSPENDED}
# What is about a clip's rights, and where on their page.
_RIGHTS = {
    Notice.Kind.EXTENSION: "#extensions",
    Notice.Kind.ANSWERED: "#extensions",
    Notice.Kind.EXPIRING: "#h-record",
    **dict.fromkeys((Notice.Kind.COUNSEL, Notice.Kind.READ, Notice.Kind.SIGNED), "#counsel"),
    Notice.Kind.INCIDENT: "#incidents",
}


def send_notices(rows: QuerySet[Notice]) -> int:
    """Mail these notices to those who wish it, may still see what they are about, and have not looked yet; returns how many.

    Each is marked as it is sent, so that a second try sends the rest: at least once, and only once unless a process dies
    in between. Raises OSError or SMTPException when mail is down.
    """
    sent = 0
    joined = rows.select_related(
        "user__person", "actor__person", "project", "clip__shot", "annotation", "review", "ranking", "alarm__budget"
    )
    for notice in joined.filter(mailed_at=None, read_at=None):
        if _wanted(notice):
            send_mail(_subject(notice), _body(notice), settings.DEFAULT_FROM_EMAIL, [notice.user.email])
            Notice.objects.filter(pk=notice.pk).update(mailed_at=timezone.now())
            sent += 1
    return sent


def path_to(notice: Notice) -> str:
    """Return the path of what a notice is about: the recalls, the incident, the note on its frame, the review, the ranking,
    the list of re-reviews, the clip, the budget, or the project.
    """
    if notice.alarm is not None:
        budget = notice.alarm.budget_id
        return reverse("generations:budget", args=[budget]) if budget else reverse("generations:alarms")
    if notice.kind == Notice.Kind.RECALL:
        return reverse("reviews:recalls")
    if notice.annotation is not None:
        query = urlencode({"frame": notice.annotation.frame_in, "note": notice.annotation_id})
        return f"{reverse('reviews:clip', args=[notice.annotation.clip_id])}?{query}"
    if notice.review_id is not None:
        return reverse("reviews:review", args=[notice.review_id])
    if notice.ranking_id is not None:
        asked = notice.kind in {Notice.Kind.RANKING, Notice.Kind.RANK_DUE}
        return reverse("reviews:ranking-judge" if asked else "reviews:ranking", args=[notice.ranking_id])
    if notice.kind in _REREAD:
        return f"{reverse('reviews:re-reviews')}?{urlencode({'project': notice.project_id})}"
    if notice.clip_id is not None and notice.kind in _RIGHTS:
        return reverse("reviews:clip-rights", args=[notice.clip_id]) + _RIGHTS[Notice.Kind(notice.kind)]
    if notice.clip_id is not None:
        return reverse("reviews:clip", args=[notice.clip_id])
    return reverse("generations:project", args=[notice.project_id])


def happened(notice: Notice) -> str:
    """Say in words what happened, without a full stop."""
    kind = Notice.Kind(notice.kind)
    if notice.actor is None or kind not in _HAPPENED:
        return str(kind.label)
    return f"{notice.actor.get_full_name()} {_HAPPENED[kind]}"


def _wanted(notice: Notice) -> bool:
    choice = _CHOICES.get(Notice.Kind(notice.kind))
    wished = choice is None or wants_mail(notice.user, choice)
    return wished and Notice.objects.visible_to(notice.user).filter(pk=notice.pk).exists()


def _subject(notice: Notice) -> str:
    about = notice.alarm.budget if notice.alarm else notice.project
    return one_line(f"{about.name}: {happened(notice)}" if about else happened(notice))


def _body(notice: Notice) -> str:
    note = notice.annotation
    place = [f"On {notice.clip}" + (f", frame {note.frame_in + 1}:" if note else ".")] if notice.clip else []
    lines = [
        f"Hello {notice.user.get_short_name()},",
        "",
        f"{happened(notice)}.",
        *place,
        *([f"“{notice.ranking.question}”"] if notice.ranking else []),
        *(["", notice.alarm.message, notice.alarm.mend] if notice.alarm else []),
        *(["", *(f"> {line}" for line in plain_words(note.body).splitlines())] if note and note.body else []),
        "",
        f"{settings.PUBLIC_URL}{path_to(notice)}",
        "",
        f"What is mailed to you is chosen on your account's page: {settings.PUBLIC_URL}{reverse('people:account')}",
    ]
    return "\n".join(lines)
