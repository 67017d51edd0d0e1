"""A library of any size whose clips stand in every state that clearance knows, written in bulk past the actions.

``trouble`` is how likely each thing is to stand in a clip's way: small for a library as agencies have it, large where every rule
is to be hit. The same seed makes the same library.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from unittest.mock import patch

from django.db import models

from generations.models import Clip, ClipParent, Generation, Project
from reviews.actions import signatures
from reviews.actions.content import content
from reviews.models import (
    Decision,
    Depiction,
    DisclosureRule,
    GoverningSet,
    Hold,
    Incident,
    LicenceRecord,
    LicenceRecordVersion,
    Override,
    Purpose,
    Reauthentication,
    RecordRelease,
    Release,
    ReReview,
    SignOff,
    Stage,
    Use,
    Verdict,
)
from reviews.rules.clearance import Question
from reviews.rules.reasons import OVERRIDABLE
from sorahub.accounts.models import User
from sorahub.ledger import clock
from sorahub.ledger.models import TimeStamp
from sorahub.lib import canonical
from tests.reviews.ground import (
    CATEGORIES,
    DAYS,
    FIRST_MOMENT,
    PLACES,
    ROUTES,
    UNKNOWN,
    ZONES,
    Ground,
    edge,
    lay,
)

__all__ = ["Ground", "edge", "fill", "lay", "question"]


class Shelf:
    """Clips being put on the ground, row by row in memory and then table by table."""

    def __init__(self, ground: Ground, dice: random.Random, trouble: float, versions: int) -> None:
        self.ground, self.dice, self.trouble, self.versions = ground, dice, trouble, versions
        self.rows: dict[type[models.Model], list[Any]] = {}
        self.clips: list[Clip] = []
        self.known: set[tuple[Any, str]] = set()
        self.generations: list[Generation] = []

    def odd(self, part: float = 1.0) -> bool:
        """Throw the die: does trouble strike here?"""
        return self.dice.random() < self.trouble * part

    def add(self, row: Any) -> Any:
        """Keep a row to be written."""
        self.rows.setdefault(type(row), []).append(row)
        return row

    def write(self) -> None:
        """Write all rows, table by table, in the order in which they were first thought of."""
        for model, rows in self.rows.items():
            model._default_manager.bulk_create(rows, batch_size=2000)
        self.rows = {}

    def clip(self, number: int) -> Clip:
        """Put one clip there with everything about it."""
        dice, ground = self.dice, self.ground
        project, alice = dice.choice(ground.projects), ground.people[0]
        digest = self._digest(project, number)
        clip: Clip = self.add(
            Clip(
                project=project, take=1, sha256=digest, size=10**6, storage_key="none", original_name="h.mp4",
                origin=Clip.Origin.UPLOAD, completeness=Clip.Completeness.DECLARED, container="mp4", video_codec="h264",
                pixel_format="yuv420p", width=1280, height=720, rate_num=24, rate_den=1, frame_count=480, scrub_safe=True,
                declared_route=dice.choice(UNKNOWN if self.odd() else ROUTES[:2]), declared_model="" if self.odd() else "sora-2",
                declared_made_on=dice.choice(DAYS) if self.odd() else None, created_at=edge(dice),
                declared_by=alice, created_by=alice,
                quarantined_at=edge(dice) if self.odd(0.3) else None, withdrawn_at=edge(dice) if self.odd(0.3) else None,
            )
        )  # fmt: skip
        self._made(clip)
        self._judged(clip)
        if not self.odd(0.5):
            self._record(clip)
        self._stopped(clip)
        if self.clips and self.odd(0.5):
            self.add(ClipParent(clip=clip, parent=dice.choice(self.clips), operation="Cut", declared_by=alice))
        self.clips.append(clip)
        return clip

    def _digest(self, project: Project, number: int) -> str:
        """Bytes of its own, or now and then those of another project's clip."""
        other = self.dice.choice(self.clips).sha256 if self.clips and self.odd(0.3) else f"{number:064x}"
        digest = f"{number:064x}" if (project.pk, other) in self.known else other
        self.known.add((project.pk, digest))
        return digest

    def _made(self, clip: Clip) -> None:
        accounts = self.ground.accounts
        told = self.dice.sample(accounts, 2) if self.odd(0.5) else [accounts[0]] * self.dice.randint(0, 2)
        for account in told:
            source = self.dice.choice(self.generations) if self.generations and self.odd(0.3) else None
            made = self.add(
                Generation(
                    source=source, project=clip.project, prompt=self.ground.prompts[clip.project_id], account=account, model="sora-2",
                    capability_version="1", state="succeeded", clip=clip, estimate_micro=0, created_by=clip.created_by,
                )
            )  # fmt: skip
            self.generations.append(made)

    def _judged(self, clip: Clip) -> None:
        for stage in self.ground.stages[clip.project_id][:2]:
            people = self.ground.people[: stage.needed + self.odd()]
            for person in people[1:] if self.odd(0.5) else people:
                for _ in range(1 + self.odd()):
                    self._decision(clip, stage, person)

    def _decision(self, clip: Clip, stage: Stage, person: User) -> None:
        dice = self.dice
        verdict = dice.choice((Verdict.CHANGES_REQUESTED, Verdict.TAKEN_BACK)) if self.odd(0.5) else Verdict.APPROVED
        self.add(
            Decision(
                stage=stage, clip=clip, clip_sha256="f" * 64 if self.odd(0.2) else clip.sha256, user=person,
                person_id=person.person_id, verdict=verdict, reason="So", decided_at=FIRST_MOMENT + timedelta(days=dice.randint(0, 9)),
            )
        )  # fmt: skip

    def _stopped(self, clip: Clip) -> None:
        lena = self.ground.lena
        for _ in range(self.odd(0.3) + self.odd(0.3)):
            self.add(
                Hold(clip=clip, reason="A claim", placed_by=lena, lifted_at=edge(self.dice) if self.odd(2) else None)
            )
        if self.odd(0.5):
            closed = edge(self.dice) if self.dice.random() < 0.5 else None
            self.add(
                Incident(clip=clip, clip_sha256=clip.sha256, kind="claim", words="A claim", stops=self.dice.random() < 0.7,
                         closed_at=closed, outcome="Settled" if closed else "")
            )  # fmt: skip
        while self.odd():
            self._override(clip)

    def _override(self, clip: Clip) -> None:
        dice, people = self.dice, self.ground.people
        block = dice.choice(sorted(OVERRIDABLE) if dice.random() < 0.9 else ["hold"])
        approved = edge(dice) if dice.random() < 0.8 else None
        self.add(
            Override(
                clip=clip, clip_sha256="f" * 64 if self.odd(0.3) else clip.sha256, block=block, reason="Urgent",
                requested_by=people[2], approved_by=dice.choice(people[1:3] if self.odd() else people[:2]) if approved else None,
                approved_at=approved, expires_at=max(edge(dice), approved or FIRST_MOMENT) + timedelta(days=60),
            )
        )  # fmt: skip

    def _record(self, clip: Clip) -> None:
        record = self.add(LicenceRecord(clip=clip, created_by=clip.created_by))
        for number in range(1, self.versions + 1):
            self._version(record, number, newest=number == self.versions)

    def _version(self, record: LicenceRecord, number: int, *, newest: bool) -> None:
        dice, clip = self.dice, record.clip
        starts = datetime(2026, 1, 1, tzinfo=UTC) if not self.odd() else edge(dice)
        ends = max(edge(dice), starts + timedelta(days=30)) if dice.random() < 0.5 else None
        schema = 1 if self.odd() else 2
        row = LicenceRecordVersion(
            record=record, version=number, schema=schema, governing_set=self._set(),
            clip_sha256="f" * 64 if self.odd(0.2) else clip.sha256, uses=sorted(dice.sample(Use.values, dice.randint(1, 6))),
            territories=["WORLD"] if dice.random() < 0.4 else sorted(dice.sample(PLACES[:-1], dice.randint(1, 4))),
            purposes=sorted(dice.sample(Purpose.values, dice.randint(1, 6))) if schema > 1 else [],
            category=dice.choice(CATEGORIES) if schema > 1 else "", starts_at=starts, ends_at=ends, time_zone=dice.choice(ZONES),
            exclusive=self.odd(), restrictions="Not beside competitors", disclosure="" if self.odd() else "Made with AI",
            ownership=dice.choice(("no", "unknown")) if self.odd(0.5) else "yes",
            commercial_use=dice.choice(("no", "unknown")) if self.odd(0.5) else "yes", indemnity="unknown",
            depicted=dice.choice(("Mia", " \u3000\n", "")) if schema == 1 else "", none_depicted=dice.random() < 0.5,
            drafted_by=clip.created_by,
        )  # fmt: skip
        self.add(row)
        self._answers(row)
        self._read(row)
        depicted, releases = self._shown(row)
        said = content(row, releases, depicted, size=clip.size, person=str(clip.created_by.person_id))
        row.canonical = canonical.dumps(said).decode()
        row.sha256 = sha256(row.canonical.encode()).hexdigest()
        for release in releases:
            self.add(RecordRelease(record_version=row, release=release))
        if not self.odd() if newest else self.odd():
            self._signed(clip, row)

    def _set(self) -> GoverningSet:
        sets = self.ground.sets
        return self.dice.choice(sets) if self.odd(2) else sets[1]

    def _answers(self, row: LicenceRecordVersion) -> None:
        if row.schema == 1:
            return
        row.checklist = self.dice.choice(self.ground.checklists)
        row.checklist = None if self.odd() else row.checklist
        asked = row.checklist.questions if row.checklist else []
        row.answers = [
            {"key": one["key"], "finding": self._finding(one["clears_with"]), "words": "As told", "clauses": []}
            for one in asked
            if not self.odd(0.05)
        ]
        row.disclosures = [self._plan(rule) for rule in self.ground.duties if rule.version == 1 and not self.odd()]

    def _plan(self, rule: DisclosureRule) -> dict[str, Any]:
        exempt = self.odd()
        version = self.dice.randint(1, 2) if rule.key in {"duty-1", "duty-3"} else 1
        words = " \u2003" if self.odd(0.3) else "A label at the start"
        told = {"reason": words, "plan": ""} if exempt else {"plan": words, "reason": ""}
        return {"rule": rule.key, "version": version, "exempt": exempt, **told}

    def _read(self, row: LicenceRecordVersion) -> None:
        """Re-reviews of the version: open or settled, suspending or not."""
        changes = self.ground.changes
        for change in self.dice.sample(changes, self.dice.randint(1, 3)) if self.odd() else ():
            outcome = self.dice.choice(("", *ReReview.Outcome.values))
            self.add(
                ReReview(change=change, record_version=row, suspends=self.dice.random() < 0.6, opened_by=self.ground.lena,
                         outcome=outcome, reason="Read" if outcome else "", settled_at=FIRST_MOMENT if outcome else None)
            )  # fmt: skip

    def _finding(self, clears: list[str]) -> str:
        return self.dice.choice(("yes", "no", "unknown", "")) if self.odd(0.1) else clears[0]

    def _shown(self, row: LicenceRecordVersion) -> tuple[list[Depiction], list[Release]]:
        """Return what is depicted, and the releases that the version rests on."""
        own = self.ground.releases[row.record.clip.project_id]
        if row.schema == 1:
            return [], self.dice.sample(own, self.dice.randint(0, 2))
        shown: list[Depiction] = []
        rested: dict[Any, Release] = {}
        for place in range(self.dice.choice((0, 0, 1, 1, 2))):
            kind = self.dice.choice(Depiction.Kind.values)
            release = self._release(own, kind)
            real = "unknown" if self.odd(0.3) else self.dice.choice(("yes", "yes", "no"))
            one = Depiction(record_version=row, position=place, kind=kind, name="Mia", real=real, release=release)
            shown.append(self.add(one))
            if release is not None:
                rested[release.pk] = release
        return shown, list(rested.values())

    def _release(self, own: list[Release], kind: str) -> Release | None:
        from reviews.rules.consents import CONSENTS  # noqa: PLC0415 (the rule that the data is made to keep, mostly)

        if self.odd(0.3):
            return None
        fitting = [one for one in own if one.kind in CONSENTS.get(kind, {one.kind})]
        return self.dice.choice(own if self.odd() or not fitting else fitting)

    def _signed(self, clip: Clip, version: LicenceRecordVersion) -> None:
        lena = self.ground.lena
        proof = self.add(Reauthentication(user=lena))
        approved = not self.odd(0.3)
        row = SignOff(
            clip=clip, record_version=version, meaning="approved" if approved else "rejected", statement="I have read it",
            clip_sha256="f" * 64 if self.odd(0.1) else clip.sha256, record_sha256=version.sha256,
            governing_sha256=version.governing_set.sha256, signer=lena, signer_person_id=lena.person_id,
            reauthentication=proof, signed_at=edge(self.dice), stamp_required=self.dice.random() < 0.5,
        )  # fmt: skip
        signatures.sign(row, signatures.payload(row, signer=lena, reauthentication=proof))
        self.add(row)
        if row.stamp_required and not self.odd():
            self.add(
                TimeStamp(
                    digest=row.payload_sha256, token=b"-", at=row.signed_at, authority="-", received_at=row.signed_at
                )
            )
        if self.odd(0.5):
            self._later(row, "revoked", revokes=row)
        while approved and self.odd(0.5):
            stop = self._later(row, "suspended", suspends=row, reason="A claim")
            if self.dice.random() < 0.5:
                break
            self._later(row, "reinstated", reinstates=stop)

    def _later(self, row: SignOff, meaning: str, **said: Any) -> SignOff:
        """Sign something about an approval."""
        proof = self.add(Reauthentication(user=row.signer))
        later = SignOff(
            clip=row.clip, record_version=row.record_version, meaning=meaning, statement="As I say", clip_sha256=row.clip_sha256,
            record_sha256=row.record_sha256, governing_sha256=row.governing_sha256, signer=row.signer,
            signer_person_id=row.signer_person_id, reauthentication=proof, signed_at=row.signed_at, **said,
        )  # fmt: skip
        signatures.sign(later, signatures.payload(later, signer=row.signer, reauthentication=proof))
        self.add(later)
        return later


def fill(
    ground: Ground, dice: random.Random, numbers: range, *, trouble: float = 0.2, versions: int = 3, batch: int = 2000
) -> Iterator[list[Clip]]:
    """Write clips with these numbers, batch by batch."""
    shelf = Shelf(ground, dice, trouble, versions)
    with patch.object(signatures, "_head", return_value=None), patch.object(clock, "statement", return_value=None):
        for first in range(numbers.start, numbers.stop, batch):
            made = [shelf.clip(number) for number in range(first, min(first + batch, numbers.stop))]
            shelf.write()
            yield made


def question(ground: Ground, dice: random.Random, at: datetime | None = None) -> Question:
    """A question that somebody may ask, at the edges of days as often as not."""
    moment = at or edge(dice)
    client = str(dice.choice(ground.clients).pk) if dice.random() < 0.2 else ""
    until = (
        moment + dice.choice((timedelta(days=30), timedelta(days=45), timedelta(hours=1)))
        if dice.random() < 0.5
        else None
    )
    purpose = dice.choice(Purpose.values) if dice.random() < 0.8 else ""
    return Question(dice.choice(Use.values), dice.choice(PLACES), moment, purpose, until, client)
