"""What the OpenAPI document says about errors: every operation may answer with a problem."""

from typing import Any

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. The code is stable; errors and reasons are there where there is something to name.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in words a person can act on."},
        "code": {"type": "string"},
        "request_id": {"type": "string", "description": "Finds the request in the hub's logs."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "What is wrong with each field; under the empty name, with all of it.",
        },
        "reasons": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemReason"}},
        "retryable": {"type": "boolean", "description": "There and true where the same request may succeed later."},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}
PROBLEM_REASON = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "mend": {"type": "string"}},
    "required": ["code", "message"],
}
ANSWER = {
    "description": "Anything else is a problem.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: give every operation the problem as its default answer."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Problem": PROBLEM, "ProblemReason": PROBLEM_REASON}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = ANSWER
    return result
