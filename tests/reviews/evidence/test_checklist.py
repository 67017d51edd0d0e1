"""The evidence of a record with a checklist and plans of disclosure: readable by itself, and still whole."""

import json
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from generations.models import Clip
from reviews.actions.checklists import make_checklist
from reviews.actions.disclosures import make_rule, retire_rule
from reviews.models import Clause
from tests.people import Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import folder, made
from tests.reviews.evidence.test_certificate import words

pytestmark = pytest.mark.django_db


def test_questions_answers_duties_and_plans_are_in_the_bundle_and_on_the_certificate(
    agency: Agency, told: Clip
) -> None:
    asked = [{"key": "ours", "question": "Is the output ours?", "clears_with": ["yes"]}]
    checklist = make_checklist(actor=agency.lena, title="Broadcast", questions=asked)
    said: dict[str, Any] = {"territories": ["AT", "DE"], "source": "A law", "sourced_on": date(2026, 1, 1)}
    label = make_rule(actor=agency.lena, title="Label", duty="Say so.", **said)
    make_rule(actor=agency.lena, title="Notice", duty="Print it.", **said)
    plans = [
        {"rule": "label", "version": 1, "plan": "“Made with AI”, first two seconds", "exempt": False, "reason": ""},
        {"rule": "notice", "version": 1, "plan": "", "exempt": True, "reason": "Nothing is printed"},
    ]
    answer = {"key": "ours", "finding": "yes", "words": "By 3.1", "clauses": [str(Clause.objects.get().pk)]}
    version = world.ready_to_sign(agency, told, checklist=checklist, answers=[answer], disclosures=plans)
    sign_off = world.sign(agency.lena, version)
    retire_rule(actor=agency.lena, rule=label)
    root = folder(made(agency, sign_off))
    assert sha256((root / "data/checklist.json").read_bytes()).hexdigest() == checklist.sha256
    record = json.loads((root / "data/record.json").read_text())
    assert (record["checklist"]["sha256"], record["answers"], record["disclosures"]) == (
        checklist.sha256,
        [answer],
        plans,
    )
    kept = json.loads((root / "data/disclosures.json").read_text())
    assert [(one["title"], one["exempt"], one["words"], one["duty"]["duty"]) for one in kept] == [
        ("Label", False, "“Made with AI”, first two seconds", "Say so."),
        ("Notice", True, "Nothing is printed", "Print it."),
    ]
    certificate = words((root / "data/certificate.pdf").read_bytes())
    for expected in (
        "Label: “Made with AI”, first two seconds", "Notice: does not apply, because Nothing is printed",
        "Checklist: Broadcast, version 1", "Is the output ours?", "Yes: By 3.1", "“you own the output”",
    ):  # fmt: skip
        assert expected in certificate, expected
    verified = subprocess.run([sys.executable, "verify.py"], cwd=root, capture_output=True, text=True, check=False)
    assert verified.stdout.strip().splitlines()[-1] == "PASS"
    assert root.is_relative_to(Path(settings.MEDIA_ROOT))
