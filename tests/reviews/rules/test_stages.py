"""The states of stages, computed from decisions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from reviews.models import Decision, Stage
from reviews.rules.stages import DEFAULT, StageSpec, not_passed, problems, states

pytestmark = pytest.mark.core

CLIP, OTHER = "a" * 64, "b" * 64
BOB, BEA, DORA = uuid4(), uuid4(), uuid4()
CREATIVE = Stage(position=1, name="Creative", role="reviewer", needed=1)
TWO = Stage(position=1, name="Creative", role="reviewer", needed=2)
CLIENT = Stage(position=2, name="Client", role="guest", needed=1)
LEGAL = Stage(position=3, name="Legal", role="legal", needed=1)
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def said(stage: Stage, person: UUID, verdict: str, *, minute: int = 0, clip: str = CLIP) -> Decision:
    return Decision(
        stage=stage, person_id=person, verdict=verdict, clip_sha256=clip, decided_at=BEGIN + timedelta(minutes=minute)
    )


YES, NO, BACK = "approved", "changes_requested", "taken_back"
ENOUGH = Stage(position=1, name="Creative", role="reviewer", needed=2, worst_wins=False)
CASES: list[tuple[str, list[Stage], list[Decision], str | None, list[str]]] = [
    ("nothing said", [CREATIVE, CLIENT, LEGAL], [], None, ["open", "waiting", "waiting"]),
    ("first passed", [CREATIVE, CLIENT, LEGAL], [said(CREATIVE, BOB, YES)], None, ["approved", "open", "waiting"]),
    (
        "both passed",
        [CREATIVE, CLIENT, LEGAL],
        [said(CREATIVE, BOB, YES), said(CLIENT, DORA, YES)],
        None,
        ["approved", "approved", "open"],
    ),
    (
        "signed",
        [CREATIVE, CLIENT, LEGAL],
        [said(CREATIVE, BOB, YES), said(CLIENT, DORA, YES)],
        "approved",
        ["approved", "approved", "approved"],
    ),
    ("one of two", [TWO], [said(TWO, BOB, YES)], None, ["open"]),
    ("two of two", [TWO], [said(TWO, BOB, YES), said(TWO, BEA, YES)], None, ["approved"]),
    ("one person twice is one", [TWO], [said(TWO, BOB, YES), said(TWO, BOB, YES, minute=1)], None, ["open"]),
    ("one against", [CREATIVE], [said(CREATIVE, BOB, YES), said(CREATIVE, BEA, NO)], None, ["changes_requested"]),
    ("thought better", [CREATIVE], [said(CREATIVE, BOB, NO), said(CREATIVE, BOB, YES, minute=1)], None, ["approved"]),
    ("thought worse", [CREATIVE], [said(CREATIVE, BOB, YES), said(CREATIVE, BOB, NO, minute=1)], None, [NO]),
    ("stored out of order", [CREATIVE], [said(CREATIVE, BOB, NO, minute=1), said(CREATIVE, BOB, YES)], None, [NO]),
    ("other bytes", [CREATIVE], [said(CREATIVE, BOB, YES, clip=OTHER)], None, ["open"]),
    (
        "the first falls back, the second keeps its own verdict",
        [CREATIVE, CLIENT, LEGAL],
        [said(CREATIVE, BOB, YES), said(CLIENT, DORA, YES), said(CREATIVE, BOB, NO, minute=1)],
        None,
        ["changes_requested", "approved", "waiting"],
    ),
    (
        "taken back is silence",
        [CREATIVE],
        [said(CREATIVE, BOB, YES), said(CREATIVE, BOB, BACK, minute=1)],
        None,
        ["open"],
    ),
    ("no is taken back", [CREATIVE], [said(CREATIVE, BOB, NO), said(CREATIVE, BOB, BACK, minute=1)], None, ["open"]),
    (
        "said anew after taking back",
        [CREATIVE],
        [said(CREATIVE, BOB, NO), said(CREATIVE, BOB, BACK, minute=1), said(CREATIVE, BOB, YES, minute=2)],
        None,
        ["approved"],
    ),
    ("others stay", [TWO], [said(TWO, BOB, YES), said(TWO, BEA, YES), said(TWO, BEA, BACK, minute=1)], None, ["open"]),
    ("enough: one and one against", [ENOUGH], [said(ENOUGH, BOB, YES), said(ENOUGH, BEA, NO)], None, [NO]),
    (
        "enough: two outweigh one against",
        [ENOUGH],
        [said(ENOUGH, BOB, YES), said(ENOUGH, BEA, NO), said(ENOUGH, DORA, YES)],
        None,
        ["approved"],
    ),
    ("enough: nothing said", [ENOUGH, CLIENT], [], None, ["open", "waiting"]),
    ("a legal rejection", [LEGAL], [], "changes_requested", ["changes_requested"]),
    ("decisions do not pass the legal stage", [LEGAL], [said(LEGAL, BOB, YES)], None, ["open"]),
]


@pytest.mark.parametrize(
    ("stages", "decisions", "legal", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_state_of_each_stage(
    stages: list[Stage], decisions: list[Decision], legal: str | None, expected: list[str]
) -> None:
    assert [answer.state for answer in states(stages, decisions, CLIP, legal)] == expected


@pytest.mark.parametrize(
    ("locks", "verdict", "locked"), [(True, YES, True), (True, NO, False), (False, YES, False), (True, BACK, False)]
)
def test_a_stage_that_locks_does_so_once_it_has_approved(locks: bool, verdict: str, locked: bool) -> None:
    stage = Stage(position=1, name="Creative", role="reviewer", needed=1, locks=locks)
    [answer] = states([stage], [said(stage, BOB, verdict)], CLIP, None)
    assert answer.locked is locked


def test_what_a_person_said_is_their_newest_word() -> None:
    [answer] = states([TWO], [said(TWO, BOB, NO), said(TWO, BOB, YES, minute=1), said(TWO, BEA, BACK)], CLIP, None)
    mine = answer.said_by(BOB)
    assert mine is not None
    assert mine.verdict == YES
    assert answer.said_by(BEA) is None


def test_what_stands_before_the_signature() -> None:
    answers = states([CREATIVE, CLIENT, LEGAL], [said(CREATIVE, BOB, YES)], CLIP, None)
    assert not_passed(answers) == ("Client",)
    assert [(answer.approvals, answer.needed) for answer in answers] == [(1, 1), (0, 1), (0, 1)]


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        ([], "at least one stage"),
        ([StageSpec("A", "reviewer"), StageSpec(" a ", "guest")], "name of its own"),
        ([StageSpec("", "reviewer")], "name of its own"),
        ([StageSpec("A", "producer")], "decided by"),
        ([StageSpec("A", "reviewer", 0)], "At least one person"),
        ([StageSpec("L", "legal"), StageSpec("A", "reviewer")], "last"),
        ([StageSpec("L", "legal", 2)], "one sign-off"),
    ],
)
def test_stages_that_make_no_sense_are_told(specs: list[StageSpec], words: str) -> None:
    assert words in " ".join(problems(specs))


def test_the_usual_stages_make_sense() -> None:
    assert problems(DEFAULT) == []
    assert [(spec.name, spec.role, spec.needed) for spec in DEFAULT] == [
        ("Creative", "reviewer", 1),
        ("Client", "guest", 1),
        ("Legal", "legal", 1),
    ]
