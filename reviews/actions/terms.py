"""Capture terms as bytes, mark passages in them, and group versions into governing sets."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from django.db import models, transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import ProviderAccount
from reviews.actions import changes, clauses
from reviews.models import Clause, GoverningMember, GoverningSet, TermsSource, TermsVersion
from reviews.rules import extraction, passages
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

LARGEST_BYTES = 10 * 1024 * 1024
SET_SCHEMA = "sorahub/governing-set/1"


def add_source(
    *, actor: User, publisher: str, title: str, product: str = "", address: str = "", look_for: str = ""
) -> TermsSource:
    """Name a document whose versions will be captured. Raises Forbidden, InvalidInput, Conflict for one that is there already."""
    actor.demand(Permission.CAPTURE_TERMS)
    source = TermsSource(
        publisher=checks.words(publisher, "publisher", "Say who publishes it."),
        title=checks.words(title, "title", "Give the document's title."),
        product=product.strip(),
        address=address.strip(),
        look_for=look_for.strip(),
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(source)
        body: dict[str, Json] = {"publisher": source.publisher, "title": source.title, "product": source.product}
        _append("terms.source_added", actor, source, body)
    return source


def capture_terms(
    *,
    actor: User,
    source: TermsSource,
    label: str,
    raw: bytes,
    media_type: str,
    method: str,
    language: str = "en",
    jurisdiction: str = "",
    address: str = "",
    published_on: date | None = None,
    effective_from: date | None = None,
    accepted_at: datetime | None = None,
) -> TermsVersion:
    """Keep one version of a document: its bytes as they came, the text in them, and the dates that are known.

    ``media_type`` is text/plain, text/markdown or text/html; ``method`` is upload or paste. Nothing is fetched.
    Raises Forbidden, NotFound, InvalidInput, Conflict for bytes or a label that this source has already.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, TermsSource.objects.all(), source)
    _check_capture(source, raw, accepted_at)
    text = extraction.text_of(raw, media_type)
    version = TermsVersion(
        source=source,
        label=checks.words(label, "label", "Name the version, such as its date."),
        raw=raw,
        media_type=media_type,
        raw_sha256=sha256(raw).hexdigest(),
        text=text,
        text_sha256=sha256(text.encode()).hexdigest(),
        normalised_sha256=changes.normalised_sha256(source, text),
        language=language,
        jurisdiction=jurisdiction.strip(),
        address=address.strip() or source.address,
        published_on=published_on,
        effective_from=effective_from,
        accepted_at=accepted_at,
        method=method,
        captured_by=actor,
    )
    with transaction.atomic():
        checks.insert(version)
        changes.after_capture(actor=actor, version=version)
        _append("terms.captured", actor, version, _identity(version))
    return version


def mark_clause(
    *, actor: User, terms_version: TermsVersion, quote: str, topic: str, start: int | None = None
) -> Clause:
    """Mark a passage by quoting it exactly; ``start`` (in code points) tells apart passages that occur more than once.

    It is marked in the versions that came after, too, as far as its words stand there. A clause that is marked already is
    returned. Raises Forbidden, NotFound, InvalidInput quote-absent or quote-ambiguous.
    """
    actor.demand(Permission.WRITE_LICENSING_NOTE)
    checks.require_seen(actor, TermsVersion.objects.all(), terms_version)
    if topic not in Clause.Topic.values:
        raise InvalidInput(
            "Choose what the passage is about.", fields={"topic": f"One of: {', '.join(Clause.Topic.values)}."}
        )
    begin, end = passages.find(terms_version.text, quote.replace("\r\n", "\n"), start)
    with transaction.atomic():
        clause, marked = Clause.objects.get_or_create(
            terms_version=terms_version,
            start=begin,
            end=end,
            topic=topic,
            defaults={"quote": terms_version.text[begin:end], "marked_by": actor},
        )
        if marked:
            clauses.carry_on(clause)
            _append("terms.clause_marked", actor, clause, {"start": begin, "end": end, "topic": topic})
    return clause


