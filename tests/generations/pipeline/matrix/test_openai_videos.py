"""The fault matrix, cells of the openai_videos wire."""

import pytest

from tests.generations.factories import Sandbox
from tests.generations.pipeline.matrix.cells import Cell, chosen
from tests.generations.pipeline.matrix.driver import Bench
from tests.generations.pipeline.matrix.proxy import Proxy
from tests.generations.pipeline.matrix.striking import strike
from tests.generations.pipeline.matrix.wires import WIRES, Step
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.mark.parametrize("cell", chosen(WIRES[0]), ids=lambda cell: cell.name)
def test_cell(cell: Cell, agency: Agency, proxy: Proxy, request: pytest.FixtureRequest) -> None:
    service: Sandbox = request.getfixturevalue("waiting" if cell.step is Step.CANCEL else "busy")
    strike(Bench(agency, cell.wire, proxy, service), cell)
