"""What the admin shows to whom: rows by ``visible_to``, in lists, counts, filters, searches and autocomplete alike."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from generations.models import Generation, ProviderAccount, Shot
from sorahub.accounts.actions.tokens import issue_token
from sorahub.accounts.admin.scoped import ScopedAdmin
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs.models import Heartbeat, Job
from sorahub.ledger.models import Event
from tests.admin.conftest import Worlds, logged_in
from tests.people import Agency, user

pytestmark = pytest.mark.django_db
OURS = {"accounts", "generations", "reviews", "jobs", "ledger"}


def listing(model: type[Model]) -> str:
    """The address of a model's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page(row: Model) -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_only_scoped_pages_are_registered() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == OURS
    assert all(isinstance(each, ScopedAdmin) for each in admin.site._registry.values())


def test_a_page_of_another_package_cannot_be_registered() -> None:
    admin.site.register(Group)
    assert not admin.site.is_registered(Group)


def test_a_stranger_is_sent_to_the_hubs_log_in_and_back() -> None:
    answer = Browser().get("/admin/generations/generation/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert "%2Fadmin%2Fgenerations%2Fgeneration%2F" in answer.redirect_chain[-1][0]


@pytest.mark.parametrize("name", ["bob", "lena", "dora", "carol"])
def test_for_people_without_a_place_in_it_there_is_no_admin(agency: Agency, name: str) -> None:
    answer = logged_in(getattr(agency, name)).get("/admin/", follow=True)
    assert answer.status_code == 404


def test_flags_do_not_let_a_guest_in(agency: Agency) -> None:
    User.objects.filter(pk=agency.carol.pk).update(is_staff=True, is_superuser=True)
    assert logged_in(agency.carol).get("/admin/", follow=True).status_code == 404


def test_a_producer_finds_nothing_of_the_other_client(worlds: Worlds) -> None:
    alice = logged_in(worlds.agency.alice)
    for row in worlds.south_rows:
        shown = alice.get(listing(type(row)))
        assert shown.status_code == 200, row
        assert str(row.pk) not in shown.content.decode(), f"{row!r} is listed"
        assert alice.get(page(row)).status_code == 404, f"{row!r} has a page"
        assert alice.post(page(row), {}).status_code == 404
    erik = logged_in(worlds.erik)
    assert [erik.get(page(row)).status_code for row in worlds.south_rows] == [200] * len(worlds.south_rows)


def test_searching_for_the_other_clients_words_finds_nothing(worlds: Worlds) -> None:
    for model, words in ((Generation, "secret lighthouse"), (Shot, "SECRET")):
        seen = {who.pk: logged_in(who).get(listing(model), {"q": words}) for who in (worlds.agency.alice, worlds.erik)}
        counts = {pk: answer.context["cl"].result_count for pk, answer in seen.items()}
        assert counts == {worlds.agency.alice.pk: 0, worlds.erik.pk: 1}


def test_counts_and_facets_are_of_the_rows_in_sight(worlds: Worlds) -> None:
    shown = logged_in(worlds.agency.alice).get(listing(Generation), {"_facets": "True"})
    changelist = shown.context["cl"]
    assert changelist.result_count == 1
    counted = [int(number) for number in re.findall(r"\((\d+)\)", shown.content.decode())]
    assert max(counted) == 1


def test_filters_offer_and_accept_only_what_is_in_sight(worlds: Worlds) -> None:
    Generation.objects.create(
        project=worlds.agency.aurora, prompt=worlds.agency.prompt, account=worlds.generation.account, model="sora-2",
        capability_version="1", estimate_micro=0, created_by=worlds.agency.alice,
    )  # fmt: skip
    alice = logged_in(worlds.agency.alice)
    shown = alice.get(listing(Generation))
    assert "Borealis" not in shown.content.decode()
    there = alice.get(listing(Generation), {"project__id__exact": str(worlds.agency.borealis.pk)})
    assert there.context["cl"].result_count == 0


def test_autocomplete_offers_only_what_is_in_sight(worlds: Worlds) -> None:
    ask = {"app_label": "generations", "model_name": "prompt", "field_name": "shot", "term": "S"}
    offered = {
        name: {each["text"] for each in logged_in(who).get("/admin/autocomplete/", ask).json()["results"]}
        for name, who in {"alice": worlds.agency.alice, "erik": worlds.erik}.items()
    }
    assert offered == {"alice": {"SC010-SH010 Dawn"}, "erik": {"SECRET-SHOT Dusk"}}


def test_a_verb_does_not_take_the_other_clients_rows(worlds: Worlds) -> None:
    alice = logged_in(worlds.agency.alice)
    launch = reverse("admin:generations_prompt_launch", args=[worlds.south_prompt.pk])
    assert alice.get(launch).status_code == 404
    before = Shot.objects.count()
    answer = alice.post(reverse("admin:generations_shot_add"), {"project": worlds.agency.borealis.pk, "code": "SH99"})
    assert (answer.status_code, Shot.objects.count()) == (200, before)
    assert "Select a valid choice" in answer.content.decode()


def test_the_front_page_adds_up_what_is_in_sight(worlds: Worlds) -> None:
    def figure(who: User) -> list[str]:
        return re.findall(r'panel__figure">([^<]+)<', logged_in(who).get("/admin/").content.decode())

    assert figure(worlds.agency.alice) == ["0.40 USD"]
    assert figure(worlds.erik) == ["7.00 USD"]
    assert figure(worlds.agency.ada) == ["7.40 USD"]


@pytest.mark.parametrize("model", [Job, Heartbeat, Event])
def test_plumbing_and_ledger_exist_for_administrators_only(worlds: Worlds, model: type[Model]) -> None:
    assert logged_in(worlds.agency.alice).get(listing(model)).status_code == 404
    assert logged_in(worlds.agency.ada).get(listing(model)).status_code == 200
    assert listing(model) not in logged_in(worlds.agency.alice).get("/admin/").content.decode()


def test_legal_staff_read_the_ledger_of_their_clients_only(worlds: Worlds) -> None:
    User.objects.filter(pk=worlds.agency.lena.pk).update(is_staff=True)
    shown = logged_in(worlds.agency.lena).get(listing(Event)).context["cl"].queryset
    assert {event.chain.client_id for event in shown} == {worlds.agency.north.pk}
    assert Event.objects.filter(chain__client_id=worlds.agency.south.pk).exists()


def test_keys_and_secrets_are_not_shown_and_cannot_be_guessed(worlds: Worlds) -> None:
    account = ProviderAccount.objects.get()
    ada = logged_in(worlds.agency.ada)
    edit = reverse("admin:generations_provideraccount_edit", args=[account.pk])
    for address in (page(account), listing(ProviderAccount), edit):
        shown = ada.get(address).content.decode()
        for secret in (account.api_key, account.webhook_secret, account.sealed_key, account.sealed_webhook_secret):
            assert secret not in shown
    assert ada.get(listing(ProviderAccount), {"sealed_key__startswith": "g"}).status_code == 400
    assert ada.get(listing(User), {"password__startswith": "m"}).status_code == 400
    assert worlds.agency.alice.password not in ada.get(page(worlds.agency.alice)).content.decode()


def test_two_producers_do_not_see_each_others_tokens(agency: Agency) -> None:
    other = user("frida", Kind.PRODUCER)
    token, secret = issue_token(actor=other, name="render farm", scope="read", days=1)
    assert logged_in(agency.alice).get(page(token)).status_code == 404
    assert logged_in(agency.ada).get(page(token)).status_code == 404
    shown = logged_in(other).get(page(token)).content.decode()
    assert secret not in shown
    assert token.digest not in shown
