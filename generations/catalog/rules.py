"""May this be asked of that model? Pure: no clock, no database, no network."""

import datetime as dt
from collections.abc import Iterator, Sequence

from generations.catalog.asked import applies, count, sound
from generations.catalog.capability import Capability
from generations.catalog.files import files
from generations.catalog.lengths import length_of
from generations.catalog.parts import Lifecycle, MultiShot
from generations.catalog.request import Params, Refusal, ShotAsk
from generations.catalog.sources import source

ALTERNATIVES = 5


def refusals(
    capability: Capability, params: Params, at: dt.date, *, instead: Sequence[Capability] = (), where: str = ""
) -> list[Refusal]:
    """Return every reason why ``params`` cannot be launched on the day ``at``; an empty list means it can.

    ``instead``: rows to name where this one cannot be called any longer, or not yet. ``where``: its route in words.
    """
    return [
        *_lifecycle(capability, at, instead, where or capability.route),
        *_prompt(capability, params),
        *_seconds(capability, params),
        *_size(capability, params),
        *_seed(capability, params),
        *_negative(capability, params),
        *_audio(capability, params),
        *_shots(capability, params),
        *files(capability, params),
        *_characters(capability, params),
        *_rules(capability, params),
        *source(capability, params),
    ]


def _lifecycle(capability: Capability, at: dt.date, instead: Sequence[Capability], where: str) -> Iterator[Refusal]:
    who, others = capability.title, _others(instead)
    if capability.lifecycle is Lifecycle.IMPORT_ONLY:
        yield Refusal("import-only", "model", f"{who} can no longer be called; upload its clips instead.{others}")
    elif capability.retired_on and at >= capability.retired_on:
        words = f"{who} on {where} was shut down on {capability.retired_on}."
        yield Refusal("retired", "model", f"{words}{others or ' Choose another model.'}")
    elif at < capability.since:
        yield Refusal("not-yet", "model", f"{who} is available from {capability.since}.{others}")
    elif not capability.wire_model:
        words = f"The name that {capability.provider} has for {who} is not known to this hub: "
        yield Refusal(
            "unnamed", "model", f"{words}an operator names it in the hub's own catalogue (wire_model).{others}"
        )


def _others(instead: Sequence[Capability]) -> str:
    titles = list(dict.fromkeys(row.title for row in instead))[:ALTERNATIVES]
    return f" These could serve instead: {', '.join(titles)}." if titles else ""


def _prompt(capability: Capability, params: Params) -> Iterator[Refusal]:
    if not params.prompt.strip():
        yield Refusal("prompt-empty", "prompt", "Write a prompt first.")
    limits = capability.multi_shot
    if params.shots and limits and limits.written:
        return  # the shots are sent in its place: see _shots
    length = length_of(capability, params.prompt)
    if length.fits is False:
        over = length.count - length.limit
        yield Refusal(
            "prompt-too-long",
            "prompt",
            f"The prompt is {over} {length.words} too long; {capability.title} takes {capability.prompt_limit}.",
        )


def _seconds(capability: Capability, params: Params) -> Iterator[Refusal]:
    if capability.uses_source in {"remix", "edit"} or params.seconds in capability.seconds:
        return  # a remix or an edit is as long as its source
    if params.seconds == 0 and capability.auto_seconds:
        return
    offered = [", ".join(map(str, capability.seconds))] * bool(capability.seconds)
    words = [f"makes clips of {each} seconds" for each in offered]
    words += ["chooses the length itself when you give none"] * capability.auto_seconds
    yield Refusal("seconds", "seconds", f"{capability.title} {' and '.join(words)}.")


def _size(capability: Capability, params: Params) -> Iterator[Refusal]:
    if params.size not in capability.sizes:
        offered = ", ".join(map(str, capability.sizes))
        yield Refusal("size", "size", f"{capability.title} makes {offered}, not {params.size}.")


def _seed(capability: Capability, params: Params) -> Iterator[Refusal]:
    if params.seed is None:
        return
    if not capability.seed:
        yield Refusal("seed-unsupported", "seed", f"{capability.title} takes no seed; leave it empty.")
    elif not 0 <= params.seed < 2**32:
        yield Refusal("seed-range", "seed", "A seed is a whole number from 0 to 4294967295.")


