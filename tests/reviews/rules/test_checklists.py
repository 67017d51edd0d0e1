"""Checklists: what makes one, which apply to a clip, what answers leave open, what an edit changed."""

from typing import Any
from uuid import UUID

import pytest

from reviews.models import ChecklistTemplate
from reviews.rules import checklists

OWN, OTHER = UUID(int=1), UUID(int=2)


def question(key: str = "ours", **said: Any) -> dict[str, Any]:
    words = {"key": key, "question": f"Is it {key}?", "help": "", "required": True, "clears_with": ["yes"]}
    return {**words, **said}


def template(key: str, **said: Any) -> ChecklistTemplate:
    return ChecklistTemplate(**{"key": key, "version": 1, "title": key, "questions": [question()], **said})


@pytest.mark.parametrize(
    ("questions", "field", "words"),
    [
        ([], "questions", "Ask at least one question."),
        ([question()] * 61, "questions", "A checklist has at most 60 questions."),
        ([question(), question()], "questions.1.key", "Two questions have this key."),
        ([question("Not a key")], "questions.0.key", "At most 60 small letters, digits and hyphens."),
        ([question(question=" ")], "questions.0.question", "Write the question."),
        ([question(question="?" * 501)], "questions.0.question", "At most 500 characters."),
        ([question(help="!" * 2001)], "questions.0.help", "At most 2000 characters."),
        ([question(clears_with=[])], "questions.0.clears_with", "Choose with which answers"),
        ([question(clears_with=["yes", "maybe"])], "questions.0.clears_with", "Choose with which answers"),
        ([question(clears_with=["yes", "unknown"])], "questions.0.clears_with", "cannot be cleared with “unknown”"),
    ],
)
def test_what_is_wrong_with_questions_is_said_at_its_place(
    questions: list[dict[str, Any]], field: str, words: str
) -> None:
    found = checklists.problems(questions)
    assert words in found.pop(field)
    assert found == {}


def test_an_optional_question_may_clear_with_unknown() -> None:
    assert checklists.problems([question(required=False, clears_with=["yes", "unknown"])]) == {}


def test_a_question_without_a_key_gets_a_free_one_made_of_its_words() -> None:
    rows = checklists.keyed([question(""), question("is-it"), {"question": "Is it?", "clears_with": ["no", "yes"]}])
    assert [row["key"] for row in rows] == ["is-it-2", "is-it", "is-it-3"]
    assert rows[2] == {
        "key": "is-it-3",
        "question": "Is it?",
        "help": "",
        "required": True,
        "clears_with": ["yes", "no"],
    }


@pytest.mark.parametrize(
    ("territories", "distributor", "keys"),
    [
        (["DE"], "", ["own-de", "own", "de", "every", "own-canal"]),
        (["US"], "", ["own", "every", "own-canal"]),
        (["WORLD"], "", ["own-de", "own", "de", "every", "own-canal"]),
        (["US"], " CANAL ", ["own-canal", "own", "every"]),
    ],
)
def test_the_fittest_checklist_comes_first(territories: list[str], distributor: str, keys: list[str]) -> None:
    templates = [
        template("every"),
        template("de", market="DE"),
        template("own", client_id=OWN),
        template("own-de", client_id=OWN, market="DE"),
        template("own-canal", client_id=OWN, distributor="Canal"),
        template("gone", client_id=OWN, retired=True),
        template("theirs", client_id=OTHER),
    ]
    assert [one.key for one in checklists.offered(templates, OWN, territories, distributor)] == keys
    first = checklists.proposed(templates, OWN, territories, distributor)
    assert first is not None
    assert first.key == keys[0]


def test_what_is_made_for_a_distributor_is_not_proposed_to_others() -> None:
    only = [template("canal", distributor="Canal")]
    assert checklists.proposed(only, OWN, ["DE"]) is None
    assert checklists.proposed([], OWN, ["DE"]) is None
    assert [one.key for one in checklists.offered(only, OWN, ["DE"])] == ["canal"]


@pytest.mark.parametrize(
    ("asked", "said", "is_open", "against"),
    [
        ({}, None, True, False),
        ({}, "unknown", True, False),
        ({}, "yes", False, False),
        ({}, "no", False, True),
        ({"clears_with": ["no"]}, "yes", False, True),
        ({"clears_with": ["yes", "no"]}, "no", False, False),
        ({"required": False}, None, False, False),
        ({"required": False}, "unknown", False, True),
        ({"required": False}, "no", False, True),
        ({"required": False, "clears_with": ["yes", "unknown"]}, "unknown", False, False),
    ],
)
def test_what_an_answer_leaves_open_and_what_speaks_against(
    asked: dict[str, Any], said: str | None, is_open: bool, against: bool
) -> None:
    questions = [question(**asked)]
    answers = [] if said is None else [{"key": "ours", "finding": said, "words": "", "clauses": []}]
    told = ("Is it ours?",)
    assert checklists.left_open(questions, answers) == (told if is_open else ())
    assert checklists.speak_against(questions, answers) == (told if against else ())


def test_an_edit_is_told_question_by_question() -> None:
    old = template("rights", questions=[question("a"), question("b"), question("c")])
    new = template(
        "rights", title="Rights", market="DE", questions=[question("b", required=False), question("a"), question("d")]
    )
    found = [(one.how, one.what, one.before, one.after) for one in checklists.differences(old, new)]
    assert found == [
        ("changed", "Title", "rights", "Rights"),
        ("changed", "Market", "every market", "DE"),
        ("changed", "Question", "Is it b? (must be answered; clears with yes)", "Is it b? (may stay open; clears with yes)"),
        ("added", "Question", "", "Is it d? (must be answered; clears with yes)"),
        ("removed", "Question", "Is it c? (must be answered; clears with yes)", ""),
    ]  # fmt: skip


def test_another_order_is_a_change_and_the_same_is_none() -> None:
    old = template("rights", questions=[question("a"), question("b")])
    new = template("rights", questions=[question("b"), question("a")])
    assert [one.what for one in checklists.differences(old, new)] == ["Order of the questions"]
    assert checklists.differences(old, old) == []
    gone = template("rights", questions=old.questions, retired=True)
    assert [(one.what, one.before, one.after) for one in checklists.differences(old, gone)] == [
        ("Offered for new records", "yes", "no")
    ]
