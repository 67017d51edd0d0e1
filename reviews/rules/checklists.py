"""Checklists of rights: what makes one, which of them apply to a clip, what its answers leave open, and what an edit changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from reviews.models import WORLD, ChecklistTemplate, Finding

MOST_QUESTIONS = 60
LONGEST_KEY, LONGEST_QUESTION, LONGEST_HELP = 60, 500, 2000
Question = dict[str, Any]  # key, question, help, required, clears_with: as a row keeps it


def keyed(questions: Sequence[Mapping[str, Any]]) -> list[Question]:
    """Return the questions as they are kept; one without a key gets one made of its words, so that answers can be compared later."""
    taken = {str(one.get("key") or "") for one in questions}
    rows: list[Question] = []
    for one in questions:
        words = str(one.get("question") or "").strip()
        key = str(one.get("key") or "").strip() or _free(
            slugify(words)[: LONGEST_KEY - 4].strip("-") or "question", taken
        )
        taken.add(key)
        rows.append(
            {
                "key": key,
                "question": words,
                "help": str(one.get("help") or "").strip(),
                "required": bool(one.get("required", True)),
                "clears_with": [each for each in Finding.values if each in set(one.get("clears_with") or ())],
            }
        )
    return rows


def _free(key: str, taken: Collection[str]) -> str:
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free


def problems(questions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what is wrong with the questions: by ``questions`` what concerns them all, by ``questions.<place>.<field>`` one of them."""
    if not questions:
        return {"questions": "Ask at least one question."}
    if len(questions) > MOST_QUESTIONS:
        return {"questions": f"A checklist has at most {MOST_QUESTIONS} questions."}
    found: dict[str, str] = {}
    seen: set[str] = set()
    for place, one in enumerate(questions):
        for field, words in _about(one, seen):
            found[f"questions.{place}.{field}"] = words
        seen.add(str(one.get("key") or ""))
    return found


def _about(one: Mapping[str, Any], seen: Collection[str]) -> Iterator[tuple[str, str]]:
    key, words = str(one.get("key") or ""), str(one.get("question") or "").strip()
    if key and (key in seen or key != slugify(key) or len(key) > LONGEST_KEY):
        taken = key in seen
        yield "key", "Two questions have this key." if taken else "At most 60 small letters, digits and hyphens."
    if not words or len(words) > LONGEST_QUESTION:
        yield "question", "Write the question." if not words else f"At most {LONGEST_QUESTION} characters."
    if len(str(one.get("help") or "")) > LONGEST_HELP:
        yield "help", f"At most {LONGEST_HELP} characters."
    clears = set(one.get("clears_with") or ())
    if not clears or not clears <= set(Finding.values):
        yield "clears_with", f"Choose with which answers a clip can be cleared: {', '.join(Finding.values)}."
    elif one.get("required", True) and Finding.UNKNOWN in clears:
        yield "clears_with", "A question that must be answered cannot be cleared with “unknown”."


def offered(
    templates: Iterable[ChecklistTemplate], client: UUID, territories: Collection[str], distributor: str = ""
) -> list[ChecklistTemplate]:
    """Return the checklists that a clip of this client may be asked, the fittest first.

    ``templates`` are newest versions. The client's own come before those for every client, then those of the chosen
    distributor, then those of a market before those of every market. What is made for a distributor who was not chosen
    comes last: the drafter chooses it.
    """
    place = distributor.strip().casefold()
    fit = [one for one in templates if not one.retired and _fits(one, client, territories)]
    return sorted(fit, key=lambda one: _order(one, place))


def proposed(
    templates: Iterable[ChecklistTemplate], client: UUID, territories: Collection[str], distributor: str = ""
) -> ChecklistTemplate | None:
    """Return the checklist that a record of such a clip must answer unless its drafter chooses another one; None: there is none."""
    first = next(iter(offered(templates, client, territories, distributor)), None)
    return None if first is None or not _of(first, distributor.strip().casefold()) else first


def _fits(one: ChecklistTemplate, client: UUID, territories: Collection[str]) -> bool:
    return one.client_id in {None, client} and (not one.market or bool({one.market, WORLD} & set(territories)))


def _of(one: ChecklistTemplate, place: str) -> bool:
    return one.distributor.strip().casefold() in {"", place}


def _order(one: ChecklistTemplate, place: str) -> tuple[bool, bool, bool, bool, str]:
    return not _of(one, place), one.client_id is None, not one.distributor, not one.market, one.key


def left_open(questions: Sequence[Question], answers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the words of the required questions that have no known answer."""
    known = {one["key"] for one in answers if one.get("finding") in {Finding.YES, Finding.NO}}
    return tuple(one["question"] for one in questions if one["required"] and one["key"] not in known)


def speak_against(questions: Sequence[Question], answers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the words of the questions whose answer is none that clears; what is merely open is not told twice."""
    said = {one["key"]: one.get("finding") for one in answers}
    unanswered = {None, ""}
    return tuple(
        one["question"]
        for one in questions
        if said.get(one["key"]) not in {*one["clears_with"], *unanswered}
        and not (one["required"] and said[one["key"]] == Finding.UNKNOWN)
    )


@dataclass(frozen=True)
class Difference:
    """One thing that an edit changed: ``how`` is added, removed or changed; before and after in words."""

    how: str
    what: str
    before: str = ""
    after: str = ""


def differences(old: ChecklistTemplate, new: ChecklistTemplate) -> list[Difference]:
    """Return what the newer version changed, question by question (by their keys), in the order of the newer one."""
    found = list(_about_whole(old, new))
    before = {one["key"]: one for one in old.questions}
    after = {one["key"]: one for one in new.questions}
    for key, one in after.items():
        if key not in before:
            found.append(Difference("added", "Question", after=in_words(one)))
        elif in_words(before[key]) != in_words(one):
            found.append(Difference("changed", "Question", in_words(before[key]), in_words(one)))
    found.extend(Difference("removed", "Question", in_words(one)) for key, one in before.items() if key not in after)
    kept = [key for key in after if key in before]
    if not found and kept != [key for key in before if key in after]:
        found.append(Difference("changed", "Order of the questions", "", ""))
    return found


def _about_whole(old: ChecklistTemplate, new: ChecklistTemplate) -> Iterator[Difference]:
    every = {"distributor": "every distributor", "market": "every market"}
    for field, label in (("title", "Title"), ("distributor", "Distributor"), ("market", "Market")):
        before, after = getattr(old, field) or every[field], getattr(new, field) or every[field]
        if before != after:
            yield Difference("changed", label, before, after)
    if old.retired != new.retired:
        yield Difference("changed", "Offered for new records", *("no" if one.retired else "yes" for one in (old, new)))


def in_words(one: Question) -> str:
    """Write out a question with its help and what is wanted."""
    clears = " or ".join(str(Finding(each).label).lower() for each in one["clears_with"])
    wanted = "must be answered" if one["required"] else "may stay open"
    return " ".join(filter(None, [one["question"], one["help"], f"({wanted}; clears with {clears})"]))
