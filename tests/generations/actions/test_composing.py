"""Prompts from kept words and variables: what is written, what is remembered, and what a launch takes of it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations import catalog
from generations.actions import kept_words, launches, linting
from generations.actions.composing import Draft, DraftShot, compose, compose_prompt, draft_of, start_prompts
from generations.actions.kept_words import Words, archive_words, keep_words, revise_words
from generations.actions.prompts import write_prompt
from generations.actions.suggestions import suggestions
from generations.models import Character, KeptVersion, KeptWords, Membership, Project, Prompt, Reference, Shot
from generations.pipeline.remote import request_for
from generations.providers import kling_orders
from generations.web.workbench_form import KeptWordsForm
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import AppendOnlyViolation
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.people import Agency, project, provider_account, user

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def _keep(agency: Agency, text: str, *, sort: str = "snippet", name: str = "golden", **more: object) -> KeptWords:
    kind = {"snippet": "light", "template": "other", "sheet": "character"}[sort]
    words = Words(text, **more)  # type: ignore[arg-type]
    return keep_words(actor=agency.alice, client=agency.north, sort=sort, kind=kind, name=name, words=words)


def _picture(agency: Agency, where: Project, number: int) -> Reference:
    return Reference.objects.create(
        project=where, kind="image", sha256=f"{number:064x}", size=9, media_type="image/png", storage_key="k",
        width=1280, height=720, source="Us", rights="Ours", created_by=agency.alice,
    )  # fmt: skip


def test_a_prompt_remembers_exactly_what_it_used(agency: Agency) -> None:
    golden = _keep(agency, "low sun, {{haze}}", defaults={"haze": "thin haze"})
    draft = Draft(
        "{{subject}} at {{time|dawn}}, {{snippet:golden}}", "no {{subject}} twice", values={"subject": "A pier"}
    )
    first = compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft, parent=agency.prompt)
    revise_words(actor=agency.alice, kept=golden, words=Words("hard sun"))
    second = compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft_of(first), parent=first)
    assert (first.text, first.negative) == ("A pier at dawn, low sun, thin haze", "no A pier twice")
    assert second.text == "A pier at dawn, hard sun"
    assert first.source["values"] == {"subject": "A pier", "time": "dawn", "haze": "thin haze"}
    assert draft_of(first).values == {"subject": "A pier"}  # the others are found anew
    assert [[use.version.version for use in each.uses.all()] for each in (first, second)] == [[1], [2]]
    with pytest.raises(AppendOnlyViolation):
        KeptVersion.objects.update(text="other")
    archive_words(actor=agency.alice, kept=golden)
    with pytest.raises(InvalidInput, match="There is no snippet:golden here"):
        compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft_of(second))
    pinned = compose(
        actor=agency.alice, project=agency.aurora, draft=Draft("{{snippet:golden@1}}", values={"haze": "fog"})
    )
    assert (pinned.text, pinned.problems) == ("low sun, fog", ())


def test_what_is_missing_is_named_and_nothing_is_written(agency: Agency) -> None:
    draft = Draft("{{who}} in {{where}}, {{snippet:none}}", shots=[DraftShot("{{what}}", 2)])
    with pytest.raises(InvalidInput) as refused:
        compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft)
    assert [each["name"] for each in refused.value.reasons] == ["who", "where", "snippet:none", "what"]
    with pytest.raises(Forbidden):
        compose_prompt(actor=agency.lena, shot=agency.shot, draft=Draft("Mine"))
    assert Prompt.objects.count() == 1


def test_braces_in_words_written_as_they_are_mean_nothing(agency: Agency) -> None:
    plain = write_prompt(actor=agency.alice, shot=agency.shot, text="A sign says {{open}} and { this")
    assert (plain.text, plain.source) == ("A sign says {{open}} and { this", {})
    again = compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft_of(plain), parent=plain)
    assert again.text == plain.text


def test_kept_words_of_another_client_do_not_exist(agency: Agency) -> None:
    sam = user("sam", kind=agency.alice.kind)  # type: ignore[arg-type]
    south = project(agency.south, "SUD", sam, sam)
    theirs = keep_words(
        actor=sam, client=agency.south, sort="snippet", kind="brand", name="secret", words=Words("theirs")
    )
    everybody = keep_words(actor=sam, sort="snippet", kind="brand", name="house", words=Words("everybody’s"))
    found = compose(actor=agency.alice, project=agency.aurora, draft=Draft("{{snippet:secret}} {{snippet:house}}"))
    assert [each.name for each in found.problems] == ["snippet:secret"]
    assert set(KeptWords.objects.visible_to(agency.alice)) == {everybody}
    assert not KeptWords.objects.visible_to(agency.dora).exists()
    with pytest.raises(NotFound):
        revise_words(actor=agency.alice, kept=theirs, words=Words("ours"))
    with pytest.raises(NotFound):
        compose(actor=agency.alice, project=south, draft=Draft("x"))
    with pytest.raises(Conflict):
        keep_words(actor=agency.alice, sort="snippet", kind="brand", name="house", words=Words("mine"))
    with pytest.raises(InvalidInput, match="would hold itself"):
        _keep(agency, "{{snippet:self}}", name="self")
    assert theirs.versions.count() == 1
    assert set(KeptWords.objects.all()) == {theirs, everybody}


def test_a_template_starts_prompts_for_many_shots_all_or_none(agency: Agency) -> None:
    other = Shot.objects.create(project=agency.aurora, code="SC020", title="Noon", created_by=agency.alice)
    shots = [DraftShot("{{subject}} wakes", 2), DraftShot("{{subject}} runs", 3)]
    kept = _keep(agency, "{{shot-code}} {{shot-title}}: {{subject}}", sort="template", name="spot", shots=shots)
    version = kept.versions.select_related("kept").get()
    with pytest.raises(InvalidInput):
        start_prompts(actor=agency.alice, template=version, shots=[agency.shot, other], values={})
    assert Prompt.objects.count() == 1
    made = start_prompts(actor=agency.alice, template=version, shots=[agency.shot, other], values={"subject": "Otto"})
    assert [each.text for each in made] == [
        "SC010-SH010 Dawn: Otto\nShot 1 (2 s): Otto wakes\nShot 2 (3 s): Otto runs",
        "SC020 Noon: Otto\nShot 1 (2 s): Otto wakes\nShot 2 (3 s): Otto runs",
    ]
    assert [use.version for use in made[1].uses.all()] == [version]


def test_a_template_of_another_client_is_none_here(agency: Agency) -> None:
    Membership.objects.create(project=agency.borealis, user=agency.alice)
    theirs = keep_words(
        actor=agency.alice, client=agency.south, sort="template", name="spot", words=Words("x", defaults={"who": "Ida"})
    )
    version = theirs.versions.select_related("kept").get()
    draft = Draft("{{who}} wakes")
    with pytest.raises(NotFound):
        compose(actor=agency.alice, project=agency.aurora, draft=draft, template=version)
    with pytest.raises(NotFound):
        compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft, template=version)
    assert Prompt.objects.count() == 1


def test_the_next_version_begins_with_what_was_given_and_with_what_the_template_brought(agency: Agency) -> None:
    words = "{{shot-title}}: {{who}} at {{time}}, {{place|the pier}}"
    kept = _keep(agency, words, sort="template", name="spot", defaults={"time": "dawn"})
    draft = Draft(words, values={"who": "Otto"})
    template = kept.versions.select_related("kept").get()
    first = compose_prompt(actor=agency.alice, shot=agency.shot, draft=draft, template=template)
    assert draft_of(first).values == {"who": "Otto", "time": "dawn"}
    Shot.objects.filter(pk=agency.shot.pk).update(title="Noon")
    shot = Shot.objects.get(pk=agency.shot.pk)
    second = compose_prompt(actor=agency.alice, shot=shot, draft=draft_of(first), parent=first)
    assert (first.text, second.text) == ("Dawn: Otto at dawn, the pier", "Noon: Otto at dawn, the pier")
    older = Prompt(source={key: said for key, said in first.source.items() if key != "given"})
    assert draft_of(older).values == first.source["values"]


def test_shots_are_sent_in_the_models_own_form_or_written_into_the_text(agency: Agency) -> None:
    shots = [DraftShot("Otto wakes; he yawns", 2), DraftShot("Otto runs", 3)]
    prompt = compose_prompt(actor=agency.alice, shot=agency.shot, draft=Draft("Otto’s day", shots=shots))
    order: dict[str, Any] = {"actor": agency.alice, "prompt": prompt, "params": {"size": "1280x720"}}
    kling, sora = provider_account(route="sandbox-kling"), provider_account()
    kling.dialect = "kling"
    kling.save()
    made = launches.launch_generation(account=kling, model="kling-3.0", **order)
    assert (made.params["seconds"], [each["seconds"] for each in made.params["shots"]]) == (5, [2, 3])
    assert (
        kling_orders.order(request_for(made))[1]["prompt"] == "shot 1, 2, Otto wakes, he yawns; shot 2, 3, Otto runs;"
    )
    row = catalog.capability("sandbox-kling", "kling-3.0", "text_to_video")
    assert linting.fit(prompt.text, shots, row).length.count == len(
        "shot 1, 2, Otto wakes, he yawns; shot 2, 3, Otto runs;"
    )
    uneven = launches.preview(
        account=kling,
        model="kling-3.0",
        mode="text_to_video",
        **{**order, "params": {"size": "1280x720", "seconds": 6}},
    )
    assert [each.code for each in uneven.refusals] == ["shots-sum"]
    order["params"] = {"size": "1280x720", "seconds": 4}
    told = launches.preview(account=sora, model="sora-2", mode="text_to_video", **order)
    assert "The shots written into the prompt last 5 s together; the clip will last 4 s." in told.warnings
    plain = launches.launch_generation(account=sora, model="sora-2", **order)
    assert request_for(plain).prompt == "Otto’s day\nShot 1 (2 s): Otto wakes; he yawns\nShot 2 (3 s): Otto runs"
    assert "shots" not in plain.params


def test_a_sheet_brings_its_words_and_files_into_every_project_of_the_client(agency: Agency) -> None:
    about = {
        "kind": "image",
        "size": 9,
        "media_type": "image/png",
        "storage_key": "k",
        "source": "Us",
        "rights": "Ours",
    }
    picture = Reference.objects.create(
        project=agency.aurora, sha256="1" * 64, width=1280, height=720, created_by=agency.alice, **about
    )
    later = project(agency.north, "LATER", agency.alice, agency.alice)
    shot = Shot.objects.create(project=later, code="SC1", created_by=agency.alice)
    _keep(agency, "Otto, a sea otter", sort="sheet", name="otto", references=[(picture, "reference")])
    prompt = compose_prompt(actor=agency.alice, shot=shot, draft=Draft("{{sheet:otto}} dives"))
    brought = Reference.objects.get(project=later)
    assert (prompt.text, brought.sha256, brought.rights) == ("Otto, a sea otter dives", "1" * 64, "Ours")
    account = provider_account(route="sandbox-kling")
    taken = {
        mode: suggestions(prompt, catalog.capability("sandbox-kling", model, mode), account).references
        for model, mode in (
            ("kling-3.0-omni", "reference_to_video"),
            ("kling-3.0", "image_to_video"),
            ("kling-3.0", "text_to_video"),
        )
    }
    assert taken == {
        "reference_to_video": ((brought, "reference"),), "image_to_video": ((brought, "first_frame"),), "text_to_video": (),
    }  # fmt: skip
    Reference.objects.filter(pk=brought.pk).update(archived_at=brought.created_at)
    row = catalog.capability("sandbox-kling", "kling-3.0", "image_to_video")
    assert suggestions(prompt, row, account).references == ()  # what is put away is given to no new launch
    compose_prompt(actor=agency.alice, shot=shot, draft=Draft("{{sheet:otto}} sleeps"))
    assert Reference.objects.count() == 2
    with pytest.raises(NotFound):
        stranger = Reference.objects.create(project=agency.borealis, sha256="2" * 64, created_by=agency.ada, **about)
        _keep(agency, "Ida", sort="sheet", name="ida", references=[(stranger, "")])
    assert not KeptWords.objects.filter(name="ida").exists()


def test_who_revises_a_sheet_keeps_what_others_put_in_it(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    aura = project(agency.north, "AURA", agency.alice, agency.alice)
    ours, more, hidden = (_picture(agency, where, at) for at, where in enumerate((agency.aurora, agency.aurora, aura)))
    about = {"account": provider_account(), "state": "ready", "created_by": agency.alice}
    ida = Character.objects.create(project=aura, reference=hidden, name="Ida", **about)
    otto = Character.objects.create(project=agency.aurora, reference=ours, name="Otto", **about)
    files = [(hidden, "style"), (ours, "reference")]
    sheet = _keep(agency, "Otto", sort="sheet", name="otto", references=files, characters=[ida, otto])
    ben = user("ben", Kind.PRODUCER)
    Membership.objects.create(project=agency.aurora, user=ben)
    Character.objects.update(state="failed")
    form = KeptWordsForm(user=ben, sort="sheet", kept=sheet, version=sheet.versions.get())
    assert [row for row, role in form.references if role != "none"] == [ours]
    assert [*form.fields["characters"].queryset] == [otto]  # type: ignore[attr-defined]  # it has him, ready or not
    said = revise_words(actor=ben, kept=sheet, words=Words("Otto!", references=[(more, "")], characters=[otto]))
    assert [(each.reference or each.character, each.role) for each in said.parts.all()] == [
        (more, ""), (otto, ""), (hidden, "style"), (ida, ""),
    ]  # fmt: skip
    monkeypatch.setattr(kept_words, "MOST_PARTS", 3)
    with pytest.raises(InvalidInput, match="you do not see 2 of those that it has"):
        revise_words(actor=ben, kept=sheet, words=Words("Otto", references=[(more, ""), (ours, "")]))
    with pytest.raises(NotFound):
        revise_words(actor=ben, kept=sheet, words=Words("Otto", characters=[ida]))
    emptied = revise_words(actor=agency.alice, kept=sheet, words=Words("Otto"))
    assert not emptied.parts.exists()  # she sees all of it


def test_a_sheet_costs_the_same_queries_for_few_files_and_for_many(agency: Agency) -> None:
    pictures, counts = [_picture(agency, agency.aurora, at) for at in range(6)], []
    sheet = _keep(agency, "Otto", sort="sheet", name="otto")
    for number in (1, 6):
        with CaptureQueriesContext(connection) as queries:
            words = Words("Otto", references=[(each, "") for each in pictures[:number]])
            revise_words(actor=agency.alice, kept=sheet, words=words)
        counts.append(len(queries))
    assert counts[0] == counts[1]
