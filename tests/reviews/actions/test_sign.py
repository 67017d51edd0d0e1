"""Signing: only fresh, only other people's work, only what was shown, only once; everything else changes nothing."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from generations.models import Clip
from reviews.actions.holds import place_hold
from reviews.actions.sign import blocks, reauthenticate, revoke_sign_off, sign_record, statement_for
from reviews.models import GoverningSet, LicenceRecordVersion, Reauthentication, SignOff
from reviews.rules.presence import purpose_of
from sorahub.accounts.roles import Kind
from sorahub.ledger import audit
from sorahub.ledger.models import Checkpoint, Event
from sorahub.lib import signing
from sorahub.lib.errors import Conflict, DomainError, Forbidden, NotFound, Refused
from tests.people import PASSWORD, Agency, user
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def codes(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one["code"] for one in error.value.reasons]


def counts() -> tuple[int, int, int, int]:
    spent = Reauthentication.objects.exclude(used_at=None).count()
    return SignOff.objects.count(), Event.objects.count(), Checkpoint.objects.count(), spent


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that nothing changed."""
    before = counts()
    with pytest.raises(error) as caught:
        attempt()
    assert counts() == before
    return caught.value


def test_lena_signs_what_bob_drafted(agency: Agency, version: LicenceRecordVersion) -> None:
    assert blocks(actor=agency.lena, record_version=version) == []
    signed = world.sign(agency.lena, version)
    payload = json.loads(signed.payload)
    assert payload["clip_sha256"] == version.clip_sha256
    assert payload["clip_size"] == version.record.clip.size
    assert payload["record_sha256"] == version.sha256
    assert payload["governing_sha256"] == version.governing_set.sha256
    assert payload["statement"] == statement_for(version, "approved") == signed.statement
    assert payload["signer"] == {
        "account": str(agency.lena.pk),
        "person": str(agency.lena.person_id),
        "name": "Lena",
        "email": "lena@example.com",
        "role": "Legal approver",
    }
    key = {key.key_id: key for key in signing.public_keys("record")}[signed.key_id]
    assert signing.verify(key.raw, signed.payload.encode(), bytes.fromhex(signed.signature))


def test_a_signature_is_ledgered_and_covered_by_a_checkpoint(agency: Agency, version: LicenceRecordVersion) -> None:
    signed = world.sign(agency.lena, version)
    event = Event.objects.get(kind="signoff.signed")
    assert json.loads(event.body)["payload_sha256"] == signed.payload_sha256
    assert event.subject_id == signed.pk
    checkpoint = Checkpoint.objects.filter(chain=event.chain).latest("size")
    assert checkpoint.size == event.seq + 1
    assert list(audit.verify()) == []


def test_the_ledger_holds_no_name_of_the_signer(agency: Agency, version: LicenceRecordVersion) -> None:
    world.sign(agency.lena, version)
    bodies = " ".join(Event.objects.values_list("body", flat=True))
    assert "Lena" not in bodies
    assert "lena@" not in bodies


def test_the_statement_says_scope_and_hashes(version: LicenceRecordVersion) -> None:
    words = statement_for(version, "approved")
    assert version.clip_sha256 in words
    assert version.governing_set.sha256 in words
    assert "The client's own channels, Social media, for Advertising; in AT, DE" in words
    assert "from 2026-01-01 00:00 up to, but not including, 2028-01-01 00:00 (UTC)" in words
    assert "alterations of format only (length, crop, subtitles, encoding); not exclusive" in words


@pytest.mark.parametrize("name", ["alice", "bob", "dora", "ada"])
def test_nobody_but_legal_signs(agency: Agency, version: LicenceRecordVersion, name: str) -> None:
    person = getattr(agency, name)
    proof = Reauthentication.objects.create(user=person)
    refused(Forbidden, lambda: attempt(agency, version, actor=person, reauthentication=proof))


def attempt(agency: Agency, version: LicenceRecordVersion, **changes: object) -> SignOff:
    values: dict[str, object] = {
        "actor": agency.lena,
        "record_version": version,
        "meaning": "approved",
        "shown_sha256": version.sha256,
        **changes,
    }
    if "reauthentication" not in values:
        values["reauthentication"] = Reauthentication.objects.create(user=agency.lena)
    return sign_record(**values)  # type: ignore[arg-type]  # a table of cases


def test_a_lawyer_of_no_project_finds_nothing(agency: Agency, version: LicenceRecordVersion) -> None:
    stranger = user("leo", Kind.LEGAL)
    proof = Reauthentication.objects.create(user=stranger)
    refused(NotFound, lambda: attempt(agency, version, actor=stranger, reauthentication=proof))


