"""What lies between versions of terms is recorded as they are captured, and judged by legal approvers."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from reviews.actions import capture, drawing, fetch_terms
from reviews.actions.capture import Document
from reviews.actions.changes import judge_alike, judge_change
from reviews.actions.clauses import settle_flag
from reviews.actions.redrawing import draw_again
from reviews.actions.terms import capture_terms, mark_clause
from reviews.models import ChangeJudgement, Clause, ClauseFlag, TermsChange, TermsSighting, TermsText, TermsVersion
from reviews.rules import extraction
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput
from tests.people import Agency
from tests.reviews import histories
from tests.reviews.histories import FIRST, OWNERSHIP
from tests.reviews.pdfs import WORDS, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.core]

PAD = "\n".join(f"8.{number} Words of paragraph {number}, which nobody touches." for number in range(30))
ONE = f"1. {OWNERSHIP}\n2. You may show it.\n{PAD}"
TWO = ONE.replace("may show", "may not show")
THREE = TWO.replace("paragraph 3, which nobody touches", "paragraph 3, which people read")


def pair(agency: Agency, *texts: str) -> list[TermsVersion]:
    return histories.keep(agency.lena, histories.source(agency.lena), texts or (ONE, TWO))


def changes() -> list[tuple[str, str, str]]:
    rows = TermsChange.objects.current().order_by("after__captured_at").select_related("before", "after")
    return [(row.before.label.split()[1], row.after.label.split()[1], row.suggestion) for row in rows]


def test_a_history_of_116_records_is_six_changes(agency: Agency) -> None:
    histories.keep(agency.lena, histories.source(agency.lena), histories.recorded())
    rows = TermsChange.objects.current()
    assert (TermsVersion.objects.count(), rows.count()) == (116, 115)
    awaiting = list(TermsChange.objects.awaiting().select_related("before", "after"))
    between = {frozenset((one.before.normalised_sha256, one.after.normalised_sha256)) for one in awaiting}
    assert (len(between), len(awaiting)) == (6, 8)
    assert {one.suggestion for one in awaiting} == {"material"}
    assert [one.flaps for one in sorted(awaiting, key=lambda one: one.after.captured_at)].count(True) == 2
    assert rows.filter(suggestion="noise").count() == 107


def test_what_flaps_is_judged_once(agency: Agency) -> None:
    pair(agency, ONE, TWO, ONE + "\n\n", TWO + "\n\n")
    first = TermsChange.objects.order_by("after__captured_at").first()
    assert first is not None
    assert [row.flaps for row in TermsChange.objects.order_by("after__captured_at")] == [False, True, True]
    judge_change(actor=agency.lena, change=first, verdict="material", reason="Showing ends.", with_alike=True)
    assert ChangeJudgement.objects.count() == 3
    assert not TermsChange.objects.awaiting().exists()


def test_a_text_that_flaps_is_one_change_there_and_one_back_however_often(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, [ONE, TWO] * 30)
    assert changes() == [("2", "1", "material"), ("1", "2", "material")]
    assert [row.flaps for row in TermsChange.objects.order_by("after__captured_at")] == [True, False]
    assert (TermsSighting.objects.count(), Event.objects.filter(kind="terms.change_found").count()) == (58, 2)


def test_a_text_comes_back_from_what_was_seen_last_before_it(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, [ONE, TWO, THREE, TWO, ONE, ONE])
    assert [pair for pair in changes() if pair[0] > pair[1]] == [("2", "1", "material"), ("3", "2", "unsure")]


def test_what_comes_back_with_the_same_words_waits_for_nobody(agency: Agency) -> None:
    histories.keep(agency.lena, histories.source(agency.lena), [ONE, ONE + "\n\n", ONE])
    assert [pair[2] for pair in changes()] == ["noise", "noise"]
    assert not Event.objects.filter(kind="terms.change_found").exists()


def test_no_other_day_is_given_to_what_came_back(agency: Agency) -> None:
    first = histories.keep(agency.lena, histories.source(agency.lena), [ONE, TWO, ONE])[0]
    back = TermsChange.objects.get(after=first)
    with pytest.raises(InvalidInput) as caught:
        judge_change(
            actor=agency.lena, change=back, verdict="material", reason="It came back.", binds_from=date(2026, 2, 1)
        )
    assert set(caught.value.fields) == {"binds_from"}
    assert not ChangeJudgement.objects.exists()


def test_a_version_captured_into_the_past_splits_a_pair_and_the_pair_stays_in_the_table(agency: Agency) -> None:
    first, _ = pair(agency, ONE, THREE)
    assert changes() == [("1", "2", "material")]
    split = TermsChange.objects.get()
    histories.keep(agency.lena, first.source, [TWO], first=FIRST + timedelta(days=1))
    assert changes() == [("1", "1", "material"), ("1", "2", "unsure")]
    assert TermsChange.objects.count() == 3
    with pytest.raises(Conflict) as caught:
        judge_change(actor=agency.lena, change=split, verdict="material", reason="Old.")
    assert caught.value.code == "change-split"
    assert not ChangeJudgement.objects.exists()


def test_languages_and_jurisdictions_have_histories_of_their_own(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, [ONE])
    histories.keep(agency.lena, source, [TWO], first=FIRST + timedelta(days=1), jurisdiction="EU")
    histories.keep(agency.lena, source, [THREE], first=FIRST + timedelta(days=2), language="de")
    assert not TermsChange.objects.exists()
    histories.keep(agency.lena, source, [THREE + "\n"], first=FIRST + timedelta(days=3), jurisdiction="EU")
    assert TermsChange.objects.get().before.jurisdiction == "EU"


def test_the_ledger_knows_of_changes_found_and_judged_and_holds_no_words(agency: Agency) -> None:
    pair(agency)
    change = TermsChange.objects.get()
    judge_change(actor=agency.lena, change=change, verdict="material", reason="Showing ends.")
    found, judged = (
        json.loads(Event.objects.get(kind=kind).body) for kind in ("terms.change_found", "terms.change_judged")
    )
    assert (found["suggestion"], found["grounds"]) == ("material", ["negation"])
    assert (judged["verdict"], judged["suggestion"], judged["dated_back"]) == ("material", "material", False)
    assert judged["reason"].startswith("sha256:")


@pytest.mark.parametrize("name", ["alice", "bob", "ada"])
def test_only_legal_judges(agency: Agency, name: str) -> None:
    pair(agency)
    events = Event.objects.count()
    with pytest.raises(Forbidden):
        judge_change(actor=getattr(agency, name), change=TermsChange.objects.get(), verdict="cosmetic", reason="Mine.")
    assert (ChangeJudgement.objects.count(), Event.objects.count()) == (0, events)


@pytest.mark.parametrize(
    ("said", "field"),
    [({"verdict": "noise"}, "verdict"), ({"reason": "  "}, "reason"), ({"binds_from": date(2025, 1, 1)}, "binds_from")],
)
def test_a_judgement_that_cannot_be_is_refused(agency: Agency, said: dict[str, object], field: str) -> None:
    source = histories.source(agency.lena)
    for number, text in enumerate((ONE, TWO)):
        capture_terms(
            actor=agency.lena, source=source, label=f"v{number}", raw=text.encode(), media_type="text/plain",
            method="paste", effective_from=date(2026, 1 + number, 1),
        )  # fmt: skip
    values: dict[str, object] = {"verdict": "material", "reason": "Showing ends.", **said}
    with pytest.raises(InvalidInput) as caught:
        judge_change(actor=agency.lena, change=TermsChange.objects.get(), **values)  # type: ignore[arg-type]  # wrong on purpose
    assert set(caught.value.fields) == {field}
    assert not ChangeJudgement.objects.exists()


def test_a_later_judgement_replaces_one_and_leaves_it_standing(agency: Agency) -> None:
    pair(agency)
    change = TermsChange.objects.get()
    judge_change(actor=agency.lena, change=change, verdict="cosmetic", reason="Misread.")
    judge_change(actor=agency.lena, change=change, verdict="material", reason="Read again.")
    assert vars(TermsChange.objects.with_verdict().get())["verdict"] == "material"
    assert [row.verdict for row in change.judgements.all()] == ["material", "cosmetic"]


def test_many_are_judged_at_once_with_one_reason_or_none_is(agency: Agency) -> None:
    pair(agency, ONE, TWO, THREE)
    rows = list(TermsChange.objects.all())
    judged = judge_alike(actor=agency.lena, changes=rows, verdict="material", reason="New edition.")
    assert [row.reason for row in judged] == ["New edition."] * 2
    with pytest.raises(InvalidInput):
        judge_alike(actor=agency.lena, changes=[], verdict="material", reason="None.")
    assert ChangeJudgement.objects.count() == 2


def test_a_clause_is_carried_where_its_words_stand_once(agency: Agency) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    clause = mark_clause(actor=agency.lena, terms_version=first, quote=OWNERSHIP, topic="ownership")
    second = histories.keep(agency.lena, source, ["Preface.\n" + TWO], first=FIRST + timedelta(days=1))[0]
    carried = Clause.objects.get(terms_version=second)
    assert (carried.carried_from, carried.topic, carried.marked_by) == (clause, "ownership", agency.lena)
    assert second.text[carried.start : carried.end] == OWNERSHIP
    assert not ClauseFlag.objects.exists()


@pytest.mark.parametrize(
    ("text", "kind", "near"),
    [
        (
            ONE.replace("You own all", "Lumina owns all"),
            "changed",
            "Lumina owns all output that Lumina makes for you.",
        ),
        (PAD, "gone", ""),
        (f"{PAD}\n1. {OWNERSHIP}\n{PAD}\n1. {OWNERSHIP}\n{PAD}", "ambiguous", OWNERSHIP),
    ],
)
def test_a_clause_that_does_not_stand_there_as_it_was_is_flagged(
    agency: Agency, text: str, kind: str, near: str
) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    clause = mark_clause(actor=agency.lena, terms_version=first, quote=OWNERSHIP, topic="ownership")
    second = histories.keep(agency.lena, source, [text], first=FIRST + timedelta(days=1))[0]
    flag = ClauseFlag.objects.get()
    assert (flag.clause, flag.version, flag.kind) == (clause, second, kind)
    assert second.text[flag.near_start or 0 : flag.near_end or 0] == near
    assert not Clause.objects.filter(terms_version=second).exists()


def test_a_changed_clause_makes_a_change_material(agency: Agency) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    mark_clause(actor=agency.lena, terms_version=first, quote=OWNERSHIP, topic="ownership")
    histories.keep(
        agency.lena, source, [ONE.replace("makes for you", "prepares for you")], first=FIRST + timedelta(days=1)
    )
    change = TermsChange.objects.get()
    assert change.suggestion == "material"
    assert {"code": "clause", "words": ["ownership"], "times": 1} in change.grounds
    assert change.figures == {"added": 1, "removed": 1, "places": 1, "clauses": 1}


def test_a_flag_is_settled_once_by_quoting_the_successor_which_then_travels_on(agency: Agency) -> None:
    source = histories.source(agency.lena)
    first = histories.keep(agency.lena, source, [ONE])[0]
    mark_clause(actor=agency.lena, terms_version=first, quote=OWNERSHIP, topic="ownership")
    words = "Lumina owns all output that Lumina makes for you."
    other = ONE.replace(OWNERSHIP, words)
    second, third = histories.keep(agency.lena, source, [other, "Preface.\n" + other], first=FIRST + timedelta(days=1))
    flag = ClauseFlag.objects.get()
    with pytest.raises(InvalidInput):
        settle_flag(actor=agency.lena, flag=flag, quote=words, gone=True)
    with pytest.raises(Forbidden):
        settle_flag(actor=agency.alice, flag=flag, gone=True)
    settled = settle_flag(actor=agency.bob, flag=flag, quote=words)
    assert settled.successor is not None
    assert (settled.successor.terms_version, settled.successor.quote, settled.settled_by) == (second, words, agency.bob)
    assert Clause.objects.get(terms_version=third).carried_from == settled.successor
    with pytest.raises(Conflict):
        settle_flag(actor=agency.lena, flag=flag, gone=True)


def test_a_clause_marked_in_an_old_version_travels_on_to_the_newest(agency: Agency) -> None:
    first, second, third = pair(agency, ONE, TWO, TWO.replace(OWNERSHIP, "Nobody owns it."))
    mark_clause(actor=agency.lena, terms_version=first, quote=OWNERSHIP, topic="ownership")
    assert Clause.objects.filter(terms_version=second).count() == 1
    assert ClauseFlag.objects.get().version == third


def test_a_text_drawn_again_stands_beside_the_first(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    version = pair(agency, ONE)[0]
    with pytest.raises(Conflict) as caught:
        draw_again(actor=agency.lena, version=version)
    assert caught.value.code == "same-text"
    monkeypatch.setattr(drawing, "text_of", lambda raw, media_type, charset: "Other words.")
    drawn = draw_again(actor=agency.lena, version=version)
    version.refresh_from_db()
    assert isinstance(drawn, TermsText)
    assert (drawn.text, drawn.extractor, version.text) == ("Other words.", extraction.EXTRACTOR, ONE)
    with pytest.raises(Conflict):
        draw_again(actor=agency.lena, version=version)
    with pytest.raises(Forbidden):
        draw_again(actor=agency.bob, version=version)
    assert TermsText.objects.count() == 1


def kept(agency: Agency, raw: bytes, media_type: str, **origin: Json) -> TermsVersion:
    """A version whose text an older extractor drew."""
    with transaction.atomic():
        return capture.keep(
            actor=agency.lena, source=histories.source(agency.lena), raw=raw, media_type=media_type, text="As of old.",
            extractor="old/1", method="fetch", document=Document(origin=origin),
        ).version  # fmt: skip


def test_a_text_is_drawn_again_in_the_charset_in_which_it_came(agency: Agency) -> None:
    words = "Nutzungsbedingungen für Bürger"
    drawn = draw_again(actor=agency.lena, version=kept(agency, words.encode("cp1252"), "text/plain", charset="cp1252"))
    assert isinstance(drawn, TermsText)
    assert drawn.text == words


def test_a_pdf_is_drawn_again_by_a_job(agency: Agency) -> None:
    version = kept(agency, pdf(WORDS), "application/pdf")
    with pytest.raises(Forbidden):
        draw_again(actor=agency.bob, version=version)
    job = draw_again(actor=agency.lena, version=version)
    assert draw_again(actor=agency.lena, version=version) == job
    assert not TermsText.objects.exists()
    drain()
    drawn = TermsText.objects.get()
    assert drawn.extractor.startswith("pypdf/")
    assert (WORDS in drawn.text, drawn.version, version.text) == (True, version, "As of old.")
    assert fetch_terms.errand_of(actor=agency.lena, pk=job.pk).state == "kept"
    again = draw_again(actor=agency.lena, version=version)
    drain()
    assert fetch_terms.errand_of(actor=agency.lena, pk=again.pk).state == "failed"
    assert Event.objects.filter(kind="terms.drawn_again").count() == 1


def test_clauses_travel_far_in_as_many_queries_as_near(agency: Agency) -> None:
    source = histories.source(agency.lena)
    versions = histories.keep(agency.lena, source, [f"{ONE}\n{number} more." for number in range(30)])
    asked = []
    for version, quote in ((versions[27], "You may show it."), (versions[0], OWNERSHIP)):
        with CaptureQueriesContext(connection) as queries:
            mark_clause(actor=agency.lena, terms_version=version, quote=quote, topic="ownership")
        asked.append(len(queries))
    assert Clause.objects.count() == 33
    assert asked[0] == asked[1]
    last = Clause.objects.get(terms_version=versions[-1], quote=OWNERSHIP)
    assert last.carried_from == Clause.objects.get(terms_version=versions[-2], quote=OWNERSHIP)


def test_nothing_is_compared_while_the_ledger_waits(agency: Agency) -> None:
    source = histories.source(agency.lena)
    histories.keep(agency.lena, source, [ONE, THREE])
    with CaptureQueriesContext(connection) as queries:
        histories.keep(agency.lena, source, [TWO], first=FIRST + timedelta(days=1))
    told = [each["sql"] for each in queries.captured_queries]
    locked = next(place for place, sql in enumerate(told) if 'FROM "ledger_chain"' in sql)
    assert not [sql for sql in told[locked:] if "reviews_" in sql]


def test_for_a_guest_changes_do_not_exist(agency: Agency) -> None:
    pair(agency)
    assert not TermsChange.objects.visible_to(agency.dora).exists()


def test_unreadable_noise_is_named_at_capture(agency: Agency) -> None:
    source = histories.source(agency.lena)
    source.noise = ["(a+)+"]
    source.save()
    with pytest.raises(InvalidInput) as caught:
        histories.keep(agency.lena, source, [ONE])
    assert "“(a+)+”" in caught.value.message
    assert not TermsVersion.objects.exists()
