"""The verifier that ships in every bundle: what is whole passes, and any byte that was changed is found and named."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pytest

from reviews.evidence import verify as verifier
from reviews.evidence.verify import ed25519_verify, verify
from sorahub.lib import signing
from tests.lib.test_signing import VECTORS
from tests.reviews.evidence import bags
from tests.reviews.evidence.bags import Bag

CLIP, PROOFS, SIGNOFF = "data/clip/sc01_v3.mp4", "data/audit/proofs.json", "data/signoff.json"
TAGS, SEAL = "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"


@pytest.fixture(autouse=True)
def key_dir(settings: Any, tmp_path: Path) -> None:
    settings.KEY_DIR = tmp_path / "keys"
    signing.public_keys()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return bags.sound().write(tmp_path / "bag")


def run(root: Path, *arguments: str) -> tuple[int, list[str]]:
    """Run the bundle's own verify.py as a stranger would: no packages, no environment of ours."""
    command = [sys.executable, "-I", "-S", "-B", str(root / "verify.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONIOENCODING": "utf-8"}, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_its_own_ed25519_agrees_with_rfc_8032(public: str, message: str, signature: str) -> None:
    key, data, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519_verify(key, data, made)
    for place in range(64):
        assert not ed25519_verify(key, data, made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :])
    assert not ed25519_verify(key, data + b"!", made)
    assert not ed25519_verify(bytes([key[0] ^ 1]) + key[1:], data, made)