def test_a_page_that_shows_an_older_record_signs_nothing(agency: Agency, version: LicenceRecordVersion) -> None:
    proof = Reauthentication.objects.create(user=agency.lena)
    newer = world.draft(agency.bob, version.record.clip, version.governing_set, uses=["cinema"])
    error = refused(Conflict, lambda: attempt(agency, version, reauthentication=proof))
    assert error.code == "stale-record"
    error = refused(Conflict, lambda: attempt(agency, newer, reauthentication=proof, shown_sha256=version.sha256))
    assert error.code == "stale-record"


def test_a_password_entry_signs_once(agency: Agency, version: LicenceRecordVersion) -> None:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    approval = attempt(agency, version, reauthentication=proof)
    error = refused(
        Forbidden,
        lambda: revoke_sign_off(actor=agency.lena, sign_off=approval, reason="Mistake", reauthentication=proof),
    )
    assert error.code == "reauthenticate"


def test_a_proof_for_something_else_signs_nothing(agency: Agency, version: LicenceRecordVersion) -> None:
    for_rejection = purpose_of(version.sha256, "rejected")
    proof = reauthenticate(actor=agency.lena, password=PASSWORD, purpose=for_rejection)
    error = refused(Forbidden, lambda: attempt(agency, version, reauthentication=proof))
    assert error.code == "reauthenticate"
    assert attempt(agency, version, reauthentication=proof, meaning="rejected", reason="No").meaning == "rejected"


def test_a_password_entry_is_good_for_five_minutes(agency: Agency, version: LicenceRecordVersion) -> None:
    entered = timezone.now()
    proof = Reauthentication.objects.create(user=agency.lena, at=entered)
    with time_machine.travel(entered + timedelta(minutes=5), tick=False):
        error = refused(Forbidden, lambda: attempt(agency, version, reauthentication=proof))
        assert error.code == "reauthenticate"
    with time_machine.travel(entered + timedelta(minutes=4, seconds=59), tick=False):
        assert attempt(agency, version, reauthentication=proof).meaning == "approved"


def test_nobody_signs_with_somebody_elses_password_entry(agency: Agency, version: LicenceRecordVersion) -> None:
    proof = Reauthentication.objects.create(user=agency.bob)
    assert refused(Forbidden, lambda: attempt(agency, version, reauthentication=proof)).code == "reauthenticate"


def test_a_wrong_password_proves_nothing(agency: Agency) -> None:
    with pytest.raises(Forbidden) as caught:
        reauthenticate(actor=agency.lena, password="guessed")
    assert caught.value.code == "wrong-password"
    assert not Reauthentication.objects.exists()
    assert world.kinds_of_events() == ["reauthentication.failed"]


def test_five_wrong_passwords_close_the_door(agency: Agency) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden):
            reauthenticate(actor=agency.lena, password="guessed")
    with pytest.raises(Forbidden) as caught:
        reauthenticate(actor=agency.lena, password=PASSWORD)
    assert caught.value.code == "too-many-tries"


def test_the_door_stays_closed_for_a_quarter_of_an_hour_even_when_counters_are_lost(agency: Agency) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden):
            reauthenticate(actor=agency.lena, password="guessed")
    cache.clear()
    closed = timezone.now()
    with time_machine.travel(closed + timedelta(minutes=14, seconds=50), tick=False), pytest.raises(Forbidden):
        reauthenticate(actor=agency.lena, password=PASSWORD)
    with time_machine.travel(closed + timedelta(minutes=15), tick=False):
        assert reauthenticate(actor=agency.lena, password=PASSWORD)


def test_a_deactivated_lawyer_signs_no_more(agency: Agency, version: LicenceRecordVersion) -> None:
    proof = Reauthentication.objects.create(user=agency.lena)
    type(agency.lena).objects.filter(pk=agency.lena.pk).update(is_active=False)
    refused(Forbidden, lambda: attempt(agency, version, reauthentication=proof))


def test_the_drafter_does_not_sign_and_the_attempt_is_ledgered(agency: Agency, clip: Clip) -> None:
    world.ready_to_sign(agency, clip)
    own = world.draft(agency.lena, clip, GoverningSet.objects.get())
    assert [one.code for one in blocks(actor=agency.lena, record_version=own)] == ["drafter-of-record"]
    with pytest.raises(Refused) as caught:
        attempt(agency, own)
    assert codes(caught) == ["drafter-of-record"]
    assert caught.value.code == "own-work"
    assert not SignOff.objects.exists()
    assert not Reauthentication.objects.exclude(used_at=None).exists()
    event = Event.objects.get(kind="signoff.refused")
    assert json.loads(event.body)["codes"] == ["drafter-of-record"]
    assert (event.actor, event.subject_id) == (agency.lena.pk, own.pk)


