"""The pages of a ranking: blind to the last byte while it is open, everything told when it is closed."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from generations.models import Clip, Rendition, Shot
from reviews.actions import ranking_votes, rankings
from reviews.models import Ranking, RankingVote
from tests.people import Agency
from tests.reviews import ranking as some
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db


def telling(clips: list[Clip]) -> set[str]:
    """Every word that would say which take it is."""
    told = {word for clip in clips for word in (str(clip.pk), clip.sha256, clip.original_name, clip.declared_model)}
    told |= {clip.declared_prompt for clip in clips} | {clip.declared_route for clip in clips}
    return {word.lower() for word in told if word} | {
        "sc010",
        "take 1",
        "take 2",
        "take 3",
        "dawn",
        "lighthouse",
        ".mp4",
    }


def leaks(text: str, clips: list[Clip]) -> set[str]:
    return {word for word in telling(clips) if word in text.lower()}


def stands(browser: Client, ranking: Ranking) -> dict[str, Any]:
    answer = browser.get(f"/rankings/{ranking.pk}/judge/", headers={"accept": "application/json"})
    return dict(answer.json())


def test_nothing_that_a_judge_is_sent_says_which_take_it_is(agency: Agency) -> None:
    clips = some.takes(agency)
    for clip in clips:
        world.add_generation(clip, agency, launcher=agency.alice)
    ranking = some.opened(agency, agency.bob, agency.alice, clips=clips)
    for user in (agency.bob, agency.alice):
        browser = logged_in(user)
        pages = [f"/rankings/{ranking.pk}/judge/", f"/rankings/{ranking.pk}/", "/rankings/", "/", "/notices/"]
        pages += [f"/rankings/?project={agency.aurora.pk}"]
        pages = pages[:3] + pages[4:] if user == agency.alice else pages  # alice's home shows the takes of her project
        for path in pages:
            answer = browser.get(path)
            assert (answer.status_code, leaks(answer.content.decode(), clips)) == (200, set()), path
        for path in (f"/api/v1/rankings/{ranking.pk}/", f"/api/v1/rankings/{ranking.pk}/seat/", "/api/v1/rankings/"):
            answer = browser.get(path)
            assert (answer.status_code, leaks(answer.content.decode(), clips)) == (200, set()), path
        for name in ("takes.csv", "votes.csv", "results.json"):
            assert browser.get(f"/rankings/{ranking.pk}/{name}").status_code == 409
        assert browser.get(f"/api/v1/rankings/{ranking.pk}/results/").status_code == 409
        seat = stands(browser, ranking)
        assert leaks(json.dumps(seat), clips) == set()
        for side in seat["pair"]["sides"].values():
            _played(browser, side["src"], clips)
        answer = browser.post(
            f"/rankings/{ranking.pk}/vote/", {"pair": seat["pair"]["id"], "choice": "left", "number": 1},
            headers={"accept": "application/json"},
        )  # fmt: skip
        assert (answer.status_code, leaks(answer.content.decode(), clips)) == (200, set())


def _played(browser: Client, address: str, clips: list[Clip]) -> None:
    """The bytes come, in ranges, and no head of the answer names the file."""
    answer: Any = browser.get(address, headers={"range": "bytes=0-99"})
    heads = " ".join(f"{name}: {value}" for name, value in answer.items())
    assert len(b"".join(answer.streaming_content)) == 100
    assert (answer.status_code, leaks(heads, clips), "disposition" in heads.lower()) == (206, set(), False)


def test_ids_of_takes_tell_neither_their_order_nor_their_age(agency: Agency) -> None:
    ranking = some.opened(agency, clips=some.takes(agency, 6))
    assert all(entry.pk.version == 4 for entry in ranking.entries.all())
    assert all(pair.pk.version == 4 for pair in ranking.pairs.all())


def test_the_review_copy_is_played_where_there_is_one_and_nothing_of_another_ranking(agency: Agency) -> None:
    clips = some.takes(agency, 2)
    ranking = some.opened(agency, clips=clips)
    other = some.opened(agency, clips=clips)
    browser = logged_in(agency.bob)
    entry = ranking.entries.first()
    assert entry is not None
    path = f"/rankings/{ranking.pk}/media/{entry.pk}"
    original = browser.head(f"{path}/video")
    assert original.status_code == 200
    Rendition.objects.create(
        clip=entry.clip, kind="proxy", storage_key=clips[0].storage_key, sha256="a" * 64, size=1, media_type="video/mp4"
    )
    assert browser.head(f"{path}/video").headers["ETag"] != original.headers["ETag"]
    assert {browser.get(f"{path}/{kind}").status_code for kind in ("poster", "original", "sprite")} == {404}
    assert browser.get(f"/rankings/{other.pk}/media/{entry.pk}/video").status_code == 404
    assert logged_in(agency.dora).get(f"{path}/video").status_code == 404


def test_without_scripts_the_buttons_do_the_same(agency: Agency) -> None:
    ranking = some.opened(agency)
    browser = logged_in(agency.bob)
    for number in (1, 2, 3):
        page = browser.get(f"/rankings/{ranking.pk}/judge/").content.decode()
        assert f"{number - 1} of 3" in page
        pair = re.search(r'name="pair" value="([^"]+)"', page)
        assert pair is not None
        fields = {"pair": pair[1], "number": number, "choice": ("left", "skip", "tie")[number - 1]}
        assert browser.post(f"/rankings/{ranking.pk}/vote/", fields).status_code == 302
    assert "Look at the 1 skipped again" in browser.get(f"/rankings/{ranking.pk}/judge/").content.decode()
    assert browser.post(f"/rankings/{ranking.pk}/skipped/").status_code == 302
    assert browser.post(f"/rankings/{ranking.pk}/undo/", {"number": 5}).status_code == 302
    assert [vote.choice for vote in RankingVote.objects.order_by("number")] == [
        "left",
        "skip",
        "tie",
        "withdrawn",
        "withdrawn",
    ]
    assert browser.post(f"/rankings/{ranking.pk}/undo/", {"number": "x"}).status_code == 400


def test_a_ranking_waits_at_home_until_its_judge_has_voted(agency: Agency) -> None:
    ranking = some.opened(agency)
    browser = logged_in(agency.bob)
    link = f'href="/rankings/{ranking.pk}/judge/"'
    assert link in browser.get("/").content.decode()
    assert "compare takes" in browser.get("/notices/").content.decode()
    some.judge_all(ranking, agency.bob)
    assert link not in browser.get("/").content.decode()
    assert "all pairs are answered" in browser.get(f"/rankings/{ranking.pk}/judge/").content.decode()


def test_a_producer_opens_one_from_ticked_takes(agency: Agency) -> None:
    clips = some.takes(agency)
    browser = logged_in(agency.alice)
    new = f"/projects/{agency.aurora.pk}/rankings/new/"
    ticked = browser.get(f"{new}?clip={clips[0].pk}&clip={clips[2].pk}").content.decode()
    assert ticked.count("checked") == 2
    assert browser.get(f"{new}?shot={agency.shot.pk}").content.decode().count("checked") == 3
    fields = {
        "question": "Which?",
        "clips": [str(clip.pk) for clip in clips],
        "judges": [str(agency.bob.pk)],
        "each": "2",
    }
    wrong = browser.post(new, {**fields, "clips": fields["clips"][:1]})
    assert (wrong.status_code, Ranking.objects.count()) == (422, 0)
    assert "Choose 2 to 24 different takes." in wrong.content.decode()
    assert browser.post(new, fields).status_code == 302
    assert Ranking.objects.get().entries.count() == 3


@pytest.mark.long
def test_closed_it_names_takes_and_gives_files(agency: Agency) -> None:
    clips = some.takes(agency, 4)
    Shot.objects.filter(pk=agency.shot.pk).update(code="=SUM(A1)")
    ranking = some.opened(agency, agency.bob, agency.alice, clips=clips)
    some.judge_all(ranking, agency.bob)
    some.judge_all(ranking, agency.alice, lambda shown: "tie" if shown.left.clip.take == 4 else some.by_take(shown))
    browser = logged_in(agency.alice)
    page = f"/rankings/{ranking.pk}/"
    assert browser.post(f"{page}close/").status_code == 302
    assert "Computing the scores" in browser.get(page).content.decode()
    assert 'hx-trigger="every 1s"' in browser.get(page, headers={"hx-request": "true"}).content.decode()
    assert some.compute(ranking) == "succeeded"
    told = browser.get(page).content.decode()
    assert "The takes" in told
    assert "Fleiss" in told
    assert told.index(str(clips[0].pk)) < told.index(str(clips[3].pk))
    assert re.search(rf'data-clip="{clips[0].pk}"[^>]*data-winner', told)
    takes = b"".join(browser.get(f"{page}takes.csv")).decode("utf-8-sig").splitlines()
    assert (len(takes), takes[1].split(",")[:3]) == (5, ["1", "'=SUM(A1) · take 1", str(clips[0].pk)])
    votes = b"".join(browser.get(f"{page}votes.csv")).decode("utf-8-sig").splitlines()
    assert (len(votes), votes[1].startswith("Bob,1,'=SUM")) == (13, True)
    given = browser.get(f"{page}results.json").json()
    assert (given["method"], given["votes"], len(given["takes"])) == ("bradley-terry/binomial-glm/1", 12, 4)
    assert given["scores"] == browser.get(f"/api/v1/rankings/{ranking.pk}/results/").json()["scores"]
    assert browser.get(f"{page}judge/").status_code == 302
    # What is voted after the takes were named is counted, and marked.
    rankings.reopen_ranking(actor=agency.alice, ranking=ranking)
    seat = ranking_votes.seat_of(actor=agency.bob, ranking=ranking)
    ranking_votes.undo(actor=agency.bob, ranking=ranking, number=seat.next_number)
    some.judge_all(ranking, agency.bob)
    seat = ranking_votes.seat_of(actor=agency.bob, ranking=ranking)
    ranking_votes.undo(actor=agency.bob, ranking=ranking, number=seat.next_number)
    some.judge_all(ranking, agency.bob)  # said twice, it is one vote that stands
    rankings.close_ranking(actor=agency.alice, ranking=ranking)
    assert "is computed" not in browser.get(page).content.decode()
    assert some.compute(ranking) == "succeeded"
    assert "1 vote came after the takes had been named" in browser.get(page).content.decode()
