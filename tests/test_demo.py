"""What the demonstration does when it may not go on. That it holds from end to end is shown in e2e/test_hub.py."""

from pathlib import Path

import pytest

from sorahub.demo.telling import StepFailed, Teller
from sorahub.management.commands.demo import alone


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
