"""Keep words for reuse: snippets, templates and sheets. Each change of words is the next version; nothing is deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from generations.actions import checks
from generations.actions.composing import DraftShot
from generations.models import Character, KeptVersion, KeptWords, Project, Reference, SheetPart
from generations.rules import source
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

KINDS = {
    KeptWords.Sort.SNIPPET: ("brand", "camera", "light", "look", "motion", "sound", "other"),
    KeptWords.Sort.SHEET: ("character", "style", "place", "product"),
    KeptWords.Sort.TEMPLATE: ("other",),
}
LONGEST_TEXT = 20_000
MOST_PARTS = 40
MOST_HINTS = 10


@dataclass(frozen=True)
class Words:
    """What one version says. ``references`` come with the role that they are meant for ("" for the first fitting)."""

    text: str
    negative: str = ""
    shots: Sequence[DraftShot] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    hints: Sequence[str] = ()
    references: Sequence[tuple[Reference, str]] = ()
    characters: Sequence[Character] = ()
    note: str = ""


def keep_words(
    *,
    actor: User,
    sort: str,
    name: str,
    words: Words,
    kind: str = "other",
    title: str = "",
    client: Client | None = None,
    project: Project | None = None,
) -> KeptWords:
    """Keep words under a name, as their first version; for a client, for one project, or (without either) for every client.

    Raises Forbidden, NotFound, InvalidInput, Conflict for a name in use.
    """
    actor.demand(Permission.WRITE_PROMPT)
    if client is not None:
        checks.require_seen(actor, Client.objects.all(), client)
    if project is not None:
        checks.require_seen(actor, Project.objects.all(), project)
        checks.require_open(project)
        client = project.client
    row = KeptWords(
        sort=sort,
        kind=_kind(sort, kind),
        client=client,
        project=project,
        name=_name(name),
        title=title.strip() or name.strip(),
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(row)
        _write(actor, row, words)
    return row


def revise_words(*, actor: User, kept: KeptWords, words: Words) -> KeptVersion:
    """Write the next version; prompts that used an earlier one keep it. Raises Forbidden, NotFound, InvalidInput, Conflict (archived).

    Files and characters of the version before that the person does not see go along by themselves.
    """
    _require_editor(actor, kept)
    with transaction.atomic():
        locked = KeptWords.objects.select_for_update().get(pk=kept.pk)
        if locked.archived_at is not None:
            raise Conflict(f"{kept} is archived: bring it back before you change it.", code="archived")
        return _write(actor, locked, words, _unseen(actor, locked))


def archive_words(*, actor: User, kept: KeptWords) -> KeptWords:
    """Take words out of use: new prompts no longer find them; old ones keep what they used."""
    return _set_archived(actor, kept, archive=True)


def restore_words(*, actor: User, kept: KeptWords) -> KeptWords:
    """Bring archived words back."""
    return _set_archived(actor, kept, archive=False)


def _set_archived(actor: User, kept: KeptWords, *, archive: bool) -> KeptWords:
    _require_editor(actor, kept)
    rows = KeptWords.objects.filter(pk=kept.pk, archived_at__isnull=archive)
    if not rows.update(archived_at=timezone.now() if archive else None):
        raise Conflict(f"{kept} is {'archived already' if archive else 'in use'}.", code="nothing-to-do")
    kept.refresh_from_db()
    return kept


def _require_editor(actor: User, kept: KeptWords) -> None:
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, KeptWords.objects.all(), kept)


def _unseen(actor: User, row: KeptWords) -> list[SheetPart]:
    """The parts of the newest version that this person does not see, to be written with the next."""
    newest = row.versions.order_by("-version").first()
    if newest is None or row.sort != KeptWords.Sort.SHEET:
        return []
    seen = Q(reference__in=Reference.objects.visible_to(actor)) | Q(character__in=Character.objects.visible_to(actor))
    hidden = newest.parts.exclude(pk__in=newest.parts.filter(seen).values("pk")).order_by("position")
    return [
        SheetPart(reference_id=each.reference_id, role=each.role, character_id=each.character_id) for each in hidden
    ]


def _write(actor: User, row: KeptWords, words: Words, unseen: Sequence[SheetPart] = ()) -> KeptVersion:
    _require_sound(row, words)
    _require_parts(actor, row, words, len(unseen))
    last = row.versions.aggregate(last=Max("version"))["last"] or 0
    version = KeptVersion(
        kept=row,
        version=last + 1,
        text=checks.words(words.text, "text", "Write the words that are to be kept."),
        negative=words.negative.strip(),
        shots=[{"prompt": each.prompt.strip(), "seconds": each.seconds} for each in words.shots],
        defaults={name: value.strip() for name, value in words.defaults.items() if value.strip()},
        hints=[each.strip() for each in words.hints if each.strip()],
        note=words.note.strip(),
        created_by=actor,
    )
    checks.insert(version)
    parts = [SheetPart(reference=row, role=role) for row, role in words.references]
    parts += [*(SheetPart(character=each) for each in words.characters), *unseen]
    for place, part in enumerate(parts):
        part.version, part.position = version, place
    SheetPart.objects.bulk_create(parts)
    return version


def _require_sound(row: KeptWords, words: Words) -> None:
    """Refuse words that no prompt could use: wrong places, or kept words that hold themselves at once."""
    texts = {"text": words.text, "negative": words.negative}
    if any(len(each) > LONGEST_TEXT for each in texts.values()):
        raise _wrong("text", f"Kept words have at most {LONGEST_TEXT:,} characters.")
    for name, text in (*texts.items(), *(("shots", each.prompt) for each in words.shots)):
        rendered = source.render(text, {}, lambda place: source.Kept(place.called, ""))
        for problem in rendered.problems:
            if problem.code != "variable-missing":
                raise _wrong(name, problem.message)
        if row.called in {place.called for place in source.places(text)}:
            raise _wrong(name, f"{row.called} would hold itself.")
    if any(
        not source.NAME.fullmatch(name) or len(value) > source.LONGEST_VALUE for name, value in words.defaults.items()
    ):
        raise _wrong("defaults", "Values belong to names in small letters.")
    if len(words.hints) > MOST_HINTS or any(len(each) > 100 for each in words.hints):
        raise _wrong("hints", f"Name at most {MOST_HINTS} models.")
    if row.sort != KeptWords.Sort.TEMPLATE and (words.shots or words.hints):
        raise _wrong("shots", "Shots and models are parts of a template.")


def _require_parts(actor: User, row: KeptWords, words: Words, unseen: int) -> None:
    """References and characters go with sheets, and are of the sheet's client (of its project, if it has one)."""
    if not (words.references or words.characters):
        return
    if row.sort != KeptWords.Sort.SHEET or row.client_id is None:
        raise _wrong("references", "Files and characters go with a sheet that belongs to a client.")
    if len(words.references) + len(words.characters) + unseen > MOST_PARTS:
        hidden = f"; you do not see {unseen} of those that it has" if unseen else ""
        raise _wrong("references", f"A sheet has at most {MOST_PARTS} files and characters{hidden}.")
    place = {"project": row.project_id} if row.project_id else {"project__client": row.client_id}
    files, characters = {row.pk for row, _ in words.references}, {row.pk for row in words.characters}
    if Reference.objects.visible_to(actor).filter(**place, pk__in=files).count() != len(files):
        raise NotFound("There is no such reference.")
    if Character.objects.visible_to(actor).filter(**place, pk__in=characters).count() != len(characters):
        raise NotFound("There is no such character.")


def _kind(sort: str, kind: str) -> str:
    known = KINDS.get(KeptWords.Sort(sort)) if sort in KeptWords.Sort.values else None
    if known is None:
        raise _wrong("sort", "It is a snippet, a template or a sheet.")
    if kind not in known:
        raise _wrong("kind", f"A {sort} is about one of: {', '.join(known)}.")
    return kind


def _name(name: str) -> str:
    found = name.strip().lower()
    if not source.NAME.fullmatch(found):
        raise _wrong(
            "name", "A name begins with a letter and has small letters, digits, hyphens and underscores, 60 at most."
        )
    return found


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, fields={field: message})
