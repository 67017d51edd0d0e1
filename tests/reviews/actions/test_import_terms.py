"""Archives of terms come in by a preview and a choice, record by record, with what cannot be kept by name."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from dulwich.repo import Repo

from reviews.actions import import_terms
from reviews.actions.import_terms import Choice
from reviews.actions.terms import add_source
from reviews.interchange import importing
from reviews.interchange.archives import opening, packs
from reviews.interchange.archives.records import Malformed
from reviews.models import TermsImport, TermsSighting, TermsSource, TermsVersion
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput
from tests.people import Agency
from tests.reviews import archives
from tests.reviews.archives import BEGIN, Step

pytestmark = [pytest.mark.django_db, pytest.mark.core]
LUMO = {"service": "Lumo", "terms_type": "Terms of Service", "part": ""}


def looked_at(agency: Agency, raw: bytes, name: str = "lumo.bundle") -> TermsImport:
    row = import_terms.upload_archive(actor=agency.lena, chunks=[raw], file_name=name, archive="Lumo collection")
    drain()
    row.refresh_from_db()
    return row


def imported(agency: Agency, row: TermsImport, *choices: Choice) -> TermsImport:
    wanted = choices or tuple(Choice(each["service"], each["terms_type"], each["part"], None) for each in row.documents)
    import_terms.start_import(actor=agency.lena, row=row, choices=wanted)
    drain()
    row.refresh_from_db()
    return row


def made(folder: Path, *history: Step) -> Repo:
    return archives.repository(folder / "made.git", history or list(archives.steps(20)))


def shapes(folder: Path) -> dict[str, bytes]:
    """One history of twenty records, in every shape in which it can be uploaded."""
    history = list(archives.steps(20))
    repo = archives.repository(folder / "made.git", history)
    try:
        return {
            "bundle": archives.bundle(repo),
            "repository": archives.zipped(folder / "made.git", "lumo-versions/.git/"),
            "dataset": archives.dataset(history),
            "json": archives.answer(history),
        }
    finally:
        repo.close()


@pytest.mark.parametrize("shape", ["bundle", "repository", "dataset", "json"])
def test_a_history_is_the_same_in_every_shape(agency: Agency, tmp_path: Path, shape: str) -> None:
    row = looked_at(agency, shapes(tmp_path)[shape])
    assert (row.format, row.state) == (shape, "ready"), row.words
    document = row.documents[0]
    assert (document["records"], document["texts"]) == (20, 18)
    assert (document["first"], document["last"]) == (BEGIN.isoformat(), (BEGIN + timedelta(hours=152)).isoformat())
    source = add_source(actor=agency.lena, publisher="Lumo", title="Terms of Service")
    choice = Choice(document["service"], document["terms_type"], document["part"], source)
    row = imported(agency, row, choice)
    assert (row.state, row.kept, row.again, row.refused, row.errors) == ("done", 18, 2, 0, [])
    versions = TermsVersion.objects.filter(source=source).order_by("captured_at")
    assert [bytes(each.raw) for each in versions] == [
        archives.terms(number) for number in range(20) if number % 10 != 9
    ]
    first = versions[0]
    assert (first.captured_at, first.label, first.method, first.accepted_at) == (BEGIN, "2025-11-04", "import", None)
    assert versions[1].label == "2025-11-04 14:30"
    assert list(TermsSighting.objects.order_by("seen_at").values_list("seen_at", flat=True)) == [
        BEGIN + timedelta(hours=72),
        BEGIN + timedelta(hours=152),
    ]


def test_where_a_text_comes_from_is_kept_with_it(agency: Agency, tmp_path: Path) -> None:
    imported(agency, looked_at(agency, shapes(tmp_path)["bundle"]))
    version = TermsVersion.objects.earliest("captured_at")
    origin = version.origin
    assert len(origin.pop("commit")) == 40
    assert origin.pop("import") == str(TermsImport.objects.get().pk)
    assert origin == {
        "archive": "Lumo collection", "service": "Lumo", "terms_type": "Terms of Service",
        "path": "Lumo/Terms of Service.md", "record": "first", "snapshots": [archives.SNAPSHOT], "engine": "14.3.0",
        "fetched_at": BEGIN.isoformat(), "licence": "ODC-BY-1.0", "extractor": "sorahub-text/1",
        "attribution": "Contains information from Lumo collection, which is made available under the Open Data Commons "
        "Attribution License (ODC-BY 1.0).",
    }  # fmt: skip
    assert (version.source.publisher, version.source.title) == ("Lumo", "Terms of Service")


def test_the_same_archive_twice_doubles_nothing(agency: Agency, tmp_path: Path) -> None:
    raw = shapes(tmp_path)["bundle"]
    row = imported(agency, looked_at(agency, raw))
    counts = (TermsVersion.objects.count(), TermsSighting.objects.count(), TermsSource.objects.count())
    source = TermsSource.objects.get()
    again = imported(agency, looked_at(agency, raw), Choice(**LUMO, source=source))
    assert (again.kept, again.again) == (0, 20)
    row = imported(agency, row)
    assert (row.kept, row.again, row.runs) == (0, 20, 2)
    assert (TermsVersion.objects.count(), TermsSighting.objects.count(), TermsSource.objects.count()) == counts
    assert Event.objects.filter(kind="terms.captured").count() == 18
    assert Event.objects.filter(kind="terms.seen_again").count() == 2


def test_what_is_malformed_is_named_and_the_rest_is_kept(agency: Agency, tmp_path: Path) -> None:
    day = BEGIN
    first, second = "First record of Lumo Terms", "Record new changes of Lumo Terms"
    repo = made(
        tmp_path,
        Step("Lumo/Terms.md", b"One", day, first),
        Step("Lumo/Terms.md", b"\xff\xfe\x00broken", day + timedelta(days=1), second),
        Step("Lumo/Terms.md", b"  \n", day + timedelta(days=2), second),
        Step("Lumo/Terms.md", b"Two", day + timedelta(days=3), "Tidy up by hand"),
        Step("README.md", b"# Read me", day + timedelta(days=4), "Write a readme"),
        Step("Lumo/Terms.md", b"Three", day + timedelta(days=40_000), second),
        Step("Lumo/Terms #imprint.md", b"Ours", day + timedelta(days=5), "Start tracking Lumo Terms"),
        Step("Lumo/Terms.md", b"%PDF-1.7", day + timedelta(days=6), "Update Lumo Terms"),
        Step("Lumo/Terms.md", b"Four", day + timedelta(days=7), "Refilter Lumo Terms"),
        Step("Lumo/Terms #imprint.md", None, day + timedelta(days=8), second),
    )
    row = imported(agency, looked_at(agency, archives.bundle(repo)))
    repo.close()
    assert [each["part"] for each in row.documents] == ["", "imprint"]
    assert [(each["where"].split(", ")[1], each["words"].split(":")[0][:45]) for each in row.errors] == [
        ("Lumo/Terms.md", "The bytes are not utf-8 text"),
        ("Lumo/Terms.md", "There is no text in this file."),
        ("Lumo/Terms.md", "The commit is no record"),
        ("Lumo/Terms.md", "Its day cannot be right"),
        ("Lumo/Terms.md", "This is a PDF"),
    ]
    assert (row.state, row.kept, row.refused) == ("done", 3, 5)
    assert set(TermsVersion.objects.values_list("text", "source__title")) == {
        ("One", "Terms"), ("Four", "Terms"), ("Ours", "Terms (imprint)"),
    }  # fmt: skip


def test_malformed_names_and_days_of_a_dataset_are_named(agency: Agency) -> None:
    raw = archives.archive(
        {
            "Lumo/Terms/2026-08-22T10-30-58Z.md": b"Good",
            "Lumo/Terms/2026-13-22T10-30-58Z.md": b"No such month",
            "Lumo/Terms/2026-08-22.md": b"No zone",
            "../../etc/Terms/2026-08-23T10-30-58Z.md": b"Elsewhere",
            "Lumo/2026-08-23T10-30-58Z.md": b"No type",
        }
    )
    row = imported(agency, looked_at(agency, raw, "lumo.zip"))
    assert sorted(each["where"] for each in row.errors) == [
        "../../etc/Terms/2026-08-23T10-30-58Z.md",
        "Lumo/2026-08-23T10-30-58Z.md",
        "Lumo/Terms/2026-08-22.md",
        "Lumo/Terms/2026-13-22T10-30-58Z.md",
    ]
    assert list(TermsVersion.objects.values_list("text", flat=True)) == ["Good"]


def test_a_malformed_answer_is_named(agency: Agency) -> None:
    raw = b"""[{"id": "a", "fetchDate": "2026-08-22T10:30:58Z", "content": "Good"}, 7, {"id": "b", "content": "x"},
        {"id": "c", "fetchDate": "yesterday", "content": "x"}, {"fetchDate": "2026-08-22T10:30:58", "content": "x"}]"""
    row = looked_at(agency, raw, "lumo.json")
    with pytest.raises(InvalidInput) as caught:
        imported(agency, row)
    assert caught.value.code == "nameless"
    row = imported(agency, row, Choice("", "", "", add_source(actor=agency.lena, publisher="Lumo", title="Terms")))
    assert [each["where"] for each in row.errors] == ["record 2", "record 3", "record 4", "record 5"]
    assert list(TermsVersion.objects.values_list("text", flat=True)) == ["Good"]


def bomb() -> bytes:
    """A pack that announces one small object and inflates to a large one."""
    data = zlib.compress(bytes(packs.LARGEST_OBJECT * 2))
    return b"# v2 git bundle\n" + b"a" * 40 + b" HEAD\n\nPACK" + struct.pack(">II", 2, 1) + b"\x35" + data + b"x" * 20


def announced(size: int) -> bytes:
    """A pack whose one object says that it is so large."""
    head, rest = bytearray([0xB0 | size & 15]), size >> 4
    while rest:
        head.append(rest & 0x7F | (0x80 if rest > 0x7F else 0))
        rest >>= 7
    return (
        b"# v2 git bundle\n"
        + b"a" * 40
        + b" HEAD\n\nPACK"
        + struct.pack(">II", 2, 1)
        + bytes(head)
        + zlib.compress(b"x")
    )


def linked() -> bytes:
    """A zip of a repository with a link and an alternate among its objects."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("HEAD", "ref: refs/heads/main\n")
        link = zipfile.ZipInfo("refs/heads/main")
        link.external_attr = 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")
        zipped.writestr("objects/info/alternates", "/srv/other/objects\n")
        zipped.writestr("hooks/post-checkout", "#!/bin/sh\n")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (bomb(), "larger than it says"),
        (announced(packs.LARGEST_OBJECT + 1), "larger than 20 MiB"),
        (announced(5), "does not match|damaged|larger|no branch|cannot be read|breaks off"),
        (linked(), "no branch"),
        (b"# v2 git bundle\n-" + b"a" * 40 + b" before\n\nPACK", "needs commits that are not in it"),
        (b"# v2 git bundle\n" + b"a" * 40 + b" HEAD\n\nPACK\0\0", "no Git pack"),
        (archives.archive({"README.md": b"Nothing else"}), "no record of terms"),
        (archives.archive({"Lumo/Terms.md": b"A tree without its history"}), "no record of terms"),
        (b'{"id": 1}', "no record with id, fetchDate and content"),
        (b"[" * 100_000, "no JSON"),
    ],
    ids=["bomb", "announced", "lying", "links", "thin", "cut", "empty", "tree", "no record", "nested"],
)
def test_an_archive_that_cannot_be_read_says_why(agency: Agency, raw: bytes, words: str) -> None:
    row = looked_at(agency, raw)
    assert row.state == "failed"
    assert any(each in row.words for each in words.split("|")), row.words
    assert not list((Path(settings.MEDIA_ROOT) / "incoming" / "unpacked").glob("*"))
    with pytest.raises(Conflict):
        import_terms.start_import(actor=agency.lena, row=row, choices=_any(row))


