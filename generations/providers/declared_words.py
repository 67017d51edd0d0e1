"""Write an order and read an answer as a declaration says. Values in, values out; no network here."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from jsonpointer import JsonPointer, JsonPointerException

from generations.providers.base import Actual, CreateRequest, ErrorClass, ProviderError, ReferenceFile
from generations.providers.declared_form import Actual as ActualPlaces
from generations.providers.declared_form import BodyField, Declared, Errors, Poll
from generations.providers.reading import number, parsed, pixels, plain, whole
from generations.providers.refusals import refused
from sorahub.lib.http import Response


def at(document: Any, places: Iterable[str]) -> Any:
    """Return what lies at the first of these pointers that says anything, or None."""
    for place in places:
        try:
            found = JsonPointer(place).resolve(document, None)
        except (JsonPointerException, TypeError):
            continue
        if found not in (None, ""):
            return found
    return None


def word(document: Any, places: Iterable[str]) -> str:
    """The first of these that says a text, a number or a truth value, as text; an object or a list says nothing."""
    said = (at(document, (place,)) for place in places)
    found = next((each for each in said if isinstance(each, str | int | float)), "")
    return str(found).lower() if isinstance(found, bool) else str(found)


def body(declared: Declared, request: CreateRequest) -> dict[str, Any]:
    """Write the order. Raises ProviderError(invalid_request) where a required value is not there."""
    assert declared.create is not None  # noqa: S101 - an incomplete declaration has no adapter
    document: dict[str, Any] = {}
    for field in declared.create.field:
        if field.modes and request.mode not in field.modes:
            continue
        value = _value(field, request)
        if value is None:
            if field.required:
                detail = f"{field.take} is needed here and was not given."
                raise ProviderError(ErrorClass.INVALID_REQUEST, "missing-value", detail=detail, charged=False)
            continue
        put(document, field.to, value)
    return document


def put(document: dict[str, Any], place: str, value: Any) -> None:
    """Set a value at a pointer, making the objects on the way."""
    *way, last = JsonPointer(place).parts
    for part in way:
        document = document.setdefault(part, {})
    document[last] = value


def _value(field: BodyField, request: CreateRequest) -> Any:
    if field.take is None:
        return field.value
    if field.take == "references":
        return _references(field, request.references)
    found = _ours(field.take, request)
    if found is None or found == "":
        return None
    if field.mapping is not None:
        return field.mapping.get(str(found).lower() if isinstance(found, bool) else str(found))
    if field.form == "text":
        return str(found)
    return number(found) if field.form == "number" else found


def _ours(name: str, request: CreateRequest) -> Any:
    if name.startswith("option:"):
        return request.options.get(name.removeprefix("option:"))
    if name == "size":
        return f"{request.width}x{request.height}"
    if name == "sound":
        return None if not request.audio else request.audio != "off"
    if name == "shots":
        return [{"prompt": shot.prompt, "duration": shot.seconds} for shot in request.shots] or None
    if name == "seconds":
        return request.seconds or None
    return getattr(request, name)


def _references(field: BodyField, given: Sequence[ReferenceFile]) -> Any:
    fitting = [
        each
        for each in given
        if (not field.role or each.role == field.role) and (not field.kind or each.kind == field.kind)
    ]
    items = [_item(field, _encoded(field, each)) for each in fitting]
    if not items:
        return None
    return items if field.many else items[0]


def _item(field: BodyField, encoded: str) -> Any:
    if field.item is None:
        return encoded
    wrapped = dict(field.around)
    put(wrapped, field.item, encoded)
    return wrapped


def _encoded(field: BodyField, file: ReferenceFile) -> str:
    if field.encode == "address":
        if not file.url:
            detail = "This provider fetches references itself, and this hub has no public address."
            raise ProviderError(ErrorClass.INVALID_REQUEST, "no-address", detail=detail, charged=False)
        return file.url
    data = base64.b64encode(file.content).decode("ascii")
    return data if field.encode == "base64" else f"data:{file.media_type};base64,{data}"


def actual(document: Any, places: ActualPlaces) -> Actual:
    """Read what the provider says it used."""
    width, height = pixels(at(document, places.size))
    units, cost = number(at(document, places.units)), number(at(document, places.cost))
    return Actual(
        model=word(document, places.model) or None,
        seconds=whole(at(document, places.seconds)),
        width=width,
        height=height,
        ratio=word(document, places.ratio) or None,
        resolution=word(document, places.resolution) or None,
        seed=whole(at(document, places.seed)),
        tokens=whole(at(document, places.tokens)),
        units_milli=None if units is None else round(units * places.units_milli),
        cost_micro=None if cost is None else round(cost * places.cost_micro),
        currency=places.currency or None,
    )


def error_class(errors: Errors, code: str, text: str) -> ErrorClass | None:
    """What a code or text means, or None when the file does not say."""
    for known, meaning in errors.codes.items():
        if known.lower() == code.lower():
            return ErrorClass(meaning)
    said = f"{code} {text}".lower()
    return next((ErrorClass(each.error) for each in errors.patterns if each.contains.lower() in said), None)


def refusal(errors: Errors, response: Response, *, secret: str, creating: bool) -> ProviderError:
    """Classify an answer that is an error; a code under ``not_created`` excludes that a job was made."""
    document = parsed(response)
    code, text = word(document, errors.code), word(document, errors.text)
    named = errors.statuses.get(str(response.status))
    kind = error_class(errors, code, text) or (ErrorClass(named) if named else None)
    sure = code.lower() in {each.lower() for each in errors.not_created}
    error = refused(kind, code, text, response, secret=secret, creating=creating and not sure)
    error.charged = False if creating and sure else error.charged
    return error


def failure(declared: Declared, poll: Poll, document: Any, *, secret: str) -> ProviderError:
    """Why a task failed at the provider."""
    code = word(document, (*poll.error_code, *poll.failed_if))
    text = word(document, poll.error_text)
    filtered = (number(at(document, poll.filtered_if)) or 0) > 0
    kind = error_class(declared.errors, code, text)
    if kind is None:
        kind = ErrorClass.MODERATION_OUTPUT if filtered else ErrorClass.PROVIDER_TRANSIENT
    return ProviderError(
        kind,
        plain(code, secret=secret) or ("filtered" if filtered else "failed"),
        detail=plain(text, secret=secret),
        safe_to_resubmit=False,
    )
