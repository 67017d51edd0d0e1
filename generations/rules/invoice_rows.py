"""Read a provider's invoice: which column holds what, and what a row of it says. Values in, answers out; no file, no database.

An amount is read exactly, with the decimal mark that the layout names and whatever groups its thousands; beyond a millionth of
the unit it is rounded, half to even. A minus may stand before or behind, brackets and CR mean minus too. A time without a zone
is one of UTC.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal

MICRO = 1_000_000
MOST_MICRO = 10**15
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Days of invoices: a day beyond these is a mistake, and the calendar's very ends cannot be counted from."""
POINT, COMMA = "point", "comma"
ISO, DAY_FIRST, MONTH_FIRST, SECONDS, MILLISECONDS = "iso", "dmy", "mdy", "seconds", "milliseconds"
POSITIVE, NEGATIVE = "positive", "negative"
DECIMALS = {POINT: "1,234.56", COMMA: "1.234,56"}
DATES = {
    ISO: "2026-11-29 or 2026-11-29T14:05:00Z",
    DAY_FIRST: "29.11.2026 or 29/11/2026 14:05",
    MONTH_FIRST: "11/29/2026 14:05",
    SECONDS: "Seconds since 1970",
    MILLISECONDS: "Milliseconds since 1970",
}
CHARGES = {POSITIVE: "What is to be paid is positive", NEGATIVE: "What is to be paid is negative"}
COLUMNS = ("date", "remote_id", "description", "model", "quantity", "amount", "currency")
USUAL = {
    "date": ("date", "time", "timestamp", "created", "datum", "usage date", "start"),
    "remote_id": ("task id", "request id", "job id", "video id", "generation id", "remote id", "task", "id"),
    "description": ("description", "item", "line item", "product", "beschreibung", "operation"),
    "model": ("model", "sku", "modell"),
    "quantity": ("quantity", "units", "seconds", "usage", "menge", "tokens"),
    "amount": ("amount", "cost", "charge", "total", "price", "betrag", "net"),
    "currency": ("currency", "wahrung", "währung"),
}
TOTALS = (
    "total",
    "subtotal",
    "sub-total",
    "grand total",
    "sum",
    "summe",
    "gesamt",
    "amount due",
    "balance due",
    "合计",
)
_POINT = re.compile(r"(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?")
_COMMA = re.compile(r"(\d{1,3}(\.\d{3})+|\d+)?(,\d+)?")
_SMALL = {POINT: re.compile(r"\d+(\.\d+)?[eE][+-]?\d{1,3}"), COMMA: re.compile(r"\d+(,\d+)?[eE][+-]?\d{1,3}")}
_SIGNS = "€$£¥"
_GAPS = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’_"))
_CODE = re.compile(r"^[A-Z]{3}\s*|\s*[A-Z]{3}$")
_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$")


class Unreadable(Exception):
    """A row, or a cell of it, cannot be read; the words say why."""


