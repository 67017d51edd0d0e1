"""What the shelves of a random library stand on: projects, people, releases, terms with their sets and changes, checklists, duties."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from generations.models import Project, Prompt, ProviderAccount, Shot
from reviews.models import (
    ChangeJudgement,
    ChecklistTemplate,
    DisclosureRule,
    GoverningMember,
    GoverningSet,
    Release,
    Stage,
    TermsChange,
    TermsSighting,
    TermsSource,
    TermsVersion,
    Use,
)
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
    steps += _returns(lena, random.Random(str(dice.getstate())), versions)
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


def _returns(lena: User, dice: random.Random, versions: list[TermsVersion]) -> list[tuple[TermsVersion, TermsVersion]]:
    """See older versions again after the newest of their document, and return most of the steps back to them."""
    steps = []
    for place, version in enumerate(versions):
        newest = versions[place // 3 * 3 + 2]
        if version != newest and dice.random() < 0.5:
            at = datetime.combine(dice.choice(DAYS[:8]), time.min, UTC) + timedelta(days=4)
            TermsSighting.objects.create(version=version, seen_at=at, method="fetch", seen_by=lena)
            steps += [(newest, version)] if dice.random() < 0.8 else []
    return steps


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
