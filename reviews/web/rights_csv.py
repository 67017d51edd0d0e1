"""The rights board as a file for spreadsheets: every record of the list, as it stands at the moment of asking."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from reviews.models import LicenceRecordVersion
from reviews.rules.clearance import purpose_label, use_label
from reviews.web import board_filters, docket
from reviews.web.board_filters import narrowed
from reviews.web.rights import chosen_tab, listed
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.keyset import page
from sorahub.lib.sheets import Cell, csv_lines

HEAD = (
    "Client", "Project", "Clip", "SHA-256", "State", "Version", "Uses", "Territories", "Purposes", "From", "Up to, not including",
    "Time zone", "Exclusive", "Restrictions", "Disclosure", "Signed by", "Signed at (UTC)", "End", "In the way",
)  # fmt: skip
AT_A_TIME = 200


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The list that the board shows with these filters, all of it, newest first."""
    user = person(request)
    now = timezone.now()
    by, tab = narrowed(request.GET, user), chosen_tab(request)
    rows = board_filters.apply(listed(user, tab), by)
    rows = board_filters.in_band(rows, by.within, now) if tab == "expiring" else rows
    answer = StreamingHttpResponse(csv_lines(HEAD, _lines(rows, user, now)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="rights-{tab}-{now:%Y-%m-%d}.csv"'
    return answer


def _lines(rows: QuerySet[LicenceRecordVersion], user: User, now: datetime) -> Iterator[list[Cell]]:
    cursor = ""
    while True:
        part = page(docket.joined(rows), cursor, AT_A_TIME)
        for case in docket.cases(part.items, user, now):
            yield _line(case, now)
        cursor = part.next_cursor
        if not cursor:
            return


def _line(case: docket.Case, now: datetime) -> list[Cell]:
    version, project, signature = case.version, case.clip.project, case.signature
    zone = ZoneInfo(version.time_zone)
    return [
        project.client.name, project.name, str(case.clip), case.clip.sha256, case.state, version.version,
        ", ".join(use_label(use) for use in version.uses), ", ".join(version.territories),
        ", ".join(purpose_label(purpose) for purpose in version.purposes),
        _local(version.starts_at, zone), _local(version.ends_at, zone), version.time_zone,
        "yes" if version.exclusive else "no", version.restrictions, version.disclosure,
        signature.signer.get_full_name() if signature else "", f"{signature.signed_at:%Y-%m-%d %H:%M}" if signature else "",
        board_filters.end_words(version, now), " ".join(reason.message for reason in case.against),
    ]  # fmt: skip


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
