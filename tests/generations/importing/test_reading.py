"""Manifests as spreadsheets and programs write them, and what is read of them."""

import datetime as dt
import json

import pytest

from generations.interchange import columns, records, tables
from sorahub.lib.errors import InvalidInput


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter", "cell"),
    [
        (b"File,Prompt\na.mp4,\"x, \"\"y\"\"\nz\"\n", "utf-8-sig", ",", 'x, "y"\nz'),
        ("\ufeffFile;Prompt\na.mp4;Grüße\n".encode(), "utf-8-sig", ";", "Grüße"),
        ("File\tPrompt\na.mp4\tGrüße\n".encode("utf-16"), "utf-16", "\t", "Grüße"),
        ("File;Prompt\na.mp4;Grüße\n".encode("cp1252"), "cp1252", ";", "Grüße"),
        (b"File,Prompt\na.mp4,'=1+1\n", "utf-8-sig", ",", "=1+1"),
        (("File,Prompt\na.mp4," + "w" * 300_000 + "\n").encode(), "utf-8-sig", ",", "w" * 300_000),
        (json.dumps({"videos": [{"File": "a.mp4", "Prompt": "x"}]}).encode(), "utf-8-sig", "", "x"),
        (b'{"File": "a.mp4", "Prompt": "x"}\n{"File": "b.mp4"}\n', "utf-8-sig", "", "x"),
    ],
)  # fmt: skip
def test_tables_are_read_as_they_are_written(content: bytes, encoding: str, delimiter: str, cell: str) -> None:
    table = tables.read("list", content)
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert (table.lines[0].cells["File"], table.lines[0].cells["Prompt"]) == ("a.mp4", cell)


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"{", b"[" * 5000])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        tables.read("list.json", content)


@pytest.mark.parametrize(
    ("words", "order", "day"),
    [
        ("2025-12-24", "auto", dt.date(2025, 12, 24)),
        ("2025-12-24T23:59:59Z", "auto", dt.date(2025, 12, 24)),
        ("24.12.2025", "auto", dt.date(2025, 12, 24)),
        ("12/24/2025", "auto", dt.date(2025, 12, 24)),
        ("3/4/2025", "dmy", dt.date(2025, 4, 3)),
        ("3/4/2025", "mdy", dt.date(2025, 3, 4)),
        ("3/4/2025", "auto", None),
        ("1766534400", "auto", dt.date(2025, 12, 24)),
        ("1766534400123", "auto", dt.date(2025, 12, 24)),
        ("31.02.2025", "auto", None),
        ("yesterday", "auto", None),
    ],
)
def test_dates_are_read_or_refused_never_guessed(words: str, order: str, day: dt.date | None) -> None:
    assert columns.day_of(words, order)[0] == day


def test_columns_are_guessed_by_their_names_each_once() -> None:
    found = columns.guess(
        ["Video File", "meta.prompt", "Seed", "SHA-256", "Created At", "Shot Code", "ID", "Engine", "Comment"]
    )
    assert found == {
        "file": "Video File", "sha256": "SHA-256", "shot": "Shot Code", "model": "Engine", "prompt": "meta.prompt", "seed": "Seed",
        "made_on": "Created At", "remote_id": "ID", "notes": "Comment",
    }  # fmt: skip


def test_what_no_database_keeps_is_replaced_in_names_and_values_and_long_words_are_cut() -> None:
    odd = {"id": "gen_1", "prompt": "Half \ud83d", "zero\x00": ["\x00"], "model": "m" * 300, "odd": float("nan")}
    body = json.dumps(odd).encode()
    told = records.records_in("a.json", body)[0]
    assert told.raw["zero\ufffd"] == ["\ufffd"]
    assert (told.raw["odd"], told.facts["prompt"], told.facts["model"]) == ("NaN", "Half \ufffd", "m" * 100)
    for content in (body, b"[%s]" % body, body + b"\n" + body):
        line = tables.read("list.json", content).lines[0]
        assert (line.cells["prompt"], line.cells["zero\ufffd"]) == ("Half \ufffd", "\ufffd")
