"""A provider's invoice as people reconcile it: read, matched, corrected in the journal, and reconciled to the last unit."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from generations.actions import invoices as acts
from generations.actions import reconciling
from generations.models import Generation, Invoice, InvoiceLine, InvoiceRuling, ProviderAccount, SpendEntry, State
from generations.pipeline import invoicing, money
from generations.pipeline.bookkeeping import faults
from generations.pipeline.invoice_file import START, opening
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, InvalidInput
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account

pytestmark = [pytest.mark.django_db, pytest.mark.core]
NOON = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
HEAD = "Datum;Task ID;Beschreibung;Model;Betrag;Currency\n"
COMMA = {"date": "Datum", "remote_id": "Task ID", "description": "Beschreibung", "model": "Model", "amount": "Betrag",
         "currency": "Currency", "decimal": "comma", "dates": "dmy", "charges": "positive"}  # fmt: skip
Ended = Callable[..., Generation]


@pytest.fixture
def ended(agency: Agency, account: ProviderAccount) -> Ended:
    """Make a generation that ended and cost something, by the journal's own hand."""

    def make(remote: str, micro: int | None, *, at: dt.datetime = NOON, model: str = "sora-2") -> Generation:
        row = Generation.objects.create(
            project=agency.aurora, prompt=agency.prompt, account=account, model=model, state=State.FAILED, remote_id=remote,
            capability_version="sandbox@1", estimate_micro=400_000, created_by=agency.alice, finished_at=at,
        )  # fmt: skip
        money.reserve(row, "4 s")
        if micro is not None:
            money.settle(row, "told", amount_micro=micro, currency="USD")
        return row

    return make


def brought_in(browser: Browser, account: ProviderAccount, text: str, number: str = "R-1", **more: str) -> Invoice:
    """Upload, name the columns, and read it, as a person does."""
    file = SimpleUploadedFile("march.csv", text.encode("cp1252"))
    answer = browser.post(
        "/invoices/new/", {"account": account.pk, "number": number, "currency": "USD", "file": file, **more}
    )
    assert answer.status_code == 302, answer.context["form"].errors
    found = Invoice.objects.filter(number=number, account=account).order_by("-id")[0]
    assert browser.post(f"/invoices/{found.pk}/columns/", COMMA).status_code == 302
    drain()
    found.refresh_from_db()
    return found


def counts(invoice: Invoice) -> dict[str, int]:
    return {name: many for name, many in reconciling.standing(invoice).counts.items() if many}


def test_an_invoice_is_read_matched_corrected_and_reconciled(
    agency: Agency, login: Login, account: ProviderAccount, ended: Ended
) -> None:
    """By id, by model, time and amount; decimal commas, thousands, a credit in brackets, a row of totals, one that is no amount."""
    ended("v-1", 1_250_000)
    wrong, silent = ended("v-2", 400_000), ended("v-3", 2_000_000, at=NOON + dt.timedelta(hours=1), model="sora-2-pro")
    lost, left_out = ended("v-4", None), ended("v-5", 700_000)
    text = HEAD + (
        "05.03.2026 12:00;v-1;Übertrag;sora-2;1,25 USD;USD\n05.03.2026;v-2;Video;sora-2;1.234,50;USD\n"
        "05.03.2026;v-2;Gutschrift;sora-2;(1.234,00);USD\n05.03.2026 13:01;;Video;Sora 2 Pro;2,00;\n"
        "05.03.2026;v-4;Video;sora-2;0,40;\n05.03.2026;v-9;Fremd;sora-2;9,00;\n06.03.2026;v-8;;;viel;\n;;;;;\nSumme;;;;13,15;\n"
    )  # fmt: skip
    browser = login(agency.ada)
    found = brought_in(browser, account, text)
    assert (found.state, found.refused, found.errors[0]["row"]) == ("read", 1, 8)
    assert (found.starts_on, found.ends_on, found.stated_micro) == (
        dt.date(2026, 3, 5),
        dt.date(2026, 3, 5),
        13_150_000,
    )
    assert counts(found) == {"agrees": 2, "differs": 3, "unknown": 1, "missing": 1}
    assert InvoiceLine.objects.get(found="near").generation == silent
    page = browser.get(f"/invoices/{found.pk}/")
    assert [apart for _, _, _, apart in page.context["lines"]] == ["+0.10 USD", "+0.10 USD", "+0.40 USD"]
    assert "The invoice’s own total is another" not in page.content.decode()

    rule = f"/invoices/{found.pk}/rule/"
    before = SpendEntry.objects.count()
    every = [str(line.pk) for line in found.lines.all()]
    refused = browser.post(rule, {"verb": "settle", "chosen": every, "reason": "", "show": "differs"})
    assert (SpendEntry.objects.count(), InvoiceRuling.objects.count()) == (before, 0)
    assert (refused.status_code, refused.content.decode().count(" checked")) == (422, 3), "what was ticked is still"
    told = browser.post(
        rule, {"verb": "link", "chosen": every, "generation": "v-5", "reason": "theirs", "show": "unknown"}
    )
    assert 'value="theirs"' in told.content.decode(), "several lines are for no one generation"
    browser.post(rule, {"verb": "settle-all", "reason": "as billed"})
    drain()
    wrong.refresh_from_db()
    lost.refresh_from_db()
    assert (wrong.settled_micro, lost.settled_micro, money.reserved_of(lost)) == (500_000, 400_000, 0)
    said = wrong.spend.get(kind="corrected")
    assert (said.basis, said.amount_micro, said.actor) == ("Invoice R-1: as billed", 100_000, agency.ada)
    strange = found.lines.get(remote_id="v-9")
    browser.post(rule, {"verb": "not_ours", "chosen": str(strange.pk), "reason": "another team’s key"})
    browser.post(rule, {"verb": "leave-missing", "chosen": str(left_out.pk), "reason": "billed in April"})
    assert counts(found) == {"agrees": 5, "not_ours": 1}
    assert reconciling.standing(found).open == 1, "the row that could not be read"
    assert faults() == []
    assert Event.objects.filter(kind="invoice.ruled").count() == 2
    browser.post(rule, {"verb": "reopened", "chosen": str(strange.pk), "reason": "it is ours"})
    browser.post(rule, {"verb": "link", "chosen": str(strange.pk), "generation": "v-5", "reason": "told by them"})
    assert counts(found) == {"agrees": 5, "differs": 1}


