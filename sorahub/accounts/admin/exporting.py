"""A list of the admin as CSV: the rows that its filters and its search leave, with what each row's own page shows."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import strip_tags

from sorahub.lib.sheets import Cell, csv_lines

if TYPE_CHECKING:
    from sorahub.accounts.admin.scoped import ScopedAdmin

AT_ONCE = 500
NO_WORDS = frozenset({"picture"})

Column = tuple[str, Callable[[Any], Cell]]


def exported(page: "ScopedAdmin", request: HttpRequest) -> HttpResponseBase:
    """Answer with the filtered list as CSV, row after row, however many; a wrong filter leads back to the list.

    No cell can become a formula (see sorahub.lib.sheets). Columns are those of a row's own page, so that nothing leaves this
    way that could not be read there; a related row is named by its id, and in words where the list joins it.
    """
    try:
        rows = page.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect("./?e=1")
    columns = _columns(page, request)
    lines = csv_lines([head for head, _ in columns], _cells(rows, [read for _, read in columns]))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{page.opts.model_name}-{timezone.localdate():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _cells(rows: "models.QuerySet[Any]", reads: Sequence[Callable[[Any], Cell]]) -> Iterator[list[Cell]]:
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield [read(row) for read in reads]


def _columns(page: "ScopedAdmin", request: HttpRequest) -> list[Column]:
    fields = {field.name: field for field in page.opts.concrete_fields}
    key = page.opts.pk
    joined = {str(each).split("__")[0] for each in page.list_select_related or ()}  # type: ignore[union-attr]  # ours are tuples
    found: list[Column] = [(key.name, _plain(key.attname))]
    for name in page.get_fields(request):
        if name in fields:
            found += [] if fields[name] is key else _of_field(fields[name], joined)
        elif name not in NO_WORDS and callable(getattr(page, name, None)):
            found.append((name, _shown(getattr(page, name))))
    return found


def _of_field(field: "models.Field[Any, Any]", joined: set[str]) -> list[Column]:
    words: list[Column] = [(field.name, _words(field.name))] if field.is_relation and field.name in joined else []
    return [*words, (field.attname, _plain(field.attname))]


def _plain(attname: str) -> Callable[[Any], Cell]:
    return lambda row: _cell(getattr(row, attname))


def _words(name: str) -> Callable[[Any], Cell]:
    return lambda row: "" if getattr(row, name) is None else str(getattr(row, name))


def _shown(show: Callable[[Any], object]) -> Callable[[Any], Cell]:
    return lambda row: strip_tags(str(show(row)))


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | Decimal):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
