"""A second look: the provider has called about one that had ended here. It is asked once; a clip that is there is brought in."""

from django.utils import timezone

from generations.models import Generation, State
from generations.models.generation import TERMINAL
from generations.pipeline.polling import apply_answer
from generations.pipeline.remote import adapter_for
from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json

SECOND_LOOK = "generation.second_look"
WITHOUT_CLIP = TERMINAL - {State.SUCCEEDED}


def look_again(generation: Generation) -> None:
    """Have the provider asked once more. Inside the caller's transaction."""
    enqueue(
        SECOND_LOOK,
        key=f"{SECOND_LOOK}:{generation.pk}:{timezone.now():%Y%m%d%H%M%S}",
        payload={"generation": str(generation.pk)},
        subject_id=generation.pk,
    )


def second_look(job: Job) -> Json:
    """Job "generation.second_look": ask for one that had ended without a clip, and bring home what is news."""
    rows = Generation.objects.select_related("account", "project", "prompt")
    generation = rows.get(pk=job.payload["generation"])
    if generation.state in WITHOUT_CLIP and generation.clip_id is None and generation.remote_id:
        apply_answer(generation, adapter_for(generation.account).get(generation.remote_id))
    return generation.state