def test_the_same_file_or_number_is_known_again_and_a_withdrawn_one_makes_room(
    agency: Agency, login: Login, account: ProviderAccount, ended: Ended
) -> None:
    ended("v-1", 1_250_000)
    browser, text = login(agency.ada), HEAD + "05.03.2026;v-1;Video;sora-2;1,25;USD\n"
    first = brought_in(browser, account, text)
    assert reconciling.standing(first).reconciled
    again = {
        "account": account.pk,
        "number": "R-2",
        "currency": "USD",
        "file": SimpleUploadedFile("b.csv", text.encode()),
    }
    assert "This file is here already, as invoice R-1." in browser.post("/invoices/new/", again).content.decode()
    assert Invoice.objects.count() == 1
    changed = SimpleUploadedFile("c.csv", (text + "05.03.2026;v-7;Video;sora-2;1,00;USD\n").encode())
    same_number = browser.post("/invoices/new/", again | {"number": "R-1", "file": changed})
    assert (same_number.status_code, Invoice.objects.count()) == (200, 1)
    browser.post(f"/invoices/{first.pk}/withdraw/", {"reason": "they sent another"})
    second = brought_in(browser, account, text)
    assert counts(second) == {"agrees": 1}, "what a withdrawn invoice bills is not billed"
    assert browser.post(f"/invoices/{first.pk}/withdraw/", {"reason": "again"}).status_code == 302
    assert Invoice.objects.get(pk=first.pk).words == "they sent another"


def test_what_is_no_table_no_column_or_not_read_yet_is_refused_and_nothing_is_kept(
    agency: Agency, account: ProviderAccount, tmp_path: Path
) -> None:
    def file(text: str) -> Path:
        path = tmp_path / "invoice.csv"
        path.write_text(text)
        return path

    def add(text: str) -> Invoice:
        return acts.add_invoice(actor=agency.ada, account=account, number="R-1", file=file(text), file_name="a.csv")

    for text in ("", "just words\n", "%PDF-1.7"):
        with pytest.raises(InvalidInput):
            add(text)
    assert Invoice.objects.count() == 0
    made = add("When,Cost\n2026-03-05,1.00\n")
    with pytest.raises(InvalidInput) as wrong:
        acts.read_invoice(actor=agency.ada, invoice=made, layout={"amount": "Price", "decimal": "dot"})
    assert set(wrong.value.fields) == {"amount", "decimal"}
    with pytest.raises(Conflict):
        acts.settle_all(actor=agency.ada, invoice=made, reason="as billed")
    with pytest.raises(DomainError):
        acts.read_invoice(actor=agency.alice, invoice=made, layout={"amount": "Cost"})
    assert (Job.objects.count(), Invoice.objects.get().state) == (0, "new")


