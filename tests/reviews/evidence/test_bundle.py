"""The bundle made from real rows: it says PASS on its own, and whatever was changed in it is found and named."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from generations.models import Clip
from reviews.evidence.verify import Failure, verify
from reviews.models import Bundle, Decision, SignOff
from sorahub.ledger.models import Event
from sorahub.lib import signing, storage
from tests.people import Agency
from tests.reviews import world
from tests.reviews.evidence.conftest import SECRET, folder, made

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.at_length]

TAGS, SEAL = "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"
RAW_SEAL = f"{SEAL}.bin"


def run(root: Path, *arguments: str) -> tuple[int, list[str]]:
    """Run the bundle's verify.py as a stranger would, inside the folder: no packages, no environment of ours."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8"}, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def flip(path: Path, place: int) -> None:
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


def first(root: Path) -> Failure:
    failures = verify(root)
    assert failures
    return failures[0]


def test_a_stranger_with_nothing_but_python_is_told_pass(root: Path) -> None:
    key = signing.public_keys("record")[-1].raw.hex()
    status, said = run(root, "--key", key)
    assert (status, said[-1]) == (0, "PASS")
    assert "the signing key is the one given with --key" in said[2]
    assert run(root)[1][-1] == "PASS"
    assert run(root, "--key", "00" * 32)[1][-1].startswith(f"FAIL: {SEAL}: the bundle was signed by another key")


def test_it_holds_exactly_what_the_sign_off_rests_on(root: Path, approval: SignOff, told: Clip) -> None:
    record, governing = approval.record_version, approval.record_version.governing_set
    terms = governing.members.get().terms_version
    decisions = [f"data/approvals/{pk}.json" for pk in Decision.objects.values_list("pk", flat=True)]
    assert len(decisions) == 2
    assert files(root) == sorted(
        [
            "VERIFY.md", "bag-info.txt", "bagit.txt", "keys.json", "manifest-sha256.txt", TAGS, SEAL, RAW_SEAL, "verify.py",
            *[f"keys/{key.key_id}.pem" for key in signing.public_keys()],
            "data/audit/checkpoint.json", "data/audit/checkpoint.txt", "data/audit/proofs.json", "data/certificate.pdf",
            "data/clip.json", "data/salts.json", "data/signed/signoff.txt", "data/signed/signoff.sig", "data/summary.txt",
            f"data/clip/AURORA_SC010-SH010_take1_{told.sha256[:8]}.mp4", "data/generation.json", "data/licensing-notes.json",
            "data/overrides.json", "data/provenance/report.json", "data/record.json", "data/signoff.json",
            "data/terms/governing-set.json", f"data/terms/{terms.raw_sha256}.txt", *decisions,
        ]
    )  # fmt: skip
    assert (root / "data/record.json").read_text() == record.canonical
    assert (root / "data/terms/governing-set.json").read_text() == governing.canonical
    assert (root / f"data/terms/{terms.raw_sha256}.txt").read_text() == world.TERMS
    (clip,) = (root / "data/clip").iterdir()
    assert storage.sha256_of(clip) == told.sha256
    story = json.loads((root / "data/generation.json").read_text())["generations"][0]
    assert (story["prompt"]["text"], story["model"]) == ("A lighthouse at dawn", "sora-2")
    assert story["prompt"]["by"]["name"] == "Alice"


def test_what_is_privileged_stays_out(root: Path) -> None:
    notes = json.loads((root / "data/licensing-notes.json").read_text())
    assert [(note["body"], note["cites"][0]["quote"]) for note in notes] == [
        ("The output is ours.", "you own the output")
    ]
    assert not [name for name in files(root) if SECRET.encode() in (root / name).read_bytes()]


def test_the_ledgers_entries_are_this_clips_and_nobody_elses(agency: Agency, approval: SignOff, tmp_path: Path) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=30)
    stage = Decision.objects.order_by("decided_at").values_list("stage", flat=True)[0]
    world.approve(other, agency.aurora.stages.get(pk=stage), agency.bob)
    world.add_clip(agency.borealis, agency.ada, grey=40)
    root = folder(made(agency, approval))
    entries = [json.loads(row["entry"]) for row in json.loads((root / "data/audit/proofs.json").read_text())["entries"]]
    assert [entry["kind"] for entry in entries] == [
        "licensing_note.written", "decision.made", "decision.made", "licence.drafted", "signoff.signed", "evidence.exported",
    ]  # fmt: skip
    assert {entry["chain"] for entry in entries} == {str(agency.north.pk)}
    assert str(other.pk) not in (root / "data/audit/proofs.json").read_text()
    assert verify(root) == []


