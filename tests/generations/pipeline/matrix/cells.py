"""The product of steps, faults and wires: which cells there are, how each must end, and why some make no sense."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.generations.pipeline.matrix import faults
from tests.generations.pipeline.matrix.wires import CALLED_BACK, NO_CANCEL, WIRES, Step, Wire

FULL = os.environ.get("SORAHUB_MATRIX") == "full"
"""Whether every cell is run; else all of the first wire's, and of the others one for each pair of step and fault."""


class End(StrEnum):
    """How a cell must end; the words are the table's."""

    CLIP = "clip"
    UNSENT = "lost, unsent"
    FAILED = "failed, to settle"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


CALLS = (
    "webhook lost",
    "webhook doubled",
    "webhook late",
    "webhook forged",
    "webhook replayed",
    "webhook out of order",
)
KILLED, AWAY, FULL_DISK = "worker killed", "database away for 3 s", "disk full"
HARDWARE = (KILLED, AWAY, FULL_DISK)
CONTRADICTORY = (faults.BESIDE, faults.FAILED_FIRST)
ROWS = (faults.REFUSED, *faults.HTTP, *CONTRADICTORY, *CALLS, *HARDWARE)

OF_FILES = ("wrong hash", "wrong bytes", "expired link", "expired link, for good")
AFTER = (
    "500 after it was taken",
    "502 after it was taken",
    "503 after it was taken",
    "wrong content type, after it was taken",
)
NOT_SENT = ("reset before the bytes", "500", "502", "503", "wrong content type")
NO_FILE = "The answer carries no file."
NO_RESULT = "An order that was just taken has no result."
NO_STATE = "The answer names no state."
ASKING = "Asking changes nothing there: it is the fault without these words."
INWARD = "The service calls us; what fails on its way is told again, or lost."
NO_NETWORK = "Nothing goes over the network."
NO_CALL = "It is not the service that calls."
NO_WRITING = "No file is written."
AS_IT_COMES = "Bytes are written as they come: see store."


@dataclass(frozen=True)
class Cell:
    """One wire at one step under one fault, and how that must end."""

    wire: Wire
    step: Step
    fault: str
    end: End

    @property
    def name(self) -> str:
        """For test ids."""
        return f"{self.step}-{self.fault}"


def reason_against(step: Step, fault: str) -> str:
    """Why a fault makes no sense at a step, whatever the wire; "" when it does."""
    if fault in CALLS:
        return "" if step is Step.WEBHOOK else NO_CALL
    if fault in HARDWARE:
        return _against_hardware(step, fault)
    if step in (Step.WEBHOOK, Step.STORE):
        return INWARD if step is Step.WEBHOOK else NO_NETWORK
    if fault in AFTER and step not in (Step.CREATE, Step.CANCEL):
        return ASKING
    if step is Step.DOWNLOAD:
        return NO_STATE if fault in ("malformed JSON", "unknown word", *CONTRADICTORY) else ""
    if fault in OF_FILES:
        return NO_FILE
    if fault in CONTRADICTORY:
        return "" if step is Step.POLL else NO_RESULT
    return NO_STATE if step is Step.CANCEL and fault == "unknown word" else ""


def _against_hardware(step: Step, fault: str) -> str:
    if fault == FULL_DISK and step is not Step.STORE:
        return AS_IT_COMES if step is Step.DOWNLOAD else NO_WRITING
    return ""


def reason_of(wire: Wire, step: Step, fault: str) -> str:
    """Why a cell makes no sense for this wire; "" when it does."""
    if step is Step.CANCEL and not wire.cancels:
        return NO_CANCEL
    if step is Step.WEBHOOK and not wire.calls:
        return CALLED_BACK
    return wire.absent.get((step, fault), "") or reason_against(step, fault)


def end_of(wire: Wire, step: Step, fault: str) -> End:
    """How a cell must end."""
    if step is Step.CREATE and fault in NOT_SENT:
        return End.UNSENT
    if step is Step.CANCEL:
        return End.CANCELLED
    if fault == "expired link, for good":
        return End.EXPIRED
    beside = fault == faults.BESIDE and wire.dialect.startswith("declared:")
    return End.FAILED if fault == faults.FAILED_FIRST or beside else End.CLIP


def all_cells() -> Iterator[Cell]:
    """Every cell that makes sense."""
    for step in Step:
        for fault in ROWS:
            for wire in WIRES:
                if not reason_of(wire, step, fault):
                    yield Cell(wire, step, fault, end_of(wire, step, fault))


def chosen(wire: Wire, *, full: bool = FULL) -> list[Cell]:
    """The wire's cells over HTTP that are to be run: all of them, or those that fall to it."""
    found = [each for each in all_cells() if each.fault not in (*CALLS, *HARDWARE)]
    if full or wire is WIRES[0]:
        return [each for each in found if each.wire is wire]
    return [each for each in found if _falls_to(each) is wire and each.wire is wire]


def _falls_to(cell: Cell) -> Wire:
    """Which of the other wires runs this pair of step and fault when not all do: in turn, among those that can."""
    able = [wire for wire in WIRES[1:] if not reason_of(wire, cell.step, cell.fault)]
    return able[(list(Step).index(cell.step) + ROWS.index(cell.fault)) % len(able)]