def test_several_that_fit_alike_are_left_to_a_person(
    agency: Agency, login: Login, account: ProviderAccount, ended: Ended
) -> None:
    """Two of one price on one day; one of another account, one at another time, one too dear."""
    ended("v-1", 500_000), ended("v-2", 500_000)
    ended("v-3", 900_000, at=NOON + dt.timedelta(days=1))
    text = (
        HEAD
        + "05.03.2026;;Video;sora-2;0,50;\n05.03.2026 12:00;;Video;sora-2;0,90;\n05.03.2026 12:00;;Video;sora-2;0,52;\n"
    )
    assert counts(brought_in(login(agency.ada), account, text)) == {"unknown": 3, "missing": 2}
    other = provider_account()
    assert counts(brought_in(login(agency.ada), other, HEAD + "05.03.2026;v-1;Video;sora-2;0,50;\n", "R-2")) == {
        "unknown": 1
    }


def test_a_reading_that_is_stopped_or_killed_goes_on_where_it_was(
    agency: Agency, account: ProviderAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generations.pipeline import invoicing  # noqa: PLC0415 (its size of a step is made small)

    monkeypatch.setattr(invoicing, "AT_A_TIME", 3)
    path = tmp_path / "long.csv"
    path.write_text("When,Cost\n" + "".join(f"2026-03-05,{number}.00\n" for number in range(10)))
    made = acts.add_invoice(actor=agency.ada, account=account, number="R-1", file=path, file_name="a.csv")
    acts.read_invoice(actor=agency.ada, invoice=made, layout={"amount": "Cost", "date": "When"})
    steps = iter([True, False])
    step = invoicing._step

    def killed_after_one(*args: object) -> bool:
        if not next(steps):
            raise KeyboardInterrupt
        return step(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(invoicing, "_step", killed_after_one)
    with pytest.raises(KeyboardInterrupt):
        drain()
    monkeypatch.setattr(invoicing, "_step", step)
    made.refresh_from_db()
    assert (made.position, made.lines.count()) == (3, 3)
    acts.stop_reading(actor=agency.ada, invoice=made)
    Job.objects.update(state=JobState.QUEUED, lease_until=None)
    drain()
    assert (Invoice.objects.get().state, InvoiceLine.objects.count()) == ("stopped", 3)
    acts.go_on_reading(actor=agency.ada, invoice=made)
    drain()
    made.refresh_from_db()
    assert (made.state, made.percent) == ("read", 100)
    assert [line.amount_micro for line in made.lines.order_by("row")] == [number * 1_000_000 for number in range(10)]


def test_one_stopped_and_gone_on_with_meanwhile_is_read_to_its_end(
    agency: Agency, login: Login, account: ProviderAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that was stopped does not say that all is read."""
    monkeypatch.setattr(invoicing, "AT_A_TIME", 1)
    step, calls = invoicing._step, []

    def stopped_at_the_second(invoice: Invoice, *args: Any) -> bool:
        calls.append(invoice.position)
        if len(calls) != 2:
            return step(invoice, *args)
        acts.stop_reading(actor=agency.ada, invoice=invoice)
        went_on = step(invoice, *args)
        acts.go_on_reading(actor=agency.ada, invoice=invoice)
        return went_on

    monkeypatch.setattr(invoicing, "_step", stopped_at_the_second)
    text = HEAD + "".join(f"05.03.2026;v-{number};;;1,00;\n" for number in range(3))
    found = brought_in(login(agency.ada), account, text)
    assert (found.state, found.position, found.lines.count()) == ("read", 3, 3)


def test_days_at_the_calendars_ends_are_refused_on_invoice_and_line(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser = login(agency.ada)
    text = HEAD + "31.12.9999;v-1;;;1,00;\n01.01.0001;v-2;;;1,00;\n05.03.2026;v-3;;;1,00;\n"
    file = SimpleUploadedFile("march.csv", text.encode())
    asked = {"account": account.pk, "number": "R-9", "currency": "USD", "file": file, "ends_on": "9999-12-31"}
    refused = browser.post("/invoices/new/", asked)
    assert "Give a day from 1990 to 2100." in refused.content.decode()
    assert not Invoice.objects.exists()
    found = brought_in(browser, account, text)
    assert (found.state, found.refused, found.ends_on) == ("read", 2, dt.date(2026, 3, 5))
    assert browser.get(f"/invoices/{found.pk}/").status_code == 200


def test_a_letter_cut_at_the_end_of_what_was_read_does_not_change_the_others() -> None:
    text = "\ufeffBeschreibung;Preis €\n" + "ü;1\n" * START
    for length in range(START, START + 5):
        found = opening(text.encode()[:length])
        assert (found.headings, found.rows[0]) == (["Beschreibung", "Preis €"], ["ü", "1"])
    assert opening("Preis;Größe\n1;é".encode("cp1252")).rows == [["1", "é"]]