def test_one_byte_changed_in_any_file_is_found_and_that_file_named(root: Path) -> None:
    for name in files(root):
        path = root / name
        sound = path.read_bytes()
        for place in {0, len(sound) // 2, len(sound) - 1}:
            flip(path, place)
            found = first(root)
            assert found.item == name, (name, place, found)
            path.write_bytes(sound)
    assert verify(root) == []


@pytest.mark.parametrize("name", ["data/certificate.pdf", "data/record.json", "verify.py", "VERIFY.md", TAGS, SEAL])
def test_the_command_names_it_too(root: Path, name: str) -> None:
    flip(root / name, 60)
    status, said = run(root)
    assert (status, said[-1].split(": ")[:2]) == (1, ["FAIL", name])


@pytest.mark.parametrize("name", ["data/stray.txt", "stray.txt", "data/clip/second.mp4", "data/approvals/x.json"])
def test_a_stray_file_is_named(root: Path, name: str) -> None:
    (root / name).write_bytes(b"{}")
    assert first(root) == Failure(
        name, f"is not listed in {'manifest' if 'data' in name else 'tagmanifest'}-sha256.txt"
    )


def test_each_missing_file_is_named(root: Path) -> None:
    for name in files(root):
        sound = (root / name).read_bytes()
        (root / name).unlink()
        assert first(root).item == name
        (root / name).write_bytes(sound)


@pytest.mark.parametrize("name", ["data/certificate.pdf", "data/signoff.json", "data/record.json", "keys.json", SEAL])
def test_a_file_swapped_with_another_bundles_is_named(
    agency: Agency, approval: SignOff, root: Path, name: str, settings: object, tmp_path: Path
) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=30)
    for stage, person in zip(agency.aurora.stages.order_by("position"), (agency.bob, agency.dora), strict=False):
        world.approve(other, stage, person)
    governing = approval.record_version.governing_set
    theirs = folder(made(agency, world.sign(agency.lena, world.draft(agency.bob, other, governing))))
    assert verify(theirs) == []
    changed = (theirs / name).read_bytes() != (root / name).read_bytes()
    (root / name).write_bytes((theirs / name).read_bytes())
    assert changed is (name != "keys.json")
    assert [failure.item for failure in verify(root)][:1] == ([name] if changed else [])


def resealed(root: Path, change: Callable[[], None]) -> None:
    """Change files and sign the bundle anew with the hub's own key, as an insider at the keys could."""
    change()
    payload = [name for name in files(root) if name.startswith("data/")]
    manifest = "".join(f"{storage.sha256_of(root / name)}  {name}\n" for name in payload)
    (root / "manifest-sha256.txt").write_text(manifest)
    tags = [name for name in files(root) if not name.startswith("data/") and name not in (TAGS, SEAL, RAW_SEAL)]
    (root / TAGS).write_text("".join(f"{storage.sha256_of(root / name)}  {name}\n" for name in tags))
    made_by = signing.sign("record", (root / TAGS).read_bytes())
    (root / SEAL).write_text(f"{made_by.key_id} {made_by.signature.hex()}\n")
    (root / RAW_SEAL).write_bytes(made_by.signature)


def test_even_sealed_anew_a_decision_must_be_what_the_ledger_says(root: Path) -> None:
    path = min((root / "data/approvals").iterdir())

    def change() -> None:
        decision = json.loads(path.read_text())
        path.write_text(json.dumps({**decision, "verdict": "changes_requested"}))

    resealed(root, change)
    assert first(root) == Failure(f"data/approvals/{path.name}", "says something else than its ledger entry")


def test_the_zip_is_the_one_verified_and_lies_alone(bundle: Bundle, told: Clip) -> None:
    archive = Path(settings.MEDIA_ROOT) / bundle.storage_key
    assert (storage.sha256_of(archive), archive.stat().st_size) == (bundle.sha256, bundle.size)
    assert [path.name for path in archive.parent.iterdir() if str(bundle.pk) in path.name] == [archive.name]
    assert verify(archive) == []
    flip(archive, archive.read_bytes().index(b"ftyp"))
    assert [failure.item for failure in verify(archive)] == [
        f"data/clip/AURORA_SC010-SH010_take1_{told.sha256[:8]}.mp4"
    ]
    assert storage.verify(told.storage_key, settings.MEDIA_ROOT, told.sha256)


def test_the_ledger_keeps_the_hash_of_the_zip_that_was_made(bundle: Bundle) -> None:
    kinds = Event.objects.filter(subject_id=bundle.pk).order_by("seq").values_list("kind", "body")
    assert [kind for kind, _ in kinds] == ["evidence.exported", "evidence.sealed"]
    assert json.loads(kinds[1][1])["bundle_sha256"] == bundle.sha256
    assert isinstance(bundle.pk, UUID)
