"""Make a row of the catalogue out of its table."""

import dataclasses
import datetime as dt
import hashlib
from enum import StrEnum
from typing import Any, cast

from generations.catalog.capability import Capability
from generations.catalog.parts import Audio, Cancel, Extend, Lifecycle, MultiShot, PromptUnit, SourceUse, Webhook
from generations.catalog.price_lists import pricing
from generations.catalog.reading import Reader, whole
from generations.catalog.shapes import seconds, shapes
from generations.catalog.slots import rule, slot
from sorahub.lib import canonical

MODES = ("text_to_video", "image_to_video", "reference_to_video", "remix", "edit", "extend")


def capability(table: dict[str, Any], where: str) -> Capability:
    """Return the row that ``table`` describes, with its digest. Raises CatalogueError."""
    reader = Reader(table, f"{where} ({table.get('model', '?')}, {table.get('mode', '?')})")
    known_as = reader.text("model")
    fields: dict[str, Any] = {
        **_who(reader, known_as),
        **_when(reader),
        **_picture(reader),
        **_given_along(reader),
        **_dealings(reader),
    }
    fields["pricing"] = pricing(reader.inner("pricing"), fields["shapes"])
    row = Capability(**fields)
    reader.end()
    _consistent(row, reader)
    return dataclasses.replace(row, digest=digest(row))


def _who(reader: Reader, model: str) -> dict[str, Any]:
    return {
        "provider": reader.text("provider"),
        "route": reader.text("route"),
        "model": model,
        "mode": reader.take("mode", str),
        "version": reader.positive("version"),
        "title": reader.text("title"),
        "wire_model": reader.take("wire_model", str, model),
        "note": reader.take("note", str, ""),
        "source": reader.text("source"),
        "as_of": reader.take("as_of", dt.date),
    }


def _when(reader: Reader) -> dict[str, Any]:
    return {
        "lifecycle": reader.word("lifecycle", Lifecycle),
        "since": reader.take("since", dt.date),
        "deprecated_on": reader.day("deprecated_on"),
        "retired_on": reader.day("retired_on"),
    }


def _picture(reader: Reader) -> dict[str, Any]:
    return {
        "seconds": seconds(reader),
        "auto_seconds": reader.flag("auto_seconds"),
        "shapes": shapes(reader),
        "ratio_follows": reader.flag("ratio_follows"),
        "fps": _rate(reader),
        "audio": reader.word("audio", Audio),
        "seed": reader.take("seed", bool),
        "negative": reader.flag("negative"),
        "prompt_limit": reader.positive("prompt_limit"),
        "prompt_unit": reader.word("prompt_unit", PromptUnit, PromptUnit.CHARACTERS),
        "multi_shot": _multi_shot(reader.inner("multi_shot")),
        "variants": reader.positive("variants"),
    }


def _given_along(reader: Reader) -> dict[str, Any]:
    where = reader.where
    return {
        "slots": reader.each("slots", lambda item: slot(Reader(item, f"{where}, slot")), wanted="tables"),
        "rules": reader.each("rules", lambda item: rule(Reader(item, f"{where}, rule")), wanted="tables"),
        "max_references": reader.limit("max_references"),
        "body_limit": reader.limit("body_limit"),
        "characters": reader.limit("characters") or 0,
        "uses_source": reader.word("uses_source", SourceUse, SourceUse.NONE),
        "extend": _extend(reader.inner("extend")),
    }


def _dealings(reader: Reader) -> dict[str, Any]:
    return {
        "cancel": reader.word("cancel", Cancel),
        "webhook": reader.word("webhook", Webhook),
        "client_chosen_id": reader.take("client_chosen_id", bool),
        "result_ttl": reader.limit("result_ttl"),
        "expires_after": reader.limit("expires_after"),
        "query_window_days": reader.limit("query_window_days"),
        "concurrency": reader.limit("concurrency"),
        "requests_per_minute": reader.limit("requests_per_minute"),
        "options": _options(reader),
    }


def _rate(reader: Reader) -> tuple[int, int]:
    given = reader.take("fps", list)
    try:
        number, over = (whole(part) for part in given)
    except ValueError:
        raise reader.fail("fps", f"must be [numerator, denominator], not {given!r}") from None
    return number, over


def _options(reader: Reader) -> tuple[tuple[str, str | int | bool], ...]:
    given = reader.take("options", dict, {})
    if wrong := [name for name, value in given.items() if type(value) not in {str, int, bool}]:
        raise reader.fail("options", f"must hold texts, whole numbers, true or false: {', '.join(wrong)}")
    return tuple(sorted(given.items()))


def _multi_shot(reader: Reader | None) -> MultiShot | None:
    if reader is None:
        return None
    found = MultiShot(
        reader.positive("at_most"),
        reader.positive("prompt_limit"),
        reader.take("must_add_up", bool),
        reader.take("written", str, ""),
        reader.limit("min_seconds") or 1,
        reader.limit("max_seconds"),
    )
    reader.end()
    if found.max_seconds is not None and found.max_seconds < found.min_seconds:
        raise reader.fail("max_seconds", "must not be below min_seconds")
    try:
        said = found.written.format(number=1, seconds=1, prompt="words")
    except (KeyError, IndexError, ValueError):
        said = ""
    if found.written and "words" not in said:
        raise reader.fail("written", "must hold {prompt}, and may hold {number} and {seconds}")
    return found


def _extend(reader: Reader | None) -> Extend | None:
    if reader is None:
        return None
    found = Extend(reader.positive("at_most"), reader.positive("max_total_seconds"))
    reader.end()
    return found


def _consistent(row: Capability, reader: Reader) -> None:
    """What no single field can show."""
    if row.mode not in MODES:
        raise reader.fail("mode", f"must be one of {', '.join(MODES)}")
    if not row.shapes or not (row.seconds or row.auto_seconds):
        raise reader.fail("seconds and sizes", "must not be empty")
    if row.lifecycle is Lifecycle.RETIRED and row.retired_on is None:
        raise reader.fail("retired_on", "must be given for a retired row")
    if row.lifecycle is Lifecycle.DEPRECATED and row.deprecated_on is None:
        raise reader.fail("deprecated_on", "must be given for a deprecated row")
    days = [day for day in (row.since, row.deprecated_on, row.retired_on) if day]
    if days != sorted(days):
        raise reader.fail("since, deprecated_on, retired_on", "must be in this order")
    if row.uses_source and row.uses_source != row.mode:
        raise reader.fail("uses_source", f"must be empty or {row.mode}")
    if row.mode in {"remix", "extend"} and not row.uses_source:
        raise reader.fail("uses_source", f"must be {row.mode} in this mode")
    if (row.extend is None) is (row.uses_source is SourceUse.EXTEND):
        raise reader.fail("extend", "must be given for uses_source = extend, and for nothing else")
    if len({(slot.kind, slot.role) for slot in row.slots}) < len(row.slots):
        raise reader.fail("slots", "must each have a kind and role of their own")


def digest(row: Capability) -> str:
    """Return the SHA-256 of the row's canonical JSON, as hex: two rows that say the same have the same."""
    return hashlib.sha256(kept(row)).hexdigest()


def kept(row: Capability) -> bytes:
    """Return the row as canonical JSON, without its digest: what is kept with what was ordered by it (see ``records``)."""
    fields = dataclasses.asdict(row)
    del fields["digest"]
    return canonical.dumps(cast("canonical.Json", _plain(fields)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