def _negative(capability: Capability, params: Params) -> Iterator[Refusal]:
    if params.negative and not capability.negative:
        words = f"{capability.title} has no field for what to avoid; say it in the prompt and leave this empty."
        yield Refusal("negative-unsupported", "negative", words)


def _audio(capability: Capability, params: Params) -> Iterator[Refusal]:
    choices = capability.audio.choices
    if params.audio and params.audio not in choices:
        words = f"{capability.title} offers sound {' or '.join(choices)}, not {params.audio}."
        yield Refusal("audio", "audio", words)


def _shots(capability: Capability, params: Params) -> Iterator[Refusal]:
    limits, shots = capability.multi_shot, params.shots
    if not shots:
        return
    if limits is None:
        yield Refusal("shots-unsupported", "shots", f"{capability.title} makes one shot at a time.")
        return
    if len(shots) > limits.at_most:
        yield Refusal("shots-count", "shots", f"At most {limits.at_most} shots; {len(shots)} were given.")
    for number, shot in enumerate(shots, 1):
        if not shot.prompt.strip() or shot.seconds < 1:
            yield Refusal("shot-empty", "shots", f"Shot {number} needs words and a length of at least 1 second.")
        elif shot.seconds < limits.min_seconds or shot.seconds > (limits.max_seconds or shot.seconds):
            yield Refusal("shot-seconds", "shots", f"Shot {number} lasts {shot.seconds} s; {_each_shot(limits)}.")
        if len(shot.prompt) > limits.prompt_limit:
            words = f"Shot {number} has {len(shot.prompt)} characters; {limits.prompt_limit} are possible."
            yield Refusal("shot-too-long", "shots", words)
    total = sum(shot.seconds for shot in shots)
    if limits.must_add_up and total != params.seconds:
        words = f"The shots last {total} seconds together; they must add up to {params.seconds}."
        yield Refusal("shots-sum", "shots", words)
    over = len(spelled(limits, shots)) - capability.prompt_limit
    if over > 0:
        words = (
            f"Written one after the other, as {capability.title} wants them, the shots are {over} characters too long"
        )
        yield Refusal("shots-too-long", "shots", f"{words}: together they may have {capability.prompt_limit}.")


def shot_problems(capability: Capability, shots: Sequence[ShotAsk], seconds: int) -> list[str]:
    """Return what speaks against several shots in one request of ``seconds``, in words."""
    asked = Params(prompt="", seconds=seconds, width=0, height=0, shots=tuple(shots))
    return [each.message for each in _shots(capability, asked)]


def _each_shot(limits: MultiShot) -> str:
    upper = f" to {limits.max_seconds}" if limits.max_seconds else " or more"
    return f"each may last {limits.min_seconds}{upper} s"


def spelled(limits: MultiShot, shots: Sequence[ShotAsk]) -> str:
    """Return the one text that several shots become where the wire has no field for them; "" where it has one.

    A mark that ends a shot in the model's form becomes a comma inside one.
    """
    end = limits.written[-1:]
    told = ((number, each.seconds, each.prompt) for number, each in enumerate(shots, 1))
    return " ".join(
        limits.written.format(number=number, seconds=seconds, prompt=words.replace(end, ",") if end == ";" else words)
        for number, seconds, words in told
    )


def _characters(capability: Capability, params: Params) -> Iterator[Refusal]:
    given, most = len(params.characters), capability.characters
    if given and not most:
        yield Refusal("characters-unsupported", "characters", f"{capability.title} takes no characters in this mode.")
    elif given > most:
        yield Refusal("characters-count", "characters", f"At most {most} characters; {given} were given.")


def _rules(capability: Capability, params: Params) -> Iterator[Refusal]:
    audio = sound(capability, params)
    for rule in capability.rules:
        if not applies(rule, params, audio):
            continue
        missing = any(not count(token, params, audio) for token in rule.require)
        present = any(count(token, params, audio) for token in rule.forbid)
        beyond = any(count(token, params, audio) > most for token, most in rule.limit)
        if missing or present or beyond:
            yield Refusal("combination", _field((*rule.require, *rule.forbid)), rule.words)


def _field(tokens: Sequence[str]) -> str:
    """The field to mend: that of the rule's first demand."""
    first = next(iter(tokens), "")
    if first.startswith("audio:"):
        return "audio"
    names = {"multi_shot": "shots", "seed": "seed", "negative": "negative", "characters": "characters"}
    return names.get(first, "references")
