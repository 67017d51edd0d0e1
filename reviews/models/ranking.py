"""Ranking: takes of a project compared two by two by several judges who do not know which is which."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from generations.models import Clip, Project
from generations.models.scope import AppendOnlyProjectScoped, ProjectScoped
from sorahub.accounts.models import User
from sorahub.ledger.models import AppendOnly
from sorahub.lib.ids import uuid7

LEAST, MOST = 2, 24


class RankingQuerySet(ProjectScoped["Ranking"]):
    """Rankings, scoped by their project; guests none."""

    def open(self) -> Self:
        """Those that are being judged."""
        return self.filter(closed_at=None)

    def waiting_for(self, user: User) -> Self:
        """Open ones in which this account judges and has not answered every pair."""
        seats = RankingJudge.objects.filter(ranking=OuterRef("pk"), user=user, done_at=None)
        return self.open().filter(Exists(seats), project__archived_at=None)


class Ranking(models.Model):
    """A question put to several judges about the takes of one project, two by two.

    ``seed`` fixes which pairs are made, and for each judge their order and sides: the same seed gives the same again.
    ``each``: how many others every take meets; None is a full round robin. While ``closed_at`` is empty nobody is told
    which take is which, and no score is counted. ``votes_sha256`` is of the votes that stood when it was closed: scores name it.
    ``named_at`` is when takes were first named, and stays when it is opened again: votes after it are not blind.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rankings")
    question = models.CharField(max_length=200)
    each = models.PositiveSmallIntegerField(null=True, blank=True)
    seed = models.PositiveBigIntegerField(editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    named_at = models.DateTimeField(null=True, blank=True, editable=False)
    votes_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    objects = RankingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, votes_sha256="") | (Q(closed_at__isnull=False) & ~Q(votes_sha256="")),
                name="ranking_closed_has_hash",
            )
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def late(self) -> bool:
        """Whether the answers were wanted by now."""
        return self.closed_at is None and self.due_at is not None and self.due_at <= timezone.now()


class RankingEntry(models.Model):
    """A take in a ranking. Its id is random, so that it says neither which clip it is nor when that was made."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    ranking = models.ForeignKey(Ranking, on_delete=models.PROTECT, related_name="entries")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="ranking_entries")
    position = models.PositiveSmallIntegerField(help_text="From 0, in an order drawn by lot.")

    class Meta:
        ordering = ["ranking", "position"]
        constraints = [
            models.UniqueConstraint(fields=["ranking", "clip"], name="clip_once_per_ranking"),
            models.UniqueConstraint(fields=["ranking", "position"], name="ranking_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position} in {self.ranking_id}"


class RankingPair(models.Model):
    """Two takes that are put side by side; ``first`` has the lower position, which side it is on is each judge's own."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    ranking = models.ForeignKey(Ranking, on_delete=models.PROTECT, related_name="pairs")
    first = models.ForeignKey(RankingEntry, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(RankingEntry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["ranking", "first__position", "second__position"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="ranking_pair_once"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="ranking_pair_of_two"),
        ]

    def __str__(self) -> str:
        return f"pair of {self.ranking_id}"


class RankingJudge(models.Model):
    """A person who was asked to judge. ``number`` is their place, from 0; ``done_at`` stands while no pair is left to them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ranking = models.ForeignKey(Ranking, on_delete=models.PROTECT, related_name="judges")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="judging")
    number = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)
    reminded_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ranking", "number"]
        constraints = [
            models.UniqueConstraint(fields=["ranking", "user"], name="judge_once_per_ranking"),
            models.UniqueConstraint(fields=["ranking", "number"], name="judge_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.ranking_id}"


class RankingVoteQuerySet(AppendOnlyProjectScoped["RankingVote"]):  # type: ignore[override]  # as_manager, by the plugin
    """Votes, append-only; scoped by their ranking's project."""

    project_path = "judge__ranking__project"


class RankingVote(AppendOnly):
    """What a judge said of a pair, or that they take it back. The last row of a judge about a pair is what stands.

    ``number`` counts a judge's rows from 1 without a gap, so that the same press sent twice is one row. ``left`` is the take
    that was on the left.
    """

    class Choice(models.TextChoices):
        """What was said."""

        LEFT = "left", "The left one"
        RIGHT = "right", "The right one"
        TIE = "tie", "Equally good"
        SKIP = "skip", "Skipped"
        WITHDRAWN = "withdrawn", "Taken back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    judge = models.ForeignKey(RankingJudge, on_delete=models.PROTECT, related_name="votes")
    pair = models.ForeignKey(RankingPair, on_delete=models.PROTECT, related_name="votes")
    number = models.PositiveIntegerField()
    choice = models.CharField(max_length=10, choices=Choice)
    left = models.ForeignKey(RankingEntry, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = RankingVoteQuerySet.as_manager()

    class Meta:
        ordering = ["judge", "number"]
        constraints = [
            models.UniqueConstraint(fields=["judge", "number"], name="ranking_vote_number_once"),
            models.CheckConstraint(
                condition=Q(choice__in=["left", "right", "tie", "skip", "withdrawn"]), name="ranking_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} {self.number} of {self.judge_id}"


class RankingResult(models.Model):
    """What was computed from the votes with this hash; the same votes are computed once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ranking = models.ForeignKey(Ranking, on_delete=models.PROTECT, related_name="results")
    votes_sha256 = models.CharField(max_length=64)
    votes = models.PositiveIntegerField(help_text="How many votes it was computed from; skipped pairs are none.")
    scores = models.JSONField()
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["ranking", "-computed_at"]
        constraints = [models.UniqueConstraint(fields=["ranking", "votes_sha256"], name="ranking_result_once")]

    def __str__(self) -> str:
        return f"scores of {self.ranking_id}"
