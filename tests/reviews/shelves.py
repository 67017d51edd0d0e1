"""A library of any size whose clips stand in every state that clearance knows, written in bulk past the actions.

``trouble`` is how likely each thing is to stand in a clip's way: small for a library as agencies have it, large where every rule
is to be hit. The same seed makes the same library.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.db import models

from generations.models import Clip, ClipParent, Generation, Project, Prompt, ProviderAccount, Shot
from reviews.actions import signatures
from reviews.actions.content import content
from reviews.models import (
    ChangeJudgement,
    ChecklistTemplate,
    Decision,
    Depiction,
    DisclosureRule,
    GoverningMember,
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
    TermsChange,
    TermsSource,
    TermsVersion,
    Use,
    Verdict,
)
from reviews.rules.clearance import Question
from reviews.rules.reasons import OVERRIDABLE
from sorahub.accounts.models import Client, User
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from tests.people import Agency, provider_account

PLACES = ("DE", "FR", "AT", "US", "JP", "GB", "WORLD")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata")
ROUTES = ("Vofy", "vofy ", "Kling", "OpenAI")
UNKNOWN = ("unknown", "?", " ")
CATEGORIES = ("Soft drinks", "soft DRINKS ", "Straße", "STRASSE", "Cars", "")
FIRST = date(2026, 1, 1)
FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = [FIRST + timedelta(days=step * 45) for step in range(20)]
"""Days on which terms, releases and effects begin and end, so that questions meet their edges."""


@dataclass
class Ground:
    """What all clips stand on: projects with their stages and releases, accounts, governing sets, checklists, people."""

    people: list[User]
    lena: User
    projects: list[Project]
    prompts: dict[Any, Prompt]
    stages: dict[Any, list[Stage]]
    releases: dict[Any, list[Release]]
    accounts: list[ProviderAccount]
    sets: list[GoverningSet]
    checklists: list[ChecklistTemplate]
    changes: list[TermsChange]
    duties: list[DisclosureRule]
    clients: list[Client] = field(default_factory=list)


def edge(dice: random.Random) -> datetime:
    """An instant at the beginning of a day somewhere, or a moment beside it."""
    start = datetime.combine(dice.choice(DAYS), time.min, ZoneInfo(dice.choice(ZONES))).astimezone(UTC)
    return start + dice.choice((timedelta(0), timedelta(0), timedelta(hours=9), timedelta(microseconds=-1)))


def lay(agency: Agency, dice: random.Random, *, projects: int = 4, releases: int = 12, trouble: float = 0.2) -> Ground:
    """Write the ground."""
    clients = [agency.north, agency.south, Client.objects.create(name="East", created_by=agency.ada)]
    made = [
        Project(client=clients[number % 3], name=f"Shelf {number}", code=f"SHELF{number}", created_by=agency.alice)
        for number in range(projects)
    ]
    Project.objects.bulk_create(made)
    shots = [Shot(project=each, code="SC010-SH010", title="Dawn", created_by=agency.alice) for each in made]
    Shot.objects.bulk_create(shots)
    prompts = [Prompt(shot=shot, version=1, text="A harbour", created_by=agency.alice) for shot in shots]
    Prompt.objects.bulk_create(prompts)
    people = [agency.alice, agency.bob, agency.lena, agency.dora]
    versions = _versions(agency.lena, dice)
    return Ground(
        people=people,
        lena=agency.lena,
        projects=made,
        prompts={shot.project_id: prompt for shot, prompt in zip(shots, prompts, strict=True)},
        stages={each.pk: _stages(each, number) for number, each in enumerate(made)},
        releases={each.pk: _releases(each, agency.alice, dice, releases, trouble) for each in made},
        accounts=[provider_account(route=route) for route in ("Vofy", "kling", "OPENAI", "unknown")],
        sets=_sets(agency.lena, dice, versions),
        checklists=_checklists(agency.lena),
        changes=_changes(agency.lena, dice, versions),
        duties=_duties(dice),
        clients=clients,
    )


def _stages(project: Project, number: int) -> list[Stage]:
    specs = [("Creative", "reviewer", 1, True), ("Client", "guest", 2, False), ("Legal", "legal", 1, True)]
    rows = [
        Stage(project=project, position=place, name=name, role=role, needed=needed, worst_wins=worst)
        for place, (name, role, needed, worst) in enumerate(specs, start=1)
    ]
    return Stage.objects.bulk_create(rows if number else [])


def _releases(project: Project, by: User, dice: random.Random, many: int, trouble: float) -> list[Release]:
    def one() -> Release:
        def odd() -> bool:
            return dice.random() < trouble

        return Release(
            project=project, kind=dice.choice(Release.Kind.values), subject="Mia", scope="All", created_by=by,
            uses=dice.sample(Use.values, 3) if odd() else list(Use.values),
            territories=dice.sample(PLACES[:-1], 3) if odd() else ["WORLD"],
            ai_use=dice.choice(("no", "unknown")) if odd() else "yes",
            of_age_on=dice.choice(DAYS) if odd() else None,
            exclusive_categories=[dice.choice(CATEGORIES)] if odd() else [],
            valid_from=dice.choice(DAYS) if odd() else FIRST,
            valid_until=dice.choice(DAYS) if odd() else None,
            withdrawn_at=edge(dice) if dice.random() < trouble / 3 else None,
        )  # fmt: skip

    return Release.objects.bulk_create([one() for _ in range(many)])


def _versions(lena: User, dice: random.Random) -> list[TermsVersion]:
    """Three documents of parties that the catalogue knows and one that it does not, in three versions each."""
    versions: list[TermsVersion] = []
    for number, party in enumerate(("vofy", "openai", "kling", "")):
        source = TermsSource.objects.create(publisher=f"Publisher {number}", title="Terms", party=party)
        versions += [_version(source, lena, dice, step) for step in range(3)]
    return TermsVersion.objects.bulk_create(versions)


def _sets(lena: User, dice: random.Random, versions: list[TermsVersion]) -> list[GoverningSet]:
    """Sets of every rule for every route, the first ones for those by way of whom most clips were made; some govern nothing,
    one was tampered with.
    """
    rows, members = [], []
    for number, route in enumerate(("Vofy", " kling", "OpenAI")):
        for rule in GoverningSet.Rule.values:
            for lacks in (False, True) if rule == "pinned" else (False,):
                both = (
                    [dice.choice(versions[:2]), dice.choice(versions[3:5])] if not number else dice.sample(versions, 2)
                )
                row, links = _set(lena, route, rule, [] if lacks else both)
                rows.append(row)
                members += links
    rows[-1].rule = "pinned"
    GoverningSet.objects.bulk_create(rows)
    GoverningMember.objects.bulk_create(members)
    return rows


def _changes(lena: User, dice: random.Random, versions: list[TermsVersion]) -> list[TermsChange]:
    """The steps from version to version, half of them judged, some with a day of their own."""
    steps = [(a, b) for a, b in pairwise(versions) if a.source_id == b.source_id]
    suggestions = TermsChange.Suggestion.values
    rows = [
        TermsChange(before=a, after=b, suggestion=dice.choice(suggestions), grounds=[], figures={}) for a, b in steps
    ]
    TermsChange.objects.bulk_create(rows)
    ChangeJudgement.objects.bulk_create(
        ChangeJudgement(
            change=row, verdict=dice.choice(ChangeJudgement.Verdict.values), reason="Read", judged_by=lena,
            binds_from=dice.choice(DAYS) if dice.random() < 0.3 else None, judged_at=FIRST_MOMENT + timedelta(hours=hour),
        )
        for hour, row in enumerate(dice.choices(rows, k=len(rows)))
    )  # fmt: skip
    return rows


def _duties(dice: random.Random) -> list[DisclosureRule]:
    """Duties of every kind in one or two versions; the second of some asks for the same, of some for more, and one is retired."""
    rows = []
    for number in range(6):
        first = DisclosureRule(
            key=f"duty-{number}", version=1, title=f"Duty {number}", duty="Tell viewers", source="A law", sourced_on=FIRST,
            territories=dice.choice((["FR"], ["DE", "AT"], ["WORLD"], ["US"])),
            uses=dice.choice(([], ["television"], ["social_media", "cinema"])),
            depicts=dice.choice(([], ["person", "voice"], ["minor"])),
            applies_from=dice.choice((None, *DAYS)), applies_until=dice.choice((None, None, *DAYS)),
        )  # fmt: skip
        rows.append(first)
        if number % 2:
            told = {
                name: getattr(first, name) for name in ("key", "territories", "uses", "depicts", "source", "sourced_on")
            }
            words = "Tell viewers" if number > 1 else "Tell viewers twice"
            status = "retired" if number == 5 else "confirmed"
            rows.append(DisclosureRule(version=2, title="Duty", duty=words, status=status, **told))
    return DisclosureRule.objects.bulk_create(rows)


def _version(source: TermsSource, lena: User, dice: random.Random, step: int) -> TermsVersion:
    raw = f"{source.pk} {step}".encode()
    return TermsVersion(
        source=source, label=f"v{step}", raw=raw, media_type="text/plain", raw_sha256=sha256(raw).hexdigest(),
        text=raw.decode(), text_sha256=sha256(raw).hexdigest(), method="paste", captured_by=lena,
        effective_from=dice.choice((None, *DAYS[:4])) if step < 2 else dice.choice(DAYS[4:]),
        captured_at=datetime(2026, 1, 1 + step, tzinfo=UTC),
    )  # fmt: skip


def _set(
    lena: User, route: str, rule: str, terms: Sequence[TermsVersion]
) -> tuple[GoverningSet, list[GoverningMember]]:
    told: list[Json] = [{"raw_sha256": each.raw_sha256, "precedence": place} for place, each in enumerate(terms)]
    text = canonical.dumps(
        {"route": route, "rule": rule, "terms": told, "name": f"{route} {rule} {len(terms)}"}
    ).decode()
    row = GoverningSet(
        name=f"{route} {rule}", route=route, rule=rule, as_of=FIRST, canonical=text,
        sha256=sha256(text.encode()).hexdigest(), created_by=lena,
    )  # fmt: skip
    return row, [GoverningMember(governing_set=row, terms_version=each, precedence=n) for n, each in enumerate(terms)]


def _checklists(lena: User) -> list[ChecklistTemplate]:
    def questions(many: int) -> list[dict[str, Any]]:
        clears = (["yes"], ["no"], ["yes", "no"], ["no", "unknown"])
        return [
            {
                "key": f"q{n}",
                "question": f"Question {n}?",
                "help": "",
                "required": n % 3 != 2,
                "clears_with": clears[n % 4],
            }
            for n in range(many)
        ]

    rows = [
        ChecklistTemplate(key=f"list-{many}", version=1, title="Checklist", questions=questions(many), canonical="{}",
                          sha256=f"{many:064x}", made_by=lena)
        for many in (4, 9)
    ]  # fmt: skip
    rows[1].market = "JP"
    return ChecklistTemplate.objects.bulk_create(rows)


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
            reauthentication=proof, signed_at=edge(self.dice),
        )  # fmt: skip
        signatures.sign(row, signatures.payload(row, signer=lena, reauthentication=proof))
        self.add(row)
        if self.odd(0.5):
            self._revoked(row)

    def _revoked(self, row: SignOff) -> None:
        proof = self.add(Reauthentication(user=row.signer))
        end = SignOff(
            clip=row.clip, record_version=row.record_version, revokes=row, meaning="revoked", statement="I revoke it",
            clip_sha256=row.clip_sha256, record_sha256=row.record_sha256, governing_sha256=row.governing_sha256,
            signer=row.signer, signer_person_id=row.signer_person_id, reauthentication=proof, signed_at=row.signed_at,
        )  # fmt: skip
        signatures.sign(end, signatures.payload(end, signer=row.signer, reauthentication=proof))
        self.add(end)


def fill(
    ground: Ground, dice: random.Random, numbers: range, *, trouble: float = 0.2, versions: int = 3, batch: int = 2000
) -> Iterator[list[Clip]]:
    """Write clips with these numbers, batch by batch."""
    shelf = Shelf(ground, dice, trouble, versions)
    with patch.object(signatures, "_head", return_value=None):
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
