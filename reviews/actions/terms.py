"""Name documents of terms, mark passages in their versions, and group versions into governing sets."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import models, transaction

from generations.actions import checks
from generations.models import ProviderAccount
from reviews.actions import clauses
from reviews.actions.capture import capture_terms
from reviews.models import Clause, GoverningMember, GoverningSet, TermsSource, TermsVersion
from reviews.rules import passages
from reviews.rules.noise import readable
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import canonical
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput

__all__ = ["add_source", "capture_terms", "edit_source", "make_governing_set", "mark_clause", "told_of"]

SAID = ("publisher", "title", "product", "kind", "party", "noise", "address", "look_for")
SET_SCHEMA = "sorahub/governing-set/1"


def add_source(
    *,
    actor: User,
    publisher: str,
    title: str,
    product: str = "",
    kind: str = TermsSource.Kind.OTHER,
    party: str = "",
    noise: Sequence[str] = (),
    address: str = "",
    look_for: str = "",
) -> TermsSource:
    """Name a document whose versions will be captured. Raises Forbidden, InvalidInput, Conflict for one that is there already."""
    actor.demand(Permission.CAPTURE_TERMS)
    source = TermsSource(created_by=actor)
    _say(
        source, publisher=publisher, title=title, product=product, kind=kind, party=party, noise=noise,
        address=address, look_for=look_for,
    )  # fmt: skip
    with transaction.atomic():
        checks.insert(source)
        _append("terms.source_added", actor, source, told_of(source))
    return source


def edit_source(*, actor: User, source: TermsSource, **said: Any) -> TermsSource:
    """Change what is said of a document (the names of ``add_source``; what is not named stays). Its versions stay as they are.

    Raises Forbidden, NotFound, InvalidInput, Conflict for a name that another source has. Nothing is written when nothing changes.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, TermsSource.objects.all(), source)
    with transaction.atomic():
        row = TermsSource.objects.select_for_update().get(pk=source.pk)
        before = {name: getattr(row, name) for name in SAID}
        _say(row, **{**before, **said})
        changed = [name for name in SAID if getattr(row, name) != before[name]]
        if changed:
            checks.update(row, changed)
            _append("terms.source_edited", actor, row, {**told_of(row), "changed": [*changed]})
    return row


def told_of(source: TermsSource) -> dict[str, Json]:
    """What the ledger holds of a source."""
    return {name: getattr(source, name) for name in SAID if name != "look_for"}


def _say(
    source: TermsSource,
    *,
    publisher: str,
    title: str,
    product: str,
    kind: str,
    party: str,
    noise: Sequence[str],
    address: str,
    look_for: str,
) -> None:
    source.publisher = checks.words(publisher, "publisher", "Say who publishes it.")
    source.title = checks.words(title, "title", "Give the document's title.")
    source.product = product.strip()
    source.kind = kind
    source.party = party.strip()
    source.noise = _patterns(noise)
    source.address = address.strip()
    source.look_for = look_for.strip()


def _patterns(expressions: Sequence[str]) -> list[str]:
    """Return the expressions without empty ones. Raises InvalidInput that names the first that cannot be used, and why."""
    wanted = [each.strip() for each in expressions if each.strip()]
    readable(wanted)
    return wanted


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
