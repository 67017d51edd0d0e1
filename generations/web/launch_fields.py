"""The launch form's plain fields, made from what a row of the catalogue offers: length, picture, sound, seed and words."""

from collections.abc import Iterable, Sequence

from django import forms

from generations import catalog
from generations.catalog import Audio, Capability, Size

FEW = 6
MANY = 5
LARGEST_SEED = 2**32 - 1
AUTO = "The model chooses the length when this is empty."
SOUND = {"on": "With sound", "off": "Silent", "original": "Keep the sound of the reference video"}
NO_CHOICE = {Audio.NONE: "Clips come without sound.", Audio.ALWAYS: "Clips always come with sound."}
FOLLOWS = "The picture takes the shape of the image or video that is given."


def fields_for(row: Capability, negative: str) -> dict[str, forms.Field]:
    """Return the fields of a row in the order in which they are shown; ``negative`` are the prompt's own words for that."""
    made: dict[str, forms.Field] = {}
    if not row.uses_source:
        made |= picture(row)
    if row.uses_source not in {"remix", "edit"}:
        made["seconds"] = length(row)
    if len(row.audio.choices) > 1:
        made["audio"] = _choice("Sound", [(each, SOUND[each]) for each in row.audio.choices])
    if row.negative:
        made["negative"] = _negative(negative)
    if row.seed:
        made["seed"] = _seed()
    return made


def length(row: Capability) -> forms.Field:
    """Return the field for the seconds: choices where they are few or have gaps, a number where they are a range."""
    first, last = min(row.seconds, default=0), max(row.seconds, default=0)
    if len(row.lengths) <= FEW or list(row.seconds) != list(range(first, last + 1)):
        words = [(each, f"{each} s" if each else "as the model likes") for each in row.lengths]
        return _choice("Length", words, coerce=True)
    told = f"{first} to {last} seconds, whole ones."
    return forms.IntegerField(
        label="Length in seconds",
        min_value=first,
        max_value=last,
        required=not row.auto_seconds,
        initial=first,
        help_text=f"{told} {AUTO}" if row.auto_seconds else told,
    )


def picture(row: Capability) -> dict[str, forms.Field]:
    """Return one field for the size, or two short ones for resolution and ratio where every pair of them is offered."""
    if not in_two_rows(row):
        return {"size": _choice("Picture", [(str(each), _size_words(each)) for each in row.sizes])}
    resolutions = _once(shape.resolution for shape in row.shapes)
    two = {"resolution": _choice("Resolution", [(each, _resolution_words(row, each)) for each in resolutions])}
    if row.ratio_follows:
        two["resolution"].help_text = FOLLOWS
        return two
    ratios = _once(shape.ratio for shape in row.shapes)
    return two | {"ratio": _choice("Shape", [(each, f"{each} {_shape_word(row, each)}") for each in ratios])}


def in_two_rows(row: Capability) -> bool:
    """Whether the sizes are more than a few and all combinations of a resolution and a ratio."""
    resolutions = {shape.resolution for shape in row.shapes}
    ratios = {shape.ratio for shape in row.shapes}
    pairs = {(shape.resolution, shape.ratio) for shape in row.shapes}
    if not len(pairs) == len(row.shapes) == len(resolutions) * len(ratios):
        return False
    return row.ratio_follows or len(row.shapes) >= MANY


def size_of(row: Capability, resolution: str, ratio: str) -> str:
    """Return the size of a resolution and a ratio; without a ratio that of the first there is."""
    found = (each for each in row.shapes if each.resolution == resolution and ratio in ("", each.ratio))
    return str(next(found).size)


def parts_of(row: Capability, size: str) -> dict[str, str]:
    """Return what the picture's fields hold for a size; nothing when the row does not offer it."""
    shape = next((each for each in row.shapes if str(each.size) == size), None)
    if shape is None:
        return {}
    return {"size": size, "resolution": shape.resolution, "ratio": shape.ratio}


def remarks(row: Capability, negative: str) -> list[str]:
    """What a person should know about what cannot be chosen."""
    starts = bool(row.uses_source)
    told = ["Picture and sound stay those of the take that it starts from."] if starts else []
    if row.audio in NO_CHOICE and not starts:
        told.append(NO_CHOICE[row.audio])
    if negative and not row.negative:
        told.append("This model has no field for what should not appear: say it in the prompt, or it is not sent.")
    return told


def _choice(label: str, choices: Sequence[tuple[int | str, str]], *, coerce: bool = False) -> forms.Field:
    first, kind = choices[0][0], int if coerce else str
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=kind, initial=first, widget=forms.RadioSelect(attrs={"data-choice": ""})
    )


def _seed() -> forms.Field:
    words = "A whole number. The same seed and words come out alike; leave it empty for a new one."
    return forms.IntegerField(label="Seed", required=False, min_value=0, max_value=LARGEST_SEED, help_text=words)


def _negative(words: str) -> forms.Field:
    return forms.CharField(
        label="What should not appear",
        required=False,
        initial=words,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Taken from the prompt’s version; what you write here goes along with this generation only.",
    )


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _size_words(size: Size) -> str:
    return f"{size.width} × {size.height}, {_word(size)}"


def _word(size: Size) -> str:
    return "wide" if size.width > size.height else "tall" if size.height > size.width else "square"


def _shape_word(row: Capability, ratio: str) -> str:
    return _word(next(shape.size for shape in row.shapes if shape.ratio == ratio))


def _resolution_words(row: Capability, resolution: str) -> str:
    size = next(shape.size for shape in row.shapes if shape.resolution == resolution)
    return f"{resolution}, {size.width} × {size.height}" if not row.ratio_follows else resolution


def currency_of(row: catalog.Capability) -> str:
    """Return the currency in which a row is reckoned; "USD" without a price, as launching does."""
    return row.pricing.currency if row.pricing else "USD"