def test_who_drafted_an_earlier_version_does_not_sign_a_later_one(agency: Agency, clip: Clip) -> None:
    first = world.ready_to_sign(agency, clip)
    world.draft(agency.lena, clip, first.governing_set)
    latest = world.draft(agency.bob, clip, first.governing_set)
    with pytest.raises(Refused) as caught:
        attempt(agency, latest)
    assert codes(caught) == ["drafter-of-record"]


@pytest.mark.parametrize(
    ("maker", "code"),
    [("alice", "maker-brought-clip"), ("bob", "drafter-of-record")],
)
def test_a_second_account_of_the_same_person_does_not_sign(
    agency: Agency, version: LicenceRecordVersion, maker: str, code: str
) -> None:
    other = world.second_account(getattr(agency, maker), "legal-too", Kind.LEGAL, agency.aurora)
    proof = Reauthentication.objects.create(user=other)
    with pytest.raises(Refused) as caught:
        attempt(agency, version, actor=other, reauthentication=proof)
    assert codes(caught) == [code]
    assert not SignOff.objects.exists()
    assert world.kinds_of_events()[-1] == "signoff.refused"


def test_who_wrote_the_prompt_or_launched_it_does_not_sign(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.ada, grey=40)
    world.add_generation(clip, agency, launcher=agency.ada, route="Vofy")
    version = world.ready_to_sign(agency, clip)
    writer = world.second_account(agency.alice, "writer", Kind.LEGAL, agency.aurora)
    launcher = world.second_account(agency.ada, "launcher", Kind.LEGAL, agency.aurora)
    assert [one.code for one in blocks(actor=writer, record_version=version)] == ["maker-wrote-prompt"]
    assert [one.code for one in blocks(actor=launcher, record_version=version)] == [
        "maker-brought-clip",
        "maker-launched-generation",
    ]


def test_a_version_is_signed_once(agency: Agency, version: LicenceRecordVersion, signed: SignOff) -> None:
    assert refused(Conflict, lambda: attempt(agency, version)).code == "already-signed"


def test_every_reason_is_told_at_once(agency: Agency, clip: Clip) -> None:
    stages = world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    set_of_another_route = world.governing(agency.lena, route="openai")
    unsound = world.draft(
        agency.bob, clip, set_of_another_route,
        ownership="unknown", commercial_use="no", none_depicted=False, ends_at=world.START + timedelta(days=1),
    )  # fmt: skip
    place_hold(actor=agency.lena, clip=clip, reason="Claim by a third party")
    error = refused(Refused, lambda: attempt(agency, unsound))
    assert [one["code"] for one in error.reasons] == [
        "hold", "stage-not-passed", "after-end", "route-not-governed", "ownership-unknown", "commercial-use-no",
        "depicted-undeclared",
    ]  # fmt: skip


def test_an_unknown_route_is_not_signed(agency: Agency) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, route="unknown")
    version = world.ready_to_sign(agency, clip)
    assert [one.code for one in blocks(actor=agency.lena, record_version=version)] == ["route-unknown"]


def test_a_rejection_needs_a_reason_and_no_stage(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    version = world.draft(agency.bob, clip, world.governing(agency.lena))
    error = refused(DomainError, lambda: attempt(agency, version, meaning="rejected"))
    assert error.code == "reason-missing"
    assert world.sign(agency.lena, version, "rejected", "Looks like a known film").meaning == "rejected"


def test_altered_bytes_are_found_before_signing_and_quarantined(
    agency: Agency, version: LicenceRecordVersion, clip: Clip
) -> None:
    with world.damaged(clip), pytest.raises(Refused) as caught:
        attempt(agency, version)
    assert codes(caught) == ["quarantined"]
    assert not SignOff.objects.exists()
    clip.refresh_from_db()
    assert clip.quarantined_at is not None
    assert world.kinds_of_events()[-2:] == ["clip.quarantined", "incident.opened"]


def test_revoking_is_a_signature_of_its_own(agency: Agency, signed: SignOff) -> None:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revocation = revoke_sign_off(
        actor=agency.lena, sign_off=signed, reason="The release was withdrawn", reauthentication=proof
    )
    assert json.loads(revocation.payload)["revokes"] == str(signed.pk)
    assert revocation.meaning == "revoked"
    assert SignOff.objects.get(pk=signed.pk).meaning == "approved"
    assert world.kinds_of_events()[-1] == "signoff.revoked"
    again = Reauthentication.objects.create(user=agency.lena)
    error = refused(
        Conflict, lambda: revoke_sign_off(actor=agency.lena, sign_off=signed, reason="Again", reauthentication=again)
    )
    assert error.code == "not-revocable"


def test_a_revoked_version_is_not_signed_again(agency: Agency, version: LicenceRecordVersion, signed: SignOff) -> None:
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="Mistake", reauthentication=proof)
    assert refused(Conflict, lambda: attempt(agency, version)).code == "already-signed"
