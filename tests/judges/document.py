"""The API document that judges the sandbox: the dialect's own, with what the sandbox does beyond or beside it."""

import json
from pathlib import Path
from typing import Any

OVERLAY = Path(__file__).with_name("overlay.json")
_METHODS = ("get", "put", "post", "delete", "patch")


BODIES = ("CreateVideoJsonBody", "CreateVideoMultipartBody")
REFERENCE = "input_reference"


def overlaid(spec: Path, examples: dict[str, str], *, with_reference: bool = False) -> dict[str, Any]:
    """Return the document with our overlay, an error answer for each operation, bodies that are not optional, and ids that exist.

    A schema cannot make a picture of exactly the ordered size. So the image reference is left out, and every order must be
    taken; ``with_reference`` it may be there, and an order may be refused for it.
    """
    text = spec.read_text()
    for named, existing in examples.items():
        text = text.replace(f'"{named}"', f'"{existing}"')
    original = json.loads(text)
    document: dict[str, Any] = merged(original, json.loads(OVERLAY.read_text()))
    if with_reference:
        for name in BODIES:
            body = document["components"]["schemas"][name]
            body["properties"][REFERENCE] = original["components"]["schemas"][name]["properties"][REFERENCE]
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/SandboxError"}}}
    for item in document["paths"].values():
        for method in item.keys() & set(_METHODS):
            item[method]["responses"]["default"] = {"description": "An error", "content": error}
            if body := item[method].get("requestBody"):
                body["required"] = True
    return document


def merged(document: Any, patch: Any) -> Any:
    """Return a document with a JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
