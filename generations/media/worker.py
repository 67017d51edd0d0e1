"""The confined process: ``python -m generations.media.worker OPERATION PARENT_PID``, JSON in, JSON out,
then it ends.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from generations.media.confinement import confine
from generations.media.errors import MediaError, from_system

# Each operation brings a library that takes long to load; only the one asked for is loaded, after
# confinement.
OPERATIONS = {
    "probe": "generations.media.probing",
    "probes": "generations.media.probing:answer_many",
    "reference": "generations.media.inputs",
    "preview": "generations.media.previews",
    "derive": "generations.media.deriving",
    "pick": "generations.media.picking",
    "provenance": "generations.media.marks",
    "mark": "generations.media.marking",
    "seal": "generations.media.sealing",
    "document": "generations.media.documents",
    "page": "generations.media.pages",
    "cut": "generations.media.cutting",
    "join": "generations.media.joining",
    "confinement": "generations.media.selftest",
}


def main(arguments: list[str]) -> int:
    """Confine, then read, then work. A MediaError is an answer; anything else ends the process with a
    traceback.
    """
    operation, parent = arguments
    question = json.load(sys.stdin)
    limits = question["limits"]
    held = confine(
        parent=int(parent),
        memory=limits["memory"],
        cpu_seconds=limits["cpu_seconds"],
        file_bytes=limits["file_bytes"],
        network=limits["network"],
    )
    answer: dict[str, Any] = {"confinement": held}
    try:
        answer["result"] = _operation(operation)(question["request"])
    except MediaError as error:
        answer["error"] = _as_data(error)
    except (OSError, MemoryError) as error:
        answer["error"] = _as_data(from_system(error))
    answer["peak_memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(json.dumps(answer).encode())
    return 0


def _operation(name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    module, _, function = OPERATIONS[name].partition(":")
    answer: Callable[[Mapping[str, Any]], dict[str, Any]] = getattr(import_module(module), function or "answer")
    return answer


def _as_data(error: MediaError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
