"""Releases by rule: what one must say, how it stands on a day, when it ends; and territories as people write them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reviews.models import Depiction, LicenceRecordVersion, Release
from reviews.rules import consenting, countries, drafting, territories
from reviews.rules.drafting import DepictionInput

TODAY = date(2026, 11, 29)


def release(**changes: Any) -> Release:
    values: dict[str, Any] = {
        "kind": "model", "subject": "Mia", "scope": "The spring campaign", "uses": ["cinema"], "territories": ["DE"],
        "valid_from": date(2026, 1, 1),
    }  # fmt: skip
    return Release(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "state", "last"),
    [
        ({}, "valid", None),
        ({"valid_until": date(2026, 11, 28)}, "ended", date(2026, 11, 28)),
        ({"valid_until": TODAY}, "ends_soon", TODAY),
        ({"valid_until": date(2027, 2, 27)}, "ends_soon", date(2027, 2, 27)),
        ({"valid_until": date(2027, 2, 28)}, "valid", date(2027, 2, 28)),
        ({"valid_from": date(2026, 11, 30)}, "not_yet", None),
        ({"of_age_on": TODAY}, "ended", date(2026, 11, 28)),
        ({"of_age_on": date(2026, 11, 30)}, "ends_soon", TODAY),
        ({"of_age_on": date(2030, 1, 1), "valid_until": date(2029, 1, 1)}, "valid", date(2029, 1, 1)),
        (
            {"withdrawn_at": datetime(2026, 11, 1, tzinfo=UTC), "valid_until": date(2026, 1, 2)},
            "withdrawn",
            date(2026, 1, 2),
        ),
    ],
)
def test_how_a_release_stands(changes: dict[str, Any], state: str, last: date | None) -> None:
    row = release(**changes)
    assert (consenting.state(row, TODAY), consenting.last_day(row)) == (state, last)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, set()),
        ({"uses": []}, {"uses"}),
        ({"uses": ["posters"]}, {"uses"}),
        ({"territories": []}, {"territories"}),
        ({"territories": ["UK"]}, {"territories"}),
        ({"ai_use": "perhaps"}, {"ai_use"}),
        ({"kind": "guardian"}, {"of_age_on"}),
        ({"kind": "guardian", "of_age_on": date(2030, 1, 1)}, set()),
        ({"kind": "voice", "of_age_on": date(2030, 1, 1)}, {"of_age_on"}),
        ({"kind": "replica"}, {"counselled", "scope"}),
        ({"kind": "replica", "counselled": "no", "scope": "May say five lines of the spring film in German"}, set()),
        ({"exclusive_categories": ["x" * 101]}, {"exclusive_categories"}),
        ({"subject": "", "scope": ""}, {"subject", "scope"}),
    ],
)
def test_what_a_release_must_say(changes: dict[str, Any], fields: set[str]) -> None:
    assert set(consenting.problems(release(**changes))) == fields


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("DE, at", ["DE", "at"]),
        ("DACH", ["AT", "CH", "DE"]),
        ("Austria; South Korea", ["AT", "KR"]),
        ("de at dach", ["de", "at", "AT", "CH", "DE"]),
        ("UK+IE", ["GB", "IE"]),
        ("worldwide", ["worldwide"]),
        ("Atlantis", ["Atlantis"]),
        ("Bosnia & Herzegovina, são tomé and príncipe", ["BA", "ST"]),
        (" , ", []),
    ],
)
def test_territories_as_people_write_them(text: str, codes: list[str]) -> None:
    assert countries.codes_in(text) == codes


def test_every_country_has_a_name_and_every_group_only_countries() -> None:
    assert countries.NAMES.keys() == territories.CODES
    assert [code for code, name in countries.NAMES.items() if countries.codes_in(name) != [code]] == []
    assert [code for group in countries.GROUPS.values() for code in group.codes if not territories.known(code)] == []
    assert len(countries.GROUPS["EU"].codes) == 27


def test_a_place_is_named_as_a_list_or_a_sentence_wants_it() -> None:
    assert [countries.name_of(code) for code in ("CI", "WORLD", "Atlantis")] == [
        "Côte d’Ivoire",
        "Worldwide",
        "Atlantis",
    ]
    assert [countries.within(code) for code in ("CI", "WORLD")] == ["in Côte d’Ivoire", "in the whole world"]


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        (DepictionInput(kind="person", name="Mia"), set()),
        (DepictionInput(kind="ghost", name=" ", real="perhaps"), {"kind", "name", "real"}),
        (DepictionInput(kind=Depiction.Kind.MUSIC, name="x" * 201), {"name"}),
    ],
)
def test_what_a_row_must_say(row: DepictionInput, fields: set[str]) -> None:
    assert set(drafting.wrong_with(row)) == fields


def test_too_many_rows_are_refused() -> None:
    draft = LicenceRecordVersion(
        uses=["cinema"], purposes=["pitch"], territories=["DE"], starts_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    rows = [DepictionInput(kind="person", name="Extra")] * (drafting.MOST_DEPICTIONS + 1)
    assert drafting.problems(draft, rows) == {"depictions": "At most 100."}
    assert drafting.problems(draft, rows[:-1]) == {}
