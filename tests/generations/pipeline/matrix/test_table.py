"""The matrix is a product: no cell is forgotten, what makes no sense says why, and the page in the documents is this one."""

from tests.generations.pipeline.matrix import faults
from tests.generations.pipeline.matrix.cells import CALLS, HARDWARE, ROWS, all_cells, chosen, reason_of
from tests.generations.pipeline.matrix.table import PAGE, page
from tests.generations.pipeline.matrix.wires import WIRES, Step


def test_every_cell_is_run_or_has_its_reason() -> None:
    run = {(cell.wire.dialect, cell.step, cell.fault) for cell in all_cells()}
    reasons = {
        (wire.dialect, step, fault): reason
        for wire in WIRES
        for step in Step
        for fault in ROWS
        if (reason := reason_of(wire, step, fault))
    }
    assert len(run) + len(reasons) == len(WIRES) * len(Step) * len(ROWS)
    assert not run & set(reasons)


def test_no_fault_and_no_step_of_a_wire_is_without_a_cell() -> None:
    for wire in WIRES:
        own = [cell for cell in all_cells() if cell.wire is wire]
        missing = {fault for fault in ROWS if fault not in {cell.fault for cell in own}}
        assert missing == (set() if wire.calls else set(CALLS))
        assert {cell.step for cell in own} >= {Step.CREATE, Step.LOOK_UP, Step.POLL, Step.DOWNLOAD, Step.STORE}


def test_the_quick_run_strikes_each_step_with_each_fault_and_each_wire_at_each_step() -> None:
    quick = [cell for wire in WIRES for cell in chosen(wire, full=False)]
    whole = [cell for cell in all_cells() if cell.fault not in (*CALLS, *HARDWARE)]
    assert {(cell.step, cell.fault) for cell in quick} == {(cell.step, cell.fault) for cell in whole}
    assert {(cell.wire.dialect, cell.step) for cell in quick} == {(cell.wire.dialect, cell.step) for cell in whole}
    assert len([cell for wire in WIRES for cell in chosen(wire, full=True)]) == len(whole) > len(quick)


def test_every_fault_of_the_proxy_is_a_row() -> None:
    assert set(faults.HTTP) <= set(ROWS)
    assert len(ROWS) == len(set(ROWS))


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.generations.pipeline.matrix.table"
