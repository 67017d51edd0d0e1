"""One cell over HTTP: launch, strike, carry to the end, judge. Each wire's tests are this for its own cells."""

from generations.actions.cancelling import cancel_generation
from generations.models import Generation
from generations.models.generation import POLLED
from generations.pipeline.remote import adapter_for
from generations.providers.base import RemoteState
from tests.generations.pipeline.matrix import faults
from tests.generations.pipeline.matrix.cells import Cell
from tests.generations.pipeline.matrix.driver import Bench
from tests.generations.pipeline.matrix.verdict import hold
from tests.generations.pipeline.matrix.wires import Step

ALWAYS = 99


def strike(bench: Bench, cell: Cell) -> None:
    """Bring one generation through the cell's fault and hold it to its end; the fault must really have struck."""
    generation = bench.launch("sandbox:contradictory" if cell.fault == faults.BESIDE else "")
    if cell.step is Step.LOOK_UP:
        bench.trap(Step.CREATE, faults.reset_after)
    if cell.step is Step.CANCEL:
        _cancelled(bench, generation)
    trap = None
    if cell.fault in faults.HTTP:
        times = ALWAYS if cell.fault in faults.FOR_GOOD else 1
        trap = bench.trap(cell.step, faults.HTTP[cell.fault], times=times)
    elif cell.fault == faults.FAILED_FIRST:
        trap = bench.trap(cell.step, faults.word(cell.wire.failed))
    refused = cell.step if cell.fault == faults.REFUSED else None
    bench.carry(generation, refuse=refused)
    hold(bench.outcome(generation), cell.end)
    assert trap is None or trap.sprung
    assert (bench.refused > 0) == (refused is not None)
    if cell.step is Step.CANCEL:
        there = adapter_for(bench.account).get(str(generation.remote_id))
        assert there.state is RemoteState.CANCELLED


def _cancelled(bench: Bench, generation: Generation) -> None:
    """Let the service take it, then have alice cancel it while it waits there."""
    bench.carry(generation, until=lambda: generation.state in POLLED)
    cancel_generation(actor=bench.agency.alice, generation=generation)