def _any(row: TermsImport) -> list[Choice]:
    row.documents = [LUMO]
    return [Choice(**LUMO, source=None)]


def test_what_is_no_archive_is_not_taken(agency: Agency) -> None:
    folder = Path(settings.MEDIA_ROOT) / "incoming" / "terms"
    before = {*folder.glob("*")}
    with pytest.raises(InvalidInput) as caught:
        looked_at(agency, b"You own the output.")
    assert caught.value.code == "unknown-archive"
    assert not TermsImport.objects.exists()
    assert {*folder.glob("*")} == before


@pytest.mark.parametrize("name", ["alice", "bob", "dora", "ada"])
def test_only_legal_imports(agency: Agency, tmp_path: Path, name: str) -> None:
    raw = shapes(tmp_path)["dataset"]
    row = looked_at(agency, raw)
    actor, events = getattr(agency, name), Event.objects.count()
    calls: list[Any] = [
        lambda: import_terms.upload_archive(actor=actor, chunks=[raw], file_name="a.zip", archive="Lumo"),
        lambda: import_terms.start_import(actor=actor, row=row, choices=[Choice(**LUMO, source=None)]),
        lambda: import_terms.stop_import(actor=actor, row=row),
        lambda: import_terms.resume_import(actor=actor, row=row),
    ]
    for call in calls:
        with pytest.raises(Forbidden):
            call()
    assert (TermsImport.objects.count(), Event.objects.count(), TermsVersion.objects.count()) == (1, events, 0)