def test_a_signature_with_its_scalar_beyond_the_group_order_is_refused() -> None:
    public, message, signature = (bytes.fromhex(word) for word in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + verifier.L
    assert not ed25519_verify(public, message, signature[:32] + scalar.to_bytes(32, "little"))


def test_keys_that_encode_no_point_are_refused() -> None:
    signature = bytes.fromhex(VECTORS[0][2])
    for key in (b"", bytes(31), b"\xff" * 32, (2).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little")):
        assert not ed25519_verify(key, b"", signature)


def test_a_whole_bundle_passes_offline_and_says_that_the_key_was_not_pinned(root: Path) -> None:
    status, lines = run(root)
    assert (status, lines[-1]) == (0, "PASS")
    assert "who signed is not proven" in lines[-2]
    assert len(lines) > 12
    assert verify(root) == []
    assert bagit.Bag(str(root)).is_valid()


def pythons() -> list[str]:
    """Every Python since 3.9 that this machine has, and that runs; ours at the least."""
    names = [f"python3.{minor}" for minor in range(9, 16)]
    beside = Path.home().glob(".pyenv/versions/3.*/bin/python")
    found = [sys.executable, *map(str, beside), *filter(None, map(shutil.which, names))]
    new_enough = ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]
    return [
        each for each in found if not subprocess.run([each, *new_enough], capture_output=True, check=False).returncode
    ]


@pytest.mark.long
def test_every_python_since_3_9_runs_it(root: Path) -> None:
    for python in pythons():
        done = subprocess.run(
            [python, "-I", "-S", "-B", "verify.py"], cwd=root, capture_output=True, text=True, check=False
        )
        assert (done.stderr, done.stdout.splitlines()[-1:]) == ("", ["PASS"]), python


@pytest.mark.parametrize("item", [TAGS, "manifest-sha256.txt"])
def test_lines_of_a_manifest_in_another_order_name_it(root: Path, item: str) -> None:
    lines = (root / item).read_text().splitlines(keepends=True)
    (root / item).write_text("".join([lines[1], lines[0], *lines[2:]]))
    assert verify(root)[0].item == item


def test_the_right_pinned_key_passes_and_another_is_refused(root: Path) -> None:
    record, ledger = signing.public_keys("record")[0].raw.hex(), signing.public_keys("ledger")[0].raw.hex()
    status, lines = run(root, "--key", record, str(root))
    assert (status, lines[-1]) == (0, "PASS")
    assert not any("no --key was given" in line for line in lines)
    status, lines = run(root, "--key", ledger)
    assert (status, lines[-1]) == (
        1,
        f"FAIL: {SEAL}: the bundle was signed by another key than the one given with --key",
    )
    status, lines = run(root, "--key", "abc")
    assert (status, lines) == (1, ["FAIL: --key: is not 64 hexadecimal digits"])


def test_a_bundle_made_anew_with_somebody_elses_keys_is_found_by_the_pinned_key_alone(
    tmp_path: Path, settings: Any
) -> None:
    ours = signing.public_keys("record")[0].raw.hex()
    settings.KEY_DIR = tmp_path / "keys of a forger"
    signing.public_keys()
    forged = bags.sound().write(tmp_path / "forged")
    status, lines = run(forged)
    assert (status, lines[-1]) == (0, "PASS")
    assert "who signed is not proven" in lines[-2]
    status, lines = run(forged, "--key", ours)
    assert (status, lines[-1]) == (
        1,
        f"FAIL: {SEAL}: the bundle was signed by another key than the one given with --key",
    )


@pytest.mark.parametrize("name", ["x\nPASS", "x\r\x1b[2J\x1b[HPASS\x1b[8m", "x\u202ePASS", "x\udcff"])
def test_a_file_whose_name_would_fake_the_result_on_a_terminal_fakes_nothing(root: Path, name: str) -> None:
    (root / "data" / name).write_bytes(b"")
    status, lines = run(root)
    assert status == 1
    assert lines[-1].startswith("FAIL: data/x")
    assert lines[-1].isascii()
    assert lines[-1].isprintable()


def test_deeply_nested_json_is_a_failure_with_a_name(root: Path) -> None:
    (root / "keys.json").write_bytes(b"[" * 200_000)
    status, lines = run(root)
    assert (status, lines[-1].startswith("FAIL: keys.json: is malformed")) == (1, True)


def test_one_flipped_byte_in_any_file_is_found_and_names_that_file(root: Path) -> None:
    items = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    assert len(items) == 18
    for item in items:
        whole = (root / item).read_bytes()
        for place in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
            for bit in (0x01, 0x20, 0x29):
                (root / item).write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
                failures = verify(root)
                assert failures, f"byte {place} of {item}"
                assert failures[0].item == item, f"byte {place} of {item}: {failures}"
        (root / item).write_bytes(whole)
    assert verify(root) == []


@pytest.mark.parametrize("item", [TAGS, SEAL, "keys.json"])
def test_every_single_byte_of_manifest_seal_and_keys_names_its_own_file(root: Path, item: str) -> None:
    whole = (root / item).read_bytes()
    for place in range(len(whole)):
        (root / item).write_bytes(whole[:place] + bytes([whole[place] ^ 0x04]) + whole[place + 1 :])
        assert verify(root)[0].item == item, f"byte {place}"


def test_the_altered_bundle_says_fail_by_itself(root: Path) -> None:
    clip = root / CLIP
    clip.write_bytes(clip.read_bytes()[:-1] + b"!")
    status, lines = run(root)
    assert (status, lines[-1]) == (1, f"FAIL: {CLIP}: was altered: its hash is not the one in manifest-sha256.txt")


@pytest.mark.parametrize("item", ["stray.txt", "data/stray.txt", "data/clip/second.mp4", "extra/deep/file"])
def test_a_stray_file_is_named(root: Path, item: str) -> None:
    (root / item).parent.mkdir(parents=True, exist_ok=True)
    (root / item).write_bytes(b"")
    assert [failure.item for failure in verify(root)] == [item]


@pytest.mark.parametrize(
    "item", [CLIP, "VERIFY.md", "bag-info.txt", TAGS, SEAL, "keys.json", "manifest-sha256.txt", "data/certificate.pdf"]
)
def test_a_missing_file_is_named(root: Path, item: str) -> None:
    (root / item).unlink()
    assert verify(root)[0] == (item, "is missing")


def test_a_link_in_place_of_a_file_is_named(root: Path, tmp_path: Path) -> None:
    (root / CLIP).rename(tmp_path / "elsewhere.mp4")
    (root / CLIP).symlink_to(tmp_path / "elsewhere.mp4")
    assert verify(root)[0] == (CLIP, "is not a plain file")


def test_manifests_made_to_fit_an_altered_file_do_not_fit_the_signature(root: Path) -> None:
    bag = bags.sound()
    bag.files[CLIP] = b"another film"
    whole = (root / SEAL).read_bytes()
    other = bag.write(root.parent / "other")
    (other / SEAL).write_bytes(whole)
    assert verify(other)[0].item == SEAL


def without_terms(bag: Bag) -> None:
    del bag.files[next(path for path in bag.files if path.endswith(".html"))]


def with_foreign_terms(bag: Bag) -> None:
    bag.files[f"data/terms/{bags.digest(b'other')}.txt"] = b"other"


def with_another_clip(bag: Bag) -> None:
    bag.files[CLIP] = b"another film"


def with_another_record(bag: Bag) -> None:
    bag.put("data/record.json", {"territory": "worldwide"})


def with_another_payload(bag: Bag) -> None:
    bag.change(SIGNOFF, lambda signoff: signoff.update(payload=signoff["payload"].replace("Z", "0Z")))


def signed_before_the_key(bag: Bag) -> None:
    bags.sign(bag, {"signed_at": "2020-01-01T00:00:00Z"})


def with_a_moved_entry(bag: Bag) -> None:
    bag.change(PROOFS, lambda proofs: proofs["entries"][0]["path"].reverse())


def with_an_altered_entry(bag: Bag) -> None:
    bag.change(
        PROOFS, lambda proofs: proofs["entries"][0].update(entry=proofs["entries"][0]["entry"].replace("app", "xpp"))
    )


def with_another_root(bag: Bag) -> None:
    bag.change("data/audit/checkpoint.json", lambda value: value.update(note=value["note"].replace("\n7\n", "\n8\n")))


def without_the_signoffs_entry(bag: Bag) -> None:
    bag.change(PROOFS, lambda proofs: proofs["entries"].pop())


def decision_path(bag: Bag) -> str:
    return next(path for path in bag.files if path.startswith("data/approvals/"))


def with_another_verdict(bag: Bag) -> None:
    bag.change(decision_path(bag), lambda decision: decision.update(verdict="rejected"))


def with_a_decision_on_another_clip(bag: Bag) -> None:
    bag.change(decision_path(bag), lambda decision: decision.update(clip_sha256="0" * 64))


def with_an_unledgered_decision(bag: Bag) -> None:
    bag.change(decision_path(bag), lambda decision: decision.update(id="0"))


def with_a_member_named_twice(bag: Bag) -> None:
    bag.files[SIGNOFF] = bag.files[SIGNOFF].replace(b"{", b'{"payload":"{}",', 1)


@pytest.mark.parametrize(
    ("falsify", "item", "what"),
    [
        (without_terms, "data/terms/governing-set.json", "not in the bundle"),
        (with_foreign_terms, "data/terms/", "not of the governing set"),
        (with_another_clip, CLIP, "another clip_sha256"),
        (with_another_record, "data/record.json", "another record_sha256"),
        (with_another_payload, SIGNOFF, "does not fit the payload"),
        (signed_before_the_key, SIGNOFF, "outside the validity"),
        (with_a_moved_entry, PROOFS, "entry 2 is not part of the ledger"),
        (with_an_altered_entry, PROOFS, "entry 2 is not part of the ledger"),
        (with_another_root, "data/audit/checkpoint.json", "no ledger key"),
        (without_the_signoffs_entry, SIGNOFF, "no signoff.signed entry"),
        (with_another_verdict, "data/approvals/", "something else than its ledger entry"),
        (with_a_decision_on_another_clip, "data/approvals/", "judged another clip"),
        (with_an_unledgered_decision, "data/approvals/", "no decision.made entry"),
        (with_a_member_named_twice, SIGNOFF, "named twice"),
    ],
)
def test_a_bundle_sealed_with_something_false_in_it_is_found(
    falsify: Callable[[Bag], None], item: str, what: str, tmp_path: Path
) -> None:
    bag = bags.sound()
    falsify(bag)
    first = verify(bag.write(tmp_path / "bag"))[0]
    assert first.item.startswith(item)
    assert what in first.what
