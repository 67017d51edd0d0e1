"""Pages say the same on both databases, what they call is proved on both elsewhere: on SQLite they are walked among the long proofs."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what belongs to the core here as at length."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("core"):
            item.add_marker(pytest.mark.at_length)