def make_governing_set(
    *,
    actor: User,
    name: str,
    route: str,
    rule: str,
    as_of: date,
    versions: Sequence[TermsVersion],
    account: ProviderAccount | None = None,
) -> GoverningSet:
    """Say which versions govern clips made through a route; the first prevails on conflict. Immutable, named by its hash.

    ``route`` is the provider account's route, or what uploaders declare. Raises Forbidden, NotFound, InvalidInput for
    versions that were not in force on ``as_of``, Conflict when this very set exists.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    for version in versions:
        checks.require_seen(actor, TermsVersion.objects.all(), version)
    _check_set(rule, as_of, versions)
    way = checks.words(route, "route", "Name the route, such as openai or Vofy.")
    text = canonical.dumps(_set_content(way, rule, as_of, versions, account)).decode()
    governing = GoverningSet(
        name=checks.words(name, "name", "Give the set a name."),
        route=way,
        account=account,
        rule=rule,
        as_of=as_of,
        canonical=text,
        sha256=sha256(text.encode()).hexdigest(),
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(governing)
        for order, version in enumerate(versions, start=1):
            GoverningMember.objects.create(governing_set=governing, terms_version=version, precedence=order)
        body: dict[str, Json] = {"sha256": governing.sha256, "terms": [version.raw_sha256 for version in versions]}
        _append("terms.set_made", actor, governing, body)
    return governing


def _check_capture(source: TermsSource, raw: bytes, accepted_at: datetime | None) -> None:
    if not raw or len(raw) > LARGEST_BYTES:
        raise InvalidInput("The file is empty or larger than 10 MiB.", fields={"raw": "Between 1 byte and 10 MiB."})
    if accepted_at is not None and accepted_at > timezone.now():
        raise InvalidInput(
            "Nobody accepts terms in the future.",
            fields={"accepted_at": "The agency cannot have accepted it in the future."},
        )
    known = TermsVersion.objects.filter(source=source, raw_sha256=sha256(raw).hexdigest()).first()
    if known is not None:
        raise Conflict(f"These very bytes are captured already, as “{known.label}”.", code="already-captured")


def _check_set(rule: str, as_of: date, versions: Sequence[TermsVersion]) -> None:
    problems: dict[str, str] = {}
    if rule not in GoverningSet.Rule.values:
        problems["rule"] = f"One of: {', '.join(GoverningSet.Rule.values)}."
    if not versions or len({version.pk for version in versions}) != len(versions):
        problems["versions"] = "Name at least one version, and each once."
    early = [version for version in versions if version.effective_from and version.effective_from > as_of]
    if early:
        problems["versions"] = f"Not in force on {as_of}: {', '.join(map(str, early))}."
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)


def _set_content(
    route: str, rule: str, as_of: date, versions: Sequence[TermsVersion], account: ProviderAccount | None
) -> Json:
    terms: list[Json] = [{"precedence": order, **_identity(version)} for order, version in enumerate(versions, start=1)]
    return {
        "schema": SET_SCHEMA,
        "route": route,
        "rule": rule,
        "as_of": as_of.isoformat(),
        "contract": _contract(account) if account else None,
        "terms": terms,
    }


def _contract(account: ProviderAccount) -> dict[str, Json]:
    return {
        "account": str(account.pk),
        "contracting_party": account.contracting_party,
        "plan": account.plan,
        "region": account.region,
    }


def _identity(version: TermsVersion) -> dict[str, Json]:
    return {
        "id": str(version.pk),
        "publisher": version.source.publisher,
        "title": version.source.title,
        "product": version.source.product,
        "label": version.label,
        "media_type": version.media_type,
        "raw_sha256": version.raw_sha256,
        "text_sha256": version.text_sha256,
        "language": version.language,
        "jurisdiction": version.jurisdiction,
        "address": version.address,
        "published_on": version.published_on.isoformat() if version.published_on else None,
        "effective_from": version.effective_from.isoformat() if version.effective_from else None,
        "captured_at": version.captured_at.isoformat(),
        "accepted_at": version.accepted_at.isoformat() if version.accepted_at else None,
    }


def _append(kind: str, actor: User, subject: models.Model, body: dict[str, Json]) -> None:
    record.append(kind=kind, actor=actor.pk, client=None, subject=subject, body=body)
