"""What the demonstration does when it may not go on. That it holds from end to end is shown in e2e/test_hub.py."""

import errno
import os
import tomllib
from pathlib import Path

import pytest

from reviews.actions.seeds import SEEDS
from sorahub.demo.answers import ANSWERS
from sorahub.demo.story import CHECKLIST
from sorahub.demo.telling import StepFailed, Teller
from sorahub.demo.terms_text import CLAUSES
from sorahub.management.commands.demo import NEEDED_BYTES, alone, cause, explain, require_space


def test_a_second_demo_on_the_same_folder_is_refused_before_it_touches_anything(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with alone(folder):
        with pytest.raises(StepFailed, match=f"Another demo is running on {folder}"), alone(folder):
            pytest.fail("two demos ran on one database")
        assert [path.name for path in folder.iterdir()] == ["demo.lock"]
    with alone(folder):
        assert (folder / "demo.lock").exists()


def test_a_request_to_stop_that_came_during_a_step_ends_the_story_after_it() -> None:
    told: list[str] = []

    def stop() -> None:
        raise KeyboardInterrupt

    teller = Teller(told.append, check=stop)
    with pytest.raises(KeyboardInterrupt):
        teller.step("database", lambda: ("ready", None))
    assert told == []


def test_too_little_room_is_said_with_the_folder_and_what_to_do(tmp_path: Path) -> None:
    room = os.statvfs(tmp_path)
    with pytest.raises(OSError) as raised:
        require_space(tmp_path, room.f_blocks * room.f_frsize + 1)
    assert raised.value.errno == errno.ENOSPC
    assert explain(raised.value) == f"The disk is full at {tmp_path}: free {NEEDED_BYTES // 10**6} MB and start again."


def test_with_room_left_a_failure_is_told_in_its_own_words() -> None:
    assert cause(StepFailed("verify: FAIL")) == "verify: FAIL"


def test_the_demonstration_answers_every_question_that_comes_with_the_hub_so_that_it_clears() -> None:
    [checklist] = tomllib.loads((SEEDS / "checklists.toml").read_text("utf-8"))["checklist"]
    assert checklist["key"] == CHECKLIST
    assert [one["key"] for one in checklist["question"] if ANSWERS[one["key"]][0] in one["clears_with"]] == list(
        ANSWERS
    )
    assert {topic for _, _, topic in ANSWERS.values() if topic} <= {topic for topic, _ in CLAUSES}