def test_choices_are_checked(agency: Agency, tmp_path: Path) -> None:
    repo = made(
        tmp_path,
        Step("Lumo/Terms.md", b"One", BEGIN, "First record of Lumo Terms"),
        Step("Lumo/Policy.md", b"Two", BEGIN, "First record of Lumo Policy"),
    )
    row = looked_at(agency, archives.bundle(repo))
    repo.close()
    source = add_source(actor=agency.lena, publisher="Lumo", title="Terms")
    terms, policy = Choice("Lumo", "Terms", "", source), Choice("Lumo", "Policy", "", source)
    for choices, code in (
        ([], "nothing-chosen"),
        ([terms, policy], "source-twice"),
        ([Choice(**LUMO, source=None)], "not-in-archive"),
    ):
        with pytest.raises(InvalidInput) as caught:
            import_terms.start_import(actor=agency.lena, row=row, choices=choices)
        assert caught.value.code == code
    row.refresh_from_db()
    assert row.state == "ready"
    row = imported(agency, row, terms)
    assert list(TermsVersion.objects.values_list("text", flat=True)) == ["One"]


@pytest.mark.parametrize("there", [False, True])
def test_two_documents_of_one_name_do_not_go_to_one_source_unsaid(agency: Agency, tmp_path: Path, there: bool) -> None:
    repo = made(
        tmp_path,
        Step("Lumo/Terms #imprint.md", b"One", BEGIN, "First record of Lumo Terms"),
        Step("Lumo/Terms (imprint).md", b"Two", BEGIN, "First record of Lumo Terms"),
    )
    row = looked_at(agency, archives.bundle(repo))
    repo.close()
    names = [(each["terms_type"], each["part"]) for each in row.documents]
    assert names == [("Terms", "imprint"), ("Terms (imprint)", "")]
    source = add_source(actor=agency.lena, publisher="Lumo", title="Terms (imprint)") if there else None
    choices = [Choice("Lumo", "Terms", "imprint", source), Choice("Lumo", "Terms (imprint)", "", None)]
    with pytest.raises(InvalidInput) as caught:
        import_terms.start_import(actor=agency.lena, row=row, choices=choices)
    assert caught.value.code == "source-twice"
    row.refresh_from_db()
    assert (row.state, row.runs, TermsSource.objects.count()) == ("ready", 0, int(there))


