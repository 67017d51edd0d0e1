"""An operator's own files beside ours: new rows and routes, and what an account has otherwise."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.checks import Error, Warning, run_checks
from pytest_django.fixtures import Settings

from generations import catalog
from generations.catalog import CatalogueError
from generations.catalog.loader import DATA, load
from generations.providers.base import CreateRequest, ReferenceFile
from generations.providers.openai_videos_orders import order

OWN = """
[[route]]
name = "house"
title = "The house's own servers"
provider = "house"
dialects = ["openai_videos"]
source = "our own"
as_of = 2026-11-01

[[row]]
provider = "house"
route = "house"
model = "wan"
mode = "text_to_video"
version = 3
title = "Wan on our own machines"
lifecycle = "active"
since = 2026-01-01
source = "our own"
as_of = 2026-11-01
seconds = [5]
sizes = [{ pixels = "832x480", ratio = "16:9", resolution = "480p" }]
fps = [16, 1]
audio = "none"
seed = true
negative = true
prompt_limit = 1000
variants = 1
cancel = "any"
webhook = "none"
client_chosen_id = false
options = { steps = 30 }
"""
AMEND = """
[[amend]]
route = "volcengine-ark"
model = "seedance-2.5"
source = "our contract"
as_of = 2026-11-01
wire_model = "ep-20261101-abc"
concurrency = 3
max_references = 12
pricing = { kind = "tokens", currency = "CNY", source = "our contract", as_of = 2026-11-01, prices = { "" = 40000000 } }
"""

LONGER = """
[[amend]]
route = "compatible"
model = "sora-2"
mode = "text_to_video"
source = "our reseller's contract"
as_of = 2026-11-01
seconds = [4, 10, 25]
sizes = ["1280x720", "1920x1080"]
pricing = { kind = "per_second", currency = "USD", source = "our contract", as_of = 2026-11-01, prices = { "720p" = 100000, "1080p" = 200000 } }
"""
ROUTE = """
[[amend]]
route = "runway"
dialects = ["openai_videos"]
result_hosts = ["files.example.com"]
note = "Ours"
source = "our contract"
as_of = 2026-11-01
"""


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.CATALOGUE_DIRS = [str(tmp_path)]
    return tmp_path


def test_an_operators_row_stands_beside_ours(folder: Path) -> None:
    (folder / "own.toml").write_text(OWN, encoding="utf-8")
    row = catalog.capability("house", "wan", "text_to_video")
    assert (row.version, row.shapes[0].ratio, row.options) == (3, "16:9", (("steps", 30),))
    assert row in catalog.launchable(dt.date(2026, 11, 22))
    assert catalog.route("house").dialects == ("openai_videos",)
    assert catalog.capability("sandbox", "sora-2", "text_to_video").version == 1


def test_an_amendment_names_a_model_prices_it_and_changes_its_stamp(folder: Path) -> None:
    key = ("volcengine-ark", "seedance-2.5", "reference_to_video")
    before = load([DATA]).rows[key]
    (folder / "contract.toml").write_text(AMEND, encoding="utf-8")
    row = catalog.capability(*key)
    assert (row.wire_model, row.concurrency, row.max_references) == ("ep-20261101-abc", 3, 12)
    assert (row.source, row.as_of) == ("our contract", dt.date(2026, 11, 1))
    assert not before.launchable(dt.date(2026, 11, 22))
    assert row.launchable(dt.date(2026, 11, 22))
    assert (row.digest != before.digest, row.slots) == (True, before.slots)
    charge = catalog.charge(row, tokens=108_900)
    assert charge is not None
    assert (charge.micro, charge.currency) == (4_356_000, "CNY")


def test_an_amendment_says_which_lengths_and_sizes_a_service_really_takes(folder: Path) -> None:
    """A price stands for the sizes there are then: one of a size that the amendment brings is understood."""
    (folder / "ours.toml").write_text(LONGER, encoding="utf-8")
    row = catalog.capability("compatible", "sora-2", "text_to_video")
    assert (row.seconds, [str(size) for size in row.sizes]) == ((4, 10, 25), ["1280x720", "1920x1080"])
    assert catalog.capability("compatible", "sora-2", "image_to_video").seconds != row.seconds
    asked = catalog.Params("A fox", 25, 1920, 1080)
    price = catalog.estimate(row, asked)
    assert catalog.refusals(row, asked, dt.date(2026, 11, 22)) == []
    assert price is not None
    assert price.micro == 5_000_000


def test_an_amendment_of_one_mode_leaves_the_others(folder: Path) -> None:
    (folder / "contract.toml").write_text(AMEND + 'mode = "text_to_video"\n', encoding="utf-8")
    assert catalog.capability("volcengine-ark", "seedance-2.5", "text_to_video").wire_model == "ep-20261101-abc"
    assert catalog.capability("volcengine-ark", "seedance-2.5", "image_to_video").wire_model == ""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("seedance-2.5", "seedance-9", "amend 1: there is no seedance-9 by route volcengine-ark"),
        ("concurrency = 3", "concurrency = 0", "amend 1: concurrency must be above zero"),
        ("concurrency = 3", "audio = 'none'", "amend 1: unknown field audio"),
        ("concurrency = 3", "seconds = [8, 4]", "amend 1: seconds must rise"),
        ("concurrency = 3", "seconds = []", "amend 1: seconds must not be empty"),
        ("concurrency = 3", 'sizes = ["1280x721"]', "amend 1: sizes must hold even pixel pairs"),
        ("concurrency = 3", "sizes = []", "amend 1: sizes must not be empty"),
        ('source = "our contract"\n', "", "amend 1: source is missing"),
        ('"" = 40000000', '"8k" = 1', "amend 1, pricing: prices must name the row's sizes"),
    ],
)
def test_a_wrong_amendment_is_refused(folder: Path, old: str, new: str, complaint: str) -> None:
    (folder / "contract.toml").write_text(AMEND.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint):
        catalog.rows()


def test_an_amendment_that_changes_nothing_is_refused(folder: Path) -> None:
    text = AMEND.partition("wire_model")[0]
    (folder / "contract.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="wire_model, pricing, seconds, sizes or a limit is missing"):
        catalog.rows()


def test_an_operators_row_lets_an_uploaded_video_be_changed(folder: Path) -> None:
    """OpenAI's contract allows it to approved accounts; what is sent then is the file, and the model's name."""
    slot = '{ kind = "video", role = "base_video", at_least = 1, at_most = 1, formats = ["video/mp4"], max_bytes = 50000000 }'
    text = OWN.replace('"text_to_video"', '"edit"').replace("options = { steps = 30 }", f"slots = [{slot}]")
    (folder / "own.toml").write_text(text, encoding="utf-8")
    row, today = catalog.capability("house", "wan", "edit"), dt.date(2026, 11, 22)
    film = catalog.ReferenceFacts("video", "base_video", "video/mp4", 1000, 832, 480, 5.0, 16.0)
    asked = catalog.Params("At night", 5, 832, 480, references=(film,))
    assert catalog.refusals(row, asked, today) == []
    given = ReferenceFile("a.mp4", "video/mp4", b"ftyp", kind="video", role="base_video")
    sent = order(CreateRequest("wan", "At night", 5, 832, 480, mode="edit", references=(given,)))
    assert (sent.path, sent.fields) == ("videos/edits", {"prompt": "At night", "model": "wan"})
    assert sent.files == {"video": ("a.mp4", b"ftyp", "video/mp4")}


def test_an_amendment_without_a_model_extends_the_route(folder: Path) -> None:
    before = load([DATA]).routes["runway"]
    (folder / "ours.toml").write_text(ROUTE, encoding="utf-8")
    route = catalog.route("runway")
    assert route.dialects == ("openai_videos", *before.dialects)
    assert (route.result_hosts, route.note, route.source) == (("files.example.com",), "Ours", "our contract")
    assert (route.title, route.addresses) == (before.title, before.addresses)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"runway"', '"runaway"', "amend 1: there is no route runaway"),
        ('"files.example.com"', '"https://files.example.com"', "amend 1: result_hosts must hold hosts such as"),
        ('"files.example.com"', '"com"', "result_hosts must hold hosts such as"),
        ('"openai_videos"', "7", "amend 1: dialects must hold texts"),
        ('note = "Ours"', "concurrency = 3", "amend 1: unknown field concurrency"),
        ('note = "Ours"', 'title = "Ours"', "amend 1: unknown field title"),
        ("as_of = 2026-11-01", "", "amend 1: as_of is missing"),
    ],
)
def test_a_wrong_amendment_of_a_route_is_refused(folder: Path, old: str, new: str, complaint: str) -> None:
    (folder / "ours.toml").write_text(ROUTE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint):
        catalog.rows()


def test_an_amendment_of_a_route_that_changes_nothing_is_refused(folder: Path) -> None:
    text = '[[amend]]\nroute = "runway"\nsource = "x"\nas_of = 2026-11-01\n'
    (folder / "ours.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="dialects, result_hosts, resells or note of the route, is missing"):
        catalog.rows()


@pytest.mark.parametrize(
    ("name", "what"), [("sandbox", "sandbox/sandbox/sora-2/text_to_video"), ("routes", "route byteplus")]
)
def test_a_row_or_route_of_ours_is_not_replaced_and_both_files_are_named(folder: Path, name: str, what: str) -> None:
    ours = DATA / f"{name}.toml"
    words = 'name = "byteplus-modelark"'
    text = ours.read_text(encoding="utf-8")
    if name == "routes":
        text = "[[route]]\n" + words + text.partition(words)[2].partition("[[route]]")[0]
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=what) as caught:
        catalog.rows()
    assert str(folder / "mine.toml") in str(caught.value)
    assert str(ours) in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('dialects = ["openai_videos"]', "dialects = []", "own.toml, route 1: dialects must not be empty"),
        (
            'dialects = ["openai_videos"]',
            'dialects = ["x"]\naddresses = { "" = "http://x" }',
            "must start with https://",
        ),
        ('name = "house"', 'name = "house"\nregion = "x"', "own.toml, route 1: unknown field region"),
        ('ratio = "16:9"', "ratio = 16", r"own.toml, row 1 \(wan, text_to_video\), sizes: ratio must be str"),
        ("[[route]]", '[[claim]]\nmodel = "x"\n[[route]]', "own.toml, claim 1: topic is missing"),
    ],
)
def test_other_tables_are_checked_too(folder: Path, old: str, new: str, complaint: str) -> None:
    (folder / "own.toml").write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint):
        catalog.rows()


def test_a_wrong_file_stops_every_command_with_file_row_and_field(folder: Path) -> None:
    (folder / "own.toml").write_text(OWN.replace("seconds = [5]", "seconds = [0]"), encoding="utf-8")
    said = [each for each in run_checks() if each.id == "catalogue.E001"]
    assert [(type(each), each.msg) for each in said] == [
        (Error, "own.toml, row 1 (wan, text_to_video): seconds must hold whole seconds")
    ]


def test_a_folder_that_is_not_there_is_named_unless_it_is_the_usual_one(tmp_path: Path, settings: Settings) -> None:
    settings.CATALOGUE_DIRS = [str(tmp_path / "nowhere"), str(Path(settings.VAR_DIR) / "catalogue")]
    said = [each for each in run_checks() if (each.id or "").startswith("catalogue")]
    assert [(type(each), each.msg) for each in said] == [
        (Warning, f"The catalogue folder {tmp_path / 'nowhere'} does not exist.")
    ]
