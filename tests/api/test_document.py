"""The OpenAPI document: valid, without warnings, and the one that is committed."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.yaml"


def test_the_committed_document_is_the_generated_one(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made), stdout=StringIO())
    if made.read_text("utf-8") != SNAPSHOT.read_text("utf-8"):
        pytest.fail("Look at the change, then: manage.py spectacular --file docs/reference/openapi.yaml")
