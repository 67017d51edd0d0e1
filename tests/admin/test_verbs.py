"""What can be done in the admin: each verb calls its action, shows refusals beside the field, and writes nothing then."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generations.models import Generation, Project, Prompt, Shot, State, Upload
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib.ids import uuid7
from tests.admin.conftest import logged_in
from tests.people import Agency, provider_account
from tests.reviews.world import video_bytes

pytestmark = pytest.mark.django_db


def order(agency: Agency, **changes: object) -> dict[str, object]:
    """What the launch form is told."""
    account = provider_account()
    values = {"offer": f"{account.pk}|sora-2|text_to_video", "seconds": 4, "size": "1280x720", "key": uuid7()}
    return {**values, **changes}


def launch_page(agency: Agency) -> str:
    """Where the agency's prompt is launched."""
    return reverse("admin:generations_prompt_launch", args=[agency.prompt.pk])


def test_launching_from_a_prompt_makes_one_generation_however_often_it_is_clicked(agency: Agency) -> None:
    alice, said = logged_in(agency.alice), order(agency)
    first = alice.post(launch_page(agency), said)
    made = Generation.objects.get()
    assert (first.status_code, first["Location"]) == (302, f"/admin/generations/generation/{made.pk}/change/")
    assert (made.state, made.created_by, made.prompt) == (State.RESERVED, agency.alice, agency.prompt)
    assert made.params == {"seconds": 4, "size": "1280x720"}
    assert alice.post(launch_page(agency), said)["Location"] == first["Location"]
    assert Generation.objects.count() == 1
    assert Job.objects.filter(kind="generation.submit").count() == 1
    assert Event.objects.filter(kind="generation.launched").count() == 1


def test_checking_shows_the_cost_and_launches_nothing(agency: Agency) -> None:
    shown = logged_in(agency.alice).post(launch_page(agency), {**order(agency), "_check": ""})
    assert "Estimated cost" in shown.content.decode()
    assert "This can be launched" in shown.content.decode()
    assert Generation.objects.count() == 0