def test_a_run_that_was_stopped_and_resumed_meanwhile_leaves_the_rest_to_its_successor(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = looked_at(agency, shapes(tmp_path)["bundle"])
    import_terms.start_import(actor=agency.lena, row=row, choices=[Choice(**LUMO, source=None)])
    read, times = importing._read, [0]

    def interrupted(entry: Any) -> Any:
        times[0] += 1
        if times[0] == 6:
            import_terms.stop_import(actor=agency.lena, row=row)
            import_terms.resume_import(actor=agency.lena, row=row)
        return read(entry)

    monkeypatch.setattr(importing, "_read", interrupted)
    drain(limit=1)
    row.refresh_from_db()
    assert (row.state, row.runs, row.position, row.kept) == ("running", 2, 5, 5)
    drain()
    row.refresh_from_db()
    assert (row.state, row.kept, row.again, row.position) == ("done", 18, 2, 20)


def left(job: Job) -> timedelta:
    """How long its lease lasts yet."""
    assert job.lease_until is not None
    return job.lease_until - timezone.now()


def test_an_archive_that_takes_long_to_unpack_keeps_its_lease_and_each_slice_its_time(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, leases, places = [0.0], [], set()
    unbundle = opening.unbundle

    def slow(path: Path, into: Path) -> Path:
        leases.append(left(Job.objects.get(state="running")))
        places.add(into.name)
        clock[0] += 600
        return unbundle(path, into)

    monkeypatch.setattr(opening, "unbundle", slow)
    monkeypatch.setattr("reviews.interchange.importing.time.monotonic", lambda: clock[0])
    row = imported(agency, looked_at(agency, shapes(tmp_path)["bundle"]))
    assert (row.state, row.kept) == ("done", 18)
    assert Job.objects.filter(kind="terms.import").count() == 1, "the time of unpacking is not the slice's"
    assert min(leases) > timedelta(minutes=29)
    assert places == {f"{job.pk}.1" for job in Job.objects.filter(kind__startswith="terms.")}


def test_an_attempt_clears_up_after_its_own_job_alone(agency: Agency, tmp_path: Path) -> None:
    row = looked_at(agency, shapes(tmp_path)["bundle"])
    folder = Path(settings.MEDIA_ROOT) / "incoming" / "unpacked"
    for name in ("one.1", "other.1"):
        (folder / name).mkdir(parents=True)
    with opening.opened(row, "one.2"):
        assert {each.name for each in folder.glob("*")} == {"one.2", "other.1"}
    assert [each.name for each in folder.glob("*")] == ["other.1"]
    (folder / "other.1").rmdir()


def test_the_lease_is_kept_while_entries_are_read_that_nothing_is_written_for(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at(agency, shapes(tmp_path)["json"])
    job = Job.objects.get(kind="terms.look")
    Job.objects.filter(pk=job.pk).update(state="running", lease_until=timezone.now())
    job.refresh_from_db()
    clock = [0.0]
    monkeypatch.setattr("reviews.interchange.importing.time.monotonic", lambda: clock[0])
    entries = importing._renewed(job, iter([Malformed("one", "x"), Malformed("two", "x")]))
    next(entries)
    clock[0] += importing.RENEWED_EVERY + 1
    next(entries)
    assert left(Job.objects.get(pk=job.pk)) > timedelta(seconds=60)


def test_a_stopped_import_goes_on_where_it_was(agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = looked_at(agency, shapes(tmp_path)["bundle"])
    import_terms.start_import(actor=agency.lena, row=row, choices=[Choice(**LUMO, source=None)])
    monkeypatch.setattr("reviews.interchange.importing.SLICE_SECONDS", -1.0)
    drain(limit=5)
    row.refresh_from_db()
    assert (row.state, row.position, row.kept) == ("running", 5, 5)
    import_terms.stop_import(actor=agency.lena, row=row)
    drain()
    row.refresh_from_db()
    assert (row.state, row.position) == ("stopped", 5)
    monkeypatch.undo()
    import_terms.resume_import(actor=agency.lena, row=row)
    drain()
    row.refresh_from_db()
    assert (row.state, row.kept, row.again, row.position) == ("done", 18, 2, 20)
    kinds = set(Event.objects.filter(subject_id=row.pk).values_list("kind", flat=True))
    assert kinds == {"terms.import_started", "terms.import_stopped", "terms.import_resumed", "terms.import_ended"}


def test_a_clone_on_this_machine_is_read_in_its_place(
    agency: Agency, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path).close()
    source = add_source(actor=agency.lena, publisher="lumo", title="Terms of service")
    clone = str(tmp_path / "made.git")
    call_command("import_terms", clone, actor=agency.lena.email)
    assert "Lumo/Terms of Service: 20 records, 18 texts, 2025-11-04 to 2025-11-10" in capsys.readouterr().out
    assert not TermsVersion.objects.exists()
    call_command("import_terms", clone, actor=agency.lena.email, take=["Lumo/Terms of Service"])
    assert "18 kept, 2 were here already, 0 could not be kept: done." in capsys.readouterr().out
    assert TermsVersion.objects.filter(source=source).count() == 18
    for wrong in (
        {"path": clone, "actor": "nobody@example.com"},
        {"path": clone, "actor": agency.bob.email},
        {"path": str(tmp_path), "actor": agency.lena.email},
        {"path": clone, "actor": agency.lena.email, "take": ["Lumo/Nothing"]},
    ):
        with pytest.raises(CommandError):
            call_command("import_terms", wrong.pop("path"), **wrong)
    assert TermsVersion.objects.count() == 18
