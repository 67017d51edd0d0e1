"""The prompt workbench by its pages: a draft and what is said of it, versions, kept words, names; and what a take shows."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generations.actions import launches
from generations.models import KeptWords, KnownName, Prompt, Reference, Shot
from tests.people import Agency, project, provider_account

pytestmark = pytest.mark.django_db
NEW = {"name": "golden", "kind": "light", "text": "low sun, {{haze}}", "defaults": "haze = thin haze"}


@pytest.fixture
def visit(agency: Agency) -> Client:
    """Alice's."""
    made = Client()
    made.force_login(agency.alice)
    return made


def _page(visit: Client, name: str, *args: Any, **query: str) -> str:
    answer = visit.get(reverse(f"generations:{name}", args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_words_are_kept_used_and_shown_with_the_take(agency: Agency, visit: Client) -> None:
    visit.post("/kept-words/new/snippet/", {**NEW, "place": f"client:{agency.north.pk}"})
    kept = KeptWords.objects.get()
    written = {
        "text": "{{subject}} at dawn, {{snippet:golden}}",
        "value-subject": "A pier <b>",
        "parent": str(agency.prompt.pk),
    }
    new = reverse("generations:prompt-new", args=[agency.shot.pk])
    refused = visit.post(new, {**written, "value-subject": ""})
    assert "Give subject a value, or take {{subject}} out." in refused.content.decode()
    assert Prompt.objects.count() == 1
    assert visit.post(new, written).status_code == 302
    prompt = Prompt.objects.get(version=2)
    assert prompt.text == "A pier <b> at dawn, low sun, thin haze"
    order: dict[str, Any] = {
        "account": provider_account(),
        "model": "sora-2",
        "params": {"seconds": 4, "size": "1280x720"},
    }
    made = launches.launch_generation(actor=agency.alice, prompt=prompt, **order)
    shown = _page(visit, "generation", made.pk)
    assert "A pier &lt;b&gt; at dawn, low sun, thin haze" in shown
    assert "{{subject}} at dawn, {{snippet:golden}}" in shown
    assert f"/kept-words/{kept.pk}/?to=1#v1" in shown
    assert "SC010-SH010, version 2" in _page(visit, "kept", kept.pk)
    visit.post(f"/kept-words/{kept.pk}/change/", {"text": "hard sun", "defaults": "", "note": "Client said so"})
    changed = _page(visit, "kept", kept.pk)
    assert ("Client said so" in changed, "<del>" in changed, kept.versions.count()) == (True, True, 2)
    visit.post(f"/kept-words/{kept.pk}/archive/")
    assert "There is no snippet:golden here" in visit.post(new, written).content.decode()
    assert Prompt.objects.count() == 2


def test_kept_words_and_a_sheets_files_are_found_among_many(
    agency: Agency, visit: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.web.workbench_form.REFERENCES_SHOWN", 1)
    sheet = {"kind": "character", "text": "Low voice", "place": f"client:{agency.north.pk}"}
    for sort, said in (("sheet", {**sheet, "name": "otto"}), ("snippet", {**NEW, "place": "hub"})):
        visit.post(f"/kept-words/new/{sort}/", said)
    for q, names in (("low", {"otto", "golden"}), ("low otto", {"otto"}), ("SUN golden", {"golden"}), ("dawn", set())):
        listed = visit.get("/kept-words/", {"q": q}).context["page"].items
        assert {each.name for each in listed} == names
    other = project(agency.north, "AURA", agency.alice, agency.alice)
    about: dict[str, Any] = {"kind": "image", "size": 1, "media_type": "image/png", "storage_key": "k", "source": "-"}
    files = [
        Reference.objects.create(
            project=where, sha256=f"{number:064x}", original_name=name, rights="-", created_by=agency.alice, **about
        )
        for where, number, name in (
            (agency.aurora, 1, "pier.png"), (other, 1, "pier.png"), (other, 2, "otto.png"), (other, 3, "rain.png"),
        )
    ]  # fmt: skip
    page = f"/kept-words/{KeptWords.objects.get(name='otto').pk}/change/"
    form = visit.get(page).context["form"]
    assert ([row for row, _ in form.references], form.more) == ([files[3]], True)
    found = visit.post(page, {"find": "1", "q": "pier", f"role-{files[2].pk}": "subject"}).context["form"]
    assert (found.references, found.more) == ([(files[2], "subject"), (files[1], "none")], False)
    assert KeptWords.objects.get(name="otto").versions.count() == 1


def test_a_draft_is_looked_through_while_it_is_written(agency: Agency, visit: Client) -> None:
    provider_account()
    provider_account(route="sandbox-kling")
    check = reverse("generations:prompt-check", args=[agency.shot.pk])
    rows = ["sandbox/sandbox/sora-2/text_to_video", "sandbox/sandbox-kling/kling-3.0/text_to_video"]
    draft = {"text": "{{who}} and a child meet Tom Hanks", "models": rows, "names": "", "value-who": "x" * 1900}
    draft |= {"shots-0-words": "They wave", "shots-0-seconds": "2"}
    said = visit.post(check, draft).content.decode()
    told = [
        "Somebody under 18 is depicted",
        "“Tom Hanks” looks like a name",
        "OpenAI’s video guide".replace("’", "&#x27;"),
    ]
    told += [
        "the shots are written into the text",
        "The shots last 2 s together",
        "only the shots are sent",
        'id="values"',
    ]
    assert [each for each in told if each not in said] == []
    again = visit.post(check, {**draft, "names": "who "}).content.decode()
    assert 'id="values"' not in again
    wrong = visit.post(check, {"text": "{{open", "shots-0-words": "They wave"}).content.decode()
    assert "are never closed" in wrong and "Shot 1: give its length in whole seconds." in wrong
    lengthless = {"text": "A pier", "shots-0-words": "It is {{time}}", "names": "time ", "value-time": "dawn"}
    said = visit.post(check, lengthless).content.decode()
    assert ('id="values"' in said, "It is dawn" in said) == (False, True)
    cut = visit.post(check, {**lengthless, "shots-0-words": "It"}).content.decode()
    assert '<input type="hidden" name="value-time" value="dawn">' in cut
    assert Prompt.objects.count() == 1


def test_versions_show_their_lineage_and_what_differs(agency: Agency, visit: Client) -> None:
    new = reverse("generations:prompt-new", args=[agency.shot.pk])
    for text in ("A lighthouse at dusk", "A lighthouse at noon, gulls"):
        visit.post(new, {"text": text, "parent": str(agency.prompt.pk)})
    shown = _page(visit, "prompts", agency.shot.pk)
    assert 'aria-label="Version 3, 0 takes, from version 1"' in shown
    assert shown.count('class="lineage__edge"') == 2
    assert '<del><span class="visually-hidden">Left out: </span>dawn</del>' in shown
    other = _page(visit, "prompts", agency.shot.pk, **{"from": "2", "to": "3"})
    assert '<ins><span class="visually-hidden">Added: </span>noon, gulls</ins>' in other
    odd = _page(visit, "prompts", agency.shot.pk, **{"from": "99", "to": "no"})
    assert len(compared := odd.partition('id="compare"')[2].partition("<footer")[0]) > 1_000
    assert compared in shown


def test_a_version_that_is_older_than_those_shown_is_shown_when_asked_for(
    agency: Agency, visit: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.web.workbench.VERSIONS_SHOWN", 1)
    Prompt.objects.create(shot=agency.shot, version=2, text="A lighthouse at noon", created_by=agency.alice)
    assert 'id="v1"' not in _page(visit, "prompts", agency.shot.pk)
    assert 'id="v1"' in _page(visit, "prompts", agency.shot.pk, version="1")


def test_a_template_starts_prompts_for_chosen_shots(agency: Agency, visit: Client) -> None:
    other = Shot.objects.create(project=agency.aurora, code="SC020", created_by=agency.alice)
    body = {"name": "spot", "kind": "other", "place": f"client:{agency.north.pk}", "text": "{{shot-code}}: {{subject}}"}
    visit.post(
        "/kept-words/new/template/", {**body, "defaults": "", "shots-0-words": "It wakes", "shots-0-seconds": "3"}
    )
    kept = KeptWords.objects.get()
    start = reverse("generations:kept-start", args=[kept.pk, agency.aurora.pk])
    assert 'name="value-subject"' in visit.get(start).content.decode()
    chosen = {"shots": [str(agency.shot.pk), str(other.pk)]}
    assert "Give subject a value" in visit.post(start, chosen).content.decode()
    assert Prompt.objects.count() == 1
    assert visit.post(start, {**chosen, "value-subject": "A buoy"}).status_code == 302
    assert Prompt.objects.get(shot=other).text == "SC020: A buoy\nShot 1 (3 s): It wakes"
    begun = _page(visit, "prompt-new", other.pk, template=str(kept.versions.get().pk))
    assert "{{shot-code}}: {{subject}}" in begun
    assert "It wakes" in begun


def test_names_are_kept_per_client(agency: Agency, visit: Client) -> None:
    names = reverse("generations:names", args=[agency.north.pk])
    visit.post(names, {"name": "Mira Holm", "sort": "person", "needs_release": "yes"})
    assert "needs a release" in visit.get(names).content.decode()
    name = KnownName.objects.get()
    visit.post(f"/names/{name.pk}/change/", {"needs_release": "no"})
    assert "free to use" in visit.get(names).content.decode()
    visit.post(f"/names/{name.pk}/change/", {"archive": "yes"})
    assert "No names yet" in visit.get(names).content.decode()


def test_the_api_renders_writes_compares_and_keeps_old_input_working(agency: Agency, visit: Client) -> None:
    def post(path: str, **body: Any) -> Any:
        return visit.post(f"/api/v1/{path}", body, content_type="application/json")

    shot, client = str(agency.shot.pk), str(agency.north.pk)
    plain = post("prompts/", shot=shot, text="A sign says {{open}}")
    assert (plain.status_code, plain.json()["text"], plain.json()["written"]) == (201, "A sign says {{open}}", None)
    snippet = post("snippets/", client=client, name="golden", kind="light", text="low sun").json()
    dry = post(
        "prompts/render/",
        shot=shot,
        source="{{who}}, {{snippet:golden}}",
        models=["sandbox/sandbox/sora-2/text_to_video"],
    ).json()
    assert (dry["text"], dry["problems"][0]["name"], dry["fits"][0]["fits"]) == ("{{who}}, low sun", "who", True)
    refused = post("prompts/", shot=shot, source="{{who}}")
    assert (refused.status_code, refused.json()["code"]) == (400, "variables-missing")
    both = post("prompts/", shot=shot, source="x", text="x")
    assert both.status_code == 400
    made = post(
        "prompts/", shot=shot, source="{{who}}, {{snippet:golden}}", values={"who": "Otto"}, parent=plain.json()["id"]
    ).json()
    assert (made["text"], made["uses"][0]["name"], made["written"]["values"]) == (
        "Otto, low sun",
        "golden",
        {"who": "Otto"},
    )
    differs = visit.get(f"/api/v1/prompts/{made['id']}/difference/", {"against": plain.json()["id"]}).json()
    assert [piece["kind"] for piece in differs["text"]] == ["removed", "added"]
    post(f"snippets/{snippet['id']}/revise/", text="hard sun")
    rows = visit.get("/api/v1/snippets/", {"client": client, "archived": "false"}).json()["results"]
    assert [version["text"] for version in rows[0]["versions"]] == ["hard sun", "low sun"]
    template = post(
        "templates/", client=client, name="spot", text="{{shot-title}}", shots=[{"prompt": "It wakes", "seconds": 3}]
    ).json()
    started = post(f"templates/{template['id']}/start/", shots=[shot])
    assert [each["shots"] for each in started.json()] == [[{"prompt": "It wakes", "seconds": 3}]]
    assert Prompt.objects.count() == 4