def test_what_the_model_cannot_do_is_said_and_costs_nothing(agency: Agency) -> None:
    alice, said = logged_in(agency.alice), order(agency, size="640x480")
    checked = alice.post(launch_page(agency), {**said, "_check": ""}).content.decode()
    launched = alice.post(launch_page(agency), said)
    assert "This would be refused" in checked
    assert launched.status_code == 200
    assert launched.context["form"].errors["size"]
    assert (Generation.objects.count(), Job.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_an_administrator_spends_no_money(agency: Agency) -> None:
    ada = logged_in(agency.ada)
    assert ada.get(reverse("admin:generations_generation_add")).status_code == 403
    assert ada.post(launch_page(agency), order(agency)).status_code == 403
    assert Generation.objects.count() == 0


def test_cancelling_asks_first_and_says_what_could_not_be_cancelled(agency: Agency) -> None:
    alice = logged_in(agency.alice)
    alice.post(launch_page(agency), order(agency))
    alice.post(launch_page(agency), order(agency))
    waiting, sent = Generation.objects.order_by("created_at")
    Generation.objects.filter(pk=sent.pk).update(state=State.SUBMITTING)
    listing = reverse("admin:generations_generation_changelist")
    chosen = {"action": "cancel_chosen", "_selected_action": [str(waiting.pk), str(sent.pk)]}
    asked = alice.post(listing, chosen)
    assert "Cancel: 2 generations?" in asked.content.decode()
    assert Generation.objects.filter(state=State.CANCELLED).count() == 0
    done = alice.post(listing, {**chosen, "confirmed": "yes"}, follow=True)
    said = [str(message) for message in done.context["messages"]]
    assert set(Generation.objects.values_list("pk", "state")) == {(waiting.pk, "cancelled"), (sent.pk, "submitting")}
    assert any("with the provider already" in each for each in said)
    assert "Cancel: 1 done." in said


def test_asking_again_is_offered_for_what_failed_only(agency: Agency) -> None:
    alice = logged_in(agency.alice)
    alice.post(launch_page(agency), order(agency))
    made = Generation.objects.get()
    here = reverse("admin:generations_generation_change", args=[made.pk])
    retry = reverse("admin:generations_generation_retry", args=[made.pk])
    assert retry not in alice.get(here).content.decode()
    Generation.objects.filter(pk=made.pk).update(state=State.FAILED)
    assert retry in alice.get(here).content.decode()
    again = alice.post(retry)
    new = Generation.objects.exclude(pk=made.pk).get()
    assert again["Location"] == f"/admin/generations/generation/{new.pk}/change/"
    assert new.retry_of == made


def upload_form(agency: Agency, data: bytes, **changes: object) -> dict[str, object]:
    """What the upload form is told."""
    file = SimpleUploadedFile("harbour.mp4", data, content_type="video/mp4")
    story = {"declared_model": "sora-2", "declared_route": "openai", "declaration": "on"}
    return {"project": agency.aurora.pk, "shot": agency.shot.pk, "file": file, **story, **changes}


def test_a_finished_clip_is_uploaded_with_its_story(agency: Agency) -> None:
    answer = logged_in(agency.alice).post(
        reverse("admin:generations_upload_add"), upload_form(agency, video_bytes(), declared_made_on="2026-03-01")
    )
    made = Upload.objects.get()
    assert answer["Location"] == f"/admin/generations/upload/{made.pk}/change/"
    assert (made.original_name, made.size, made.created_by) == ("harbour.mp4", len(video_bytes()), agency.alice)
    assert Job.objects.get(kind="clip.ingest_upload").subject_id == made.pk


@pytest.mark.parametrize(
    ("data", "changes", "field"),
    [(b"no video at all", {}, "file"), (b"\0\0\0\x18ftypmp42", {"declaration": ""}, "declaration")],
)
def test_a_refused_upload_leaves_nothing(
    agency: Agency, settings: object, data: bytes, changes: dict[str, str], field: str
) -> None:
    incoming = Path(settings.MEDIA_ROOT) / "incoming"  # type: ignore[attr-defined]  # pytest-django's settings
    before = sorted(incoming.iterdir())
    answer = logged_in(agency.alice).post(reverse("admin:generations_upload_add"), upload_form(agency, data, **changes))
    assert answer.context["form"].errors[field]
    assert Upload.objects.count() == 0
    assert sorted(incoming.iterdir()) == before


def test_a_project_is_planned_from_client_to_prompt(agency: Agency) -> None:
    alice = logged_in(agency.alice)
    alice.post(reverse("admin:accounts_client_add"), {"name": "West"})
    client = agency.north.__class__.objects.get(name="West")
    begun = {"client": client.pk, "name": "Corona", "code": "CORONA", "rate_num": 25, "rate_den": 1}
    alice.post(reverse("admin:generations_project_add"), begun)
    project = Project.objects.get(code="CORONA")
    assert (project.created_by, project.stages.count()) == (agency.alice, 3)
    alice.post(reverse("admin:generations_shot_add"), {"project": project.pk, "code": "SC1", "intended_frames": 50})
    shot = Shot.objects.get(project=project)
    alice.post(reverse("admin:generations_prompt_add"), {"shot": shot.pk, "text": "Sun behind the moon"})
    first = Prompt.objects.get(shot=shot)
    revise = reverse("admin:generations_prompt_revise", args=[first.pk])
    assert "Sun behind the moon" in alice.get(revise).content.decode()
    alice.post(revise, {"text": "Sun behind a tree"})
    assert list(Prompt.objects.filter(shot=shot).values_list("version", "text", "parent")) == [
        (2, "Sun behind a tree", first.pk),
        (1, "Sun behind the moon", None),
    ]


def test_a_code_in_use_is_said_on_the_form(agency: Agency) -> None:
    said = {"project": agency.aurora.pk, "code": agency.shot.code}
    answer = logged_in(agency.alice).post(reverse("admin:generations_shot_add"), said)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert Shot.objects.filter(project=agency.aurora).count() == 1


def test_only_administrators_add_and_close_accounts(agency: Agency) -> None:
    said = {"name": "Gus", "email": "gus@example.com", "kind": "reviewer", "time_zone": "UTC"}
    add, close = reverse("admin:accounts_user_add"), reverse("admin:accounts_user_deactivate", args=[agency.bob.pk])
    alice, ada = logged_in(agency.alice), logged_in(agency.ada)
    assert [alice.post(add, said).status_code, alice.post(close).status_code] == [403, 403]
    assert not User.objects.filter(email="gus@example.com").exists()
    assert ada.post(add, said).status_code == 302
    assert ada.post(close).status_code == 302
    assert User.objects.get(email="gus@example.com").kind == "reviewer"
    assert not User.objects.get(pk=agency.bob.pk).is_active