@dataclass(frozen=True)
class Layout:
    """The heading of the column that holds each thing (empty: none does), and how amounts, dates and signs are written."""

    amount: str
    date: str = ""
    remote_id: str = ""
    description: str = ""
    model: str = ""
    quantity: str = ""
    currency: str = ""
    decimal: str = POINT
    dates: str = ISO
    charges: str = POSITIVE

    @classmethod
    def of(cls, kept: Mapping[str, object]) -> "Layout":
        """Read one back as it was kept; what is not known is left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{"amount": "", **{name: str(value) for name, value in kept.items() if name in known}})

    def kept(self) -> dict[str, str]:
        """As it is kept."""
        return asdict(self)

    def problems(self, headings: Sequence[str]) -> dict[str, str]:
        """What is wrong with it for a file with these headings, by name; nothing, if it fits."""
        found = {
            name: f"The file has no column “{heading}”."
            for name in COLUMNS
            if (heading := getattr(self, name)) and heading not in headings
        }
        if not self.amount:
            found["amount"] = "Name the column that holds the amount."
        for name, known in (("decimal", DECIMALS), ("dates", DATES), ("charges", CHARGES)):
            if getattr(self, name) not in known:
                found[name] = f"Choose one of: {', '.join(known)}."
        return found


@dataclass(frozen=True)
class Row:
    """A line as it reads. ``whole_day``: the file gives a day and no time."""

    at: dt.datetime | None
    whole_day: bool
    remote_id: str
    description: str
    model: str
    quantity: str
    amount_micro: int
    currency: str


@dataclass(frozen=True)
class Totals:
    """A row that sums the ones before it: no charge of its own."""

    amount_micro: int


def read(layout: Layout, headings: Sequence[str], cells: Sequence[str], currency: str) -> Row | Totals | None:
    """Return what a row says; None for an empty one. ``currency``: of rows that name none. Raises Unreadable."""
    if not any(cell.strip() for cell in cells):
        return None
    told = {name: _cell(getattr(layout, name), headings, cells) for name in COLUMNS}
    if not told["amount"]:
        raise Unreadable("It has no amount.")
    micro = amount(told["amount"], layout.decimal) * (-1 if layout.charges == NEGATIVE else 1)
    if not told["remote_id"] and any(_sums(cell) for cell in cells):
        return Totals(micro)
    at, whole_day = moment(told["date"], layout.dates)
    code = told["currency"].upper() or currency
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Unreadable(f"“{told['currency']}” is no currency of three letters.")
    return Row(
        at, whole_day, told["remote_id"][:1000], told["description"][:500], told["model"][:100], told["quantity"][:50], micro, code
    )  # fmt: skip


def amount(text: str, decimal: str) -> int:
    """Return an amount in millionths. Raises Unreadable for what is none with this decimal mark."""
    bare = _CODE.sub("", text.strip().replace("−", "-"))
    bare = bare.translate(_GAPS).strip(_SIGNS)
    minus = bare.startswith("-") or bare.endswith("-") or (bare.startswith("(") and bare.endswith(")"))
    if bare.upper().endswith("CR"):
        minus, bare = True, bare[:-2]
    bare = bare.strip("-+()").strip(_SIGNS)
    pattern = _POINT if decimal == POINT else _COMMA
    if not bare or not (pattern.fullmatch(bare) or _SMALL[POINT if decimal == POINT else COMMA].fullmatch(bare)):
        raise Unreadable(f"“{text[:40]}” is no amount written like {DECIMALS[decimal]}.")
    plain = bare.replace(",", "") if decimal == POINT else bare.replace(".", "").replace(",", ".")
    micro = int((Decimal(plain) * MICRO).to_integral_value(ROUND_HALF_EVEN))
    if micro > MOST_MICRO:
        raise Unreadable(f"“{text[:40]}” is more than an invoice can say.")
    return -micro if minus else micro


def moment(text: str, dates: str) -> tuple[dt.datetime | None, bool]:
    """Return a time in UTC, and whether it is a day alone; (None, False) for an empty cell. Raises Unreadable."""
    if not text:
        return None, False
    at, whole_day = _moment(text, dates)
    if not in_calendar(at):
        raise Unreadable(f"“{text[:40]}” is no day from {FIRST_YEAR} to {LAST_YEAR}.")
    return at, whole_day


def in_calendar(day: dt.date) -> bool:
    """Whether an invoice may bill this day."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _moment(text: str, dates: str) -> tuple[dt.datetime, bool]:
    try:
        if dates in (SECONDS, MILLISECONDS):
            return dt.datetime.fromtimestamp(float(text) / (1000 if dates == MILLISECONDS else 1), dt.UTC), False
        if dates == ISO:
            found = dt.datetime.fromisoformat(text.replace(" UTC", "Z"))
            return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC), len(text) <= 10
        return _european(text, month_first=dates == MONTH_FIRST)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"“{text[:40]}” is no date written like {DATES[dates]}.") from error


def guess(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Layout:
    """Propose a layout by what the columns are usually called, and by how the first rows are written."""
    columns = {name: _likely(name, headings) for name in COLUMNS}
    amounts = [_cell(columns["amount"], headings, row) for row in rows]
    days = [_cell(columns["date"], headings, row) for row in rows]
    comma = any(re.search(r",\d{1,2}\D*$|,\d{4,}", text) for text in amounts)
    below = [text for text in amounts if text]
    charges = NEGATIVE if below and all("-" in text or "(" in text for text in below) else POSITIVE
    return Layout(**columns, decimal=COMMA if comma else POINT, dates=_written(days), charges=charges)


def plain_model(text: str) -> str:
    """A model's name by its letters and digits alone: “Sora 2” is sora-2."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _cell(heading: str, headings: Sequence[str], cells: Sequence[str]) -> str:
    if not heading or heading not in headings:
        return ""
    place = headings.index(heading)
    return cells[place].strip() if place < len(cells) else ""


def _sums(cell: str) -> bool:
    return cell.strip().rstrip(":").casefold() in TOTALS


def _likely(name: str, headings: Sequence[str]) -> str:
    plain = {heading: heading.strip().casefold().replace("_", " ").replace("-", " ") for heading in headings}
    for usual in USUAL[name]:
        for heading, words in plain.items():
            if words == usual:
                return heading
    for usual in USUAL[name]:
        for heading, words in plain.items():
            if len(usual) > 2 and usual in words:
                return heading
    return ""


def _written(days: Sequence[str]) -> str:
    for text in days:
        if text.isdecimal():
            return MILLISECONDS if len(text) >= 13 else SECONDS
        if match := _DAY.match(text):
            return MONTH_FIRST if int(match[2]) > 12 else DAY_FIRST
    return ISO


def _european(text: str, *, month_first: bool) -> tuple[dt.datetime, bool]:
    match = _DAY.match(text)
    if match is None:
        raise ValueError(text)
    one, two, year = int(match[1]), int(match[2]), int(match[3])
    day, month = (two, one) if month_first else (one, two)
    hour, minute, second = (int(part or 0) for part in (match[4], match[5], match[6]))
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC), match[4] is None
