"""What reviews does when generations announces something."""

import pytest

from generations.actions.projects import create_project
from reviews.models import Stage
from sorahub.accounts.models import Client
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_a_new_project_has_the_usual_stages(agency: Agency) -> None:
    project = create_project(actor=agency.alice, client=Client.objects.get(name="North"), name="Nova", code="NOVA")
    stages = Stage.objects.filter(project=project)
    assert [(stage.position, stage.name, stage.role, stage.needed) for stage in stages] == [
        (1, "Creative", "reviewer", 1),
        (2, "Client", "guest", 1),
        (3, "Legal", "legal", 1),
    ]
    assert world.kinds_of_events() == ["stages.set", "project.created"]
