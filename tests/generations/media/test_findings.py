"""Marks in words: what a file carries, and what became of it in another. Unknown is neither lost nor kept."""

from typing import Any

import pytest

from generations.media.findings import Findings, fates, lost, story

LABEL = {"source": "tag:AIGC", "label": {"Label": "1", "ProduceID": "v-17"}, "raw": '{"Label": "1"}'}
TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def signed(
    state: str = "present_trusted", *, label: str = "urn:a", below: tuple[str, ...] = (), **more: Any
) -> Findings:
    """A file whose manifest ``label`` has these for ingredients, one below the other."""
    chain = (label, *below)
    manifests: dict[str, Any] = {
        name: {
            "signature_info": {"common_name": f"Signer {name[-1]}"},
            "ingredients": [{"title": "parent.mp4", "relationship": "parentOf", "active_manifest": chain[place + 1]}]
            if place + 1 < len(chain)
            else [],
        }
        for place, name in enumerate(chain)
    }
    said = {
        "report": {"active_manifest": label, "manifests": manifests},
        "trusted_by": "public",
        **more.pop("said", {}),
    }
    return Findings(state, said, **more)


@pytest.mark.parametrize(
    ("before", "after", "state", "words"),
    [
        (signed(), Findings("absent"), "lost", "were present in the source, and were lost in the export of take 1."),
        (signed(), signed(label="urn:b", below=("urn:a",)), "kept", "are kept as an ingredient."),
        (signed(), signed(label="urn:b"), "lost", "not among those that the result carries"),
        (signed(), signed(), "kept", "are there as they were."),
        (signed(), signed("present_invalid"), "lost", "they do not verify any more."),
        (signed(), Findings("not_checked"), "unknown", "could not be checked"),
        (Findings("not_checked"), Findings("absent"), "unknown", "It is not known whether the source had"),
        (Findings("unsupported"), Findings("absent"), "unknown", "It is not known whether the source had"),
        (Findings("absent"), signed(), "none", "The source had no Content Credentials."),
    ],
)
def test_what_became_of_content_credentials(before: Findings, after: Findings, state: str, words: str) -> None:
    fate = fates(before, after, "the export of take 1")[0]
    assert fate.state == state
    assert words in fate.words
    assert bool(lost([fate])) == (state == "lost")


def test_labels_and_source_types_are_weighty_and_other_xmp_is_not() -> None:
    before = Findings("absent", aigc=LABEL, source_types=(TYPE,), xmp=True, fields={"dc:rights": "Studio"})
    after = Findings("absent", aigc={**LABEL, "label": {"Label": "2"}, "raw": "x"}, xmp=True)
    became = {each.mark: each for each in fates(before, after, "the export")}
    assert became["AIGC label"].words == "The provider’s AIGC label was altered in the export."
    assert (
        became["IPTC digital source type"].words
        == "The source said “made by a trained model”: that was lost in the export."
    )
    assert became["XMP"].words == "Of the source’s XMP these were lost in the export: dc:rights."
    assert [each.mark for each in lost(became.values())] == ["AIGC label", "IPTC digital source type"]
    assert {each.state for each in fates(before, before, "x")} == {"none", "kept"}


def test_the_whole_tree_is_told_with_who_signed_and_what_fails_below() -> None:
    found = signed(
        below=("urn:b", "urn:c"),
        said={
            "failures": [{"where": "urn:b/parent.mp4", "code": "assertion.bmffHash.mismatch", "explanation": "differs"}]
        },
        trust={"list": "C2PA trust list", "date": "2026-08-20", "list_sha256": "a" * 64, "own_sha256": ""},
        aigc=LABEL,
        source_types=(TYPE,),
        fields={"plus:LicenseID": "SH-1", "Iptc4xmpExt:DigitalSourceType": TYPE},
    )
    told = story(found)
    assert told[0].words.startswith("Present and sound, signed by Signer a, trusted by C2PA trust list of 2026-08-20")
    tree = [(line.depth, line.words) for line in told if line.term == "Ingredient"]
    assert tree == [
        (1, "made from “parent.mp4”, signed by Signer b."),
        (2, "made from “parent.mp4”, signed by Signer c."),
    ]
    assert [line.words for line in told if line.tone == "bad"] == [
        "assertion.bmffHash.mismatch in the ingredient urn:b/parent.mp4: differs."
    ]
    words = {line.term: line.words for line in told}
    assert words["Judged by"].endswith("; no roots of this installation.")
    assert words["IPTC digital source type"] == "made by a trained model."
    assert words["AIGC label"] == "Present (tag:AIGC): Label 1; ProduceID v-17."
    assert (words["LicenseID"], "DigitalSourceType" in words) == ("SH-1", False)


def test_a_tree_without_end_is_told_no_further_than_anybody_reads() -> None:
    every = [{"title": "again", "active_manifest": f"urn:{n}"} for n in range(60)]
    manifests = {f"urn:{n}": {"ingredients": every} for n in range(60)}
    told = story(Findings("present_valid", {"report": {"active_manifest": "urn:0", "manifests": manifests}}))
    assert len([line for line in told if line.term == "Ingredient"]) == 200


def test_which_roots_vouch_is_said_and_circles_end() -> None:
    own = signed(said={"trusted_by": "own"}, trust={"own_sha256": "b" * 64})
    assert "trusted by roots of this installation alone" in story(own)[0].words
    assert "whom none of our roots vouches for" in story(signed("present_valid"))[0].words
    circle = signed(below=("urn:b",))
    report = circle.credentials["report"]
    report["manifests"]["urn:b"]["ingredients"] = [{"title": "again", "active_manifest": "urn:a"}]
    assert len([line for line in story(circle) if line.term == "Ingredient"]) == 2
