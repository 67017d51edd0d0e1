"""A redacted bundle tells a client what was signed, and nothing that is not theirs; beside the full one it is seen to be the same."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from generations.models import Clip
from reviews.actions.evidence import grant_bundle, request_bundle
from reviews.actions.holds import place_hold
from reviews.actions.terms import make_governing_set
from reviews.evidence.verify import Failure, match, verify
from reviews.models import Bundle, SignOff, TermsVersion
from sorahub.jobs import runner
from sorahub.lib import signing
from sorahub.lib.errors import Forbidden, NotFound
from tests.people import Agency, provider_account
from tests.reviews import world
from tests.reviews.evidence.conftest import SECRET, folder, made
from tests.reviews.evidence.test_bundle import files, resealed
from tests.reviews.evidence.test_making import refused

pytestmark = pytest.mark.django_db

REDACTED = Bundle.Variant.REDACTED


def redacted(person: object, sign_off: SignOff) -> Bundle:
    """Ask for the redacted bundle and let the job run."""
    bundle = request_bundle(actor=person, sign_off=sign_off, variant=REDACTED)  # type: ignore[arg-type]
    runner.drain()
    bundle.refresh_from_db()
    assert bundle.state == Bundle.State.READY, bundle.error_message
    return bundle


def everything(root: Path) -> str:
    return "\n".join((root / name).read_bytes().decode("latin-1") for name in files(root) if not name.endswith(".mp4"))


def test_it_verifies_and_holds_no_prompt_no_note_and_nobody_but_the_signer(agency: Agency, approval: SignOff) -> None:
    root = folder(redacted(agency.bob, approval))
    assert verify(root, signing.public_keys("record")[-1].raw.hex()) == []
    said = everything(root)
    for secret in (
        "A lighthouse at dawn",
        "A harbour",
        "The output is ours",
        SECRET,
        "Alice",
        "Bob",
        "alice@",
        "bob@",
        "Account 1",
        "harbour.mp4",
    ):
        assert secret not in said, secret
    assert agency.lena.person.name in said
    full = everything(folder(made(agency, approval)))
    assert all(
        secret in full for secret in ("A lighthouse at dawn", "The output is ours", "Alice", "Bob", "harbour.mp4")
    )


def test_full_and_redacted_are_shown_to_tell_of_the_same(agency: Agency, approval: SignOff, tmp_path: Path) -> None:
    full, part = folder(made(agency, approval)), folder(redacted(agency.bob, approval))
    assert match(full, part) == []
    command = [sys.executable, "-I", "-S", str(part / "verify.py"), "--match", str(full), str(part)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "PASS")
    withheld = {row["path"]: row for row in json.loads((part / "data/redactions.json").read_text())["withheld"]}
    assert withheld["generation.json"]["size"] == (full / "data/generation.json").stat().st_size
    assert withheld["licensing-notes.json"]["shown"] is False
    assert {"record.json", "terms/governing-set.json"}.isdisjoint(withheld)
    assert [failure.item for failure in match(part, full)][:1] == ["redactions.json"]


@pytest.mark.long
def test_a_full_bundle_that_tells_something_else_is_named(agency: Agency, approval: SignOff, tmp_path: Path) -> None:
    full, part = folder(made(agency, approval)), folder(redacted(agency.bob, approval))
    for name, told in (("licensing-notes.json", "[]\n"), ("generation.json", "{}\n")):
        shutil.copytree(full, tmp_path / name)
        other = tmp_path / name
        resealed(other, lambda path=other / "data" / name, told=told: path.write_text(told))  # type: ignore[misc]
        assert verify(other) == []
        assert match(other, part)[0] == Failure(
            f"data/{name}", "is not the file that the redacted bundle lists: another size or hash"
        )


def test_a_redacted_bundle_with_something_added_or_left_unsaid_is_named(agency: Agency, approval: SignOff) -> None:
    full, part = folder(made(agency, approval)), folder(redacted(agency.bob, approval))

    def unsaid() -> None:
        path = part / "data/redactions.json"
        said = json.loads(path.read_text())
        said["withheld"] = [row for row in said["withheld"] if row["path"] != "licensing-notes.json"]
        path.write_text(json.dumps(said))
        (part / "data/clip.json").write_text(
            json.dumps({**json.loads((part / "data/clip.json").read_text()), "width": 1})
        )

    resealed(part, unsaid)
    assert match(full, part) == [
        Failure("data/licensing-notes.json", "is in the full bundle, and the redacted one is silent about it"),
        Failure("data/clip.json", "says something else than the full one"),
    ]


def test_reviewers_get_only_that_and_producers_nothing(agency: Agency, approval: SignOff) -> None:
    refused(Forbidden, lambda: request_bundle(actor=agency.alice, sign_off=approval, variant=REDACTED))
    refused(Forbidden, lambda: request_bundle(actor=agency.bob, sign_off=approval))
    full = made(agency, approval)
    refused(Forbidden, lambda: grant_bundle(actor=agency.bob, bundle=full))
    assert grant_bundle(actor=agency.bob, bundle=redacted(agency.bob, approval)).filename.startswith(
        "evidence-redacted_"
    )


def test_a_guest_gets_their_own_and_no_others(agency: Agency, approval: SignOff, told: Clip) -> None:
    theirs = redacted(agency.dora, approval)
    assert grant_bundle(actor=agency.dora, bundle=theirs).sha256 == theirs.sha256
    refused(NotFound, lambda: request_bundle(actor=agency.carol, sign_off=approval, variant=REDACTED))
    assert list(Bundle.objects.visible_to(agency.dora)) == [theirs]
    told.grants.all().update(revoked_at=approval.signed_at)
    assert list(Bundle.objects.visible_to(agency.dora)) == []
    refused(NotFound, lambda: grant_bundle(actor=agency.dora, bundle=theirs))


def test_what_names_people_or_a_provider_account_is_shown_in_part(agency: Agency, clip: Clip) -> None:
    """The record of a clip with somebody in it, under terms of one provider account: both are signed by their hash alone."""
    world.approved(agency, clip)
    account = provider_account(route="Vofy")
    governing = make_governing_set(
        actor=agency.lena, name="By contract", route="Vofy", rule="at_generation", as_of=date(2026, 6, 1),
        versions=[TermsVersion.objects.get()], account=account,
    )  # fmt: skip
    seen = world.shows(world.consent(agency.bob, agency.aurora))
    approval = world.sign(agency.lena, world.draft(agency.bob, clip, governing, **seen))
    full, part = folder(made(agency, approval)), folder(redacted(agency.bob, approval))
    assert verify(part) == match(full, part) == []
    assert "Mia" in everything(full)
    assert str(account.pk) in everything(full)
    assert "Mia" not in everything(part)
    assert str(account.pk) not in everything(part)
    withheld = {row["path"]: row for row in json.loads((part / "data/redactions.json").read_text())["withheld"]}
    assert withheld["record.json"]["sha256"] == approval.record_sha256
    assert json.loads((part / "data/record.json").read_text())["uses"] == ["own_channels", "social_media"]


def test_a_guest_asks_on_the_page_and_through_the_api_and_sees_nothing_of_a_sign_off(
    agency: Agency, approval: SignOff, told: Clip
) -> None:
    dora = Client()
    dora.force_login(agency.dora)
    rights = f"/clips/{told.pk}/rights/"
    assert "Make a redacted evidence bundle" in dora.get(rights).text
    assert dora.post(f"{rights}evidence/").status_code == 302
    assert dora.post("/api/v1/bundles/", {"clip": str(told.pk)}, "application/json").status_code == 403
    asked = {"clip": str(told.pk), "variant": "redacted"}
    answer = dora.post("/api/v1/bundles/", asked, "application/json")
    assert answer.status_code == 202
    made_for_dora = answer.json()["id"]
    assert Bundle.objects.get().pk == UUID(made_for_dora)
    runner.drain()
    assert "Download" in dora.get(rights).text
    ready = dora.get(f"/api/v1/bundles/{made_for_dora}/").json()
    assert (ready["state"], ready["variant"], ready["files_done"] > 20) == ("ready", "redacted", True)
    for wrong in ({}, {**asked, "sign_off": str(approval.pk)}, {"sign_off": str(approval.pk), "variant": "redacted"}):
        assert dora.post("/api/v1/bundles/", wrong, "application/json").status_code == 400
    place_hold(actor=agency.lena, clip=told, reason="Claim received")
    refusal = dora.post("/api/v1/bundles/", asked, "application/json")
    assert (refusal.status_code, "Claim" in refusal.text) == (422, False)
    assert Bundle.objects.count() == 1
