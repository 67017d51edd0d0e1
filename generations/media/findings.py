"""What a file says about its own origin, in words for people; and what became of its marks on the way to another file.

Pure: takes what ``provenance`` found (or the row that keeps it), asks no file. Unknown is not absent: a file that could not be
checked has lost nothing, and has kept nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

PRESENT = frozenset({"present_trusted", "present_valid", "present_invalid"})
_UNKNOWN = frozenset({"not_checked", "unsupported"})
_MOST_DEEP, _MOST_LINES = 8, 200
SOURCE_TYPES = {
    "trainedAlgorithmicMedia": "made by a trained model",
    "compositeWithTrainedAlgorithmicMedia": "edited, with parts made by a trained model",
    "algorithmicMedia": "made by an algorithm that was not trained",
    "compositeSynthetic": "composed, with synthetic parts",
    "digitalCapture": "taken by a camera",
    "digitalCreation": "made by a person with software",
    "humanEdits": "edited by a person",
}
_NOT_CHECKED = {
    "remote_manifest": "they lie elsewhere, at an address that the file names. Nobody asked it: {remote_url}",
    "larger_than_checked": "the file is larger than is checked",
    "timeout": "reading them took too long",
    "memory": "reading them took too much memory",
    "crashed": "the reader failed on them",
}


@dataclass(frozen=True)
class Findings:
    """The marks of one file. ``credentials`` is the reader's whole report, ``trust`` the roots that it was judged by."""

    state: str
    credentials: Mapping[str, Any] = field(default_factory=dict)
    aigc: Mapping[str, Any] = field(default_factory=dict)
    source_types: tuple[str, ...] = ()
    xmp: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    trust: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_file(cls, found: Mapping[str, Any]) -> Self:
        """Take what ``media.provenance`` answers."""
        return cls(
            found["state"], found["credentials"] or {}, found["aigc"] or {}, tuple(found["digital_source_types"]),
            bool(found["xmp"]), found["xmp_fields"], found["trust"],
        )  # fmt: skip

    @classmethod
    def of_report(cls, row: Any) -> Self:
        """Take a ProvenanceReport."""
        tools = row.tools
        return cls(
            row.c2pa_state, row.c2pa, row.aigc, tuple(tools.get("source_types") or ()), bool(row.xmp),
            tools.get("xmp") or {}, tools.get("trust") or {},
        )  # fmt: skip

    @property
    def active(self) -> str:
        """The name of the manifest that speaks for the file itself; empty without one."""
        return str((self.credentials.get("report") or {}).get("active_manifest") or "")

    @property
    def manifests(self) -> Mapping[str, Any]:
        """Every manifest that the file carries, its ingredients' too, by name."""
        return (self.credentials.get("report") or {}).get("manifests") or {}

    @property
    def signer(self) -> str:
        """Who signed the file's own credentials, as the certificate says."""
        return signer_of(self.manifests.get(self.active) or {})


@dataclass(frozen=True)
class Line:
    """One line of the story: what it is about, words, and its tone (good, warn, bad, or none); ``depth`` indents ingredients."""

    term: str
    words: str
    tone: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Fate:
    """What became of one mark: kept, lost, none (there was none) or unknown. Losing a ``weighty`` one takes a lawyer's reason."""

    mark: str
    state: str
    words: str
    weighty: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return it for a JSON column."""
        return {"mark": self.mark, "state": self.state, "words": self.words, "weighty": self.weighty}


def story(found: Findings) -> list[Line]:
    """Tell everything that the file carries, the whole tree of what it was made from, and by which roots that was judged."""
    tree, failures = islice(_tree(found), _MOST_LINES), islice(_failures(found), _MOST_LINES)
    lines = [_credentials(found), *tree, *failures, _roots(found), _label(found)]
    lines.append(_source_types(found))
    lines += [Line(name.partition(":")[2], words) for name, words in found.fields.items() if not _said_above(name)]
    return lines


def fates(before: Findings, after: Findings, step: str) -> list[Fate]:
    """Say of each mark of a file what became of it in another that was made from it by ``step`` (“the export of …”)."""
    return [
        _fate_of_credentials(before, after, step),
        _fate_of_label(before, after, step),
        _fate_of_source_type(before, after, step),
        _fate_of_xmp(before, after, step),
    ]


def lost(found: Iterable[Fate]) -> list[Fate]:
    """Return the weighty marks that did not come through."""
    return [each for each in found if each.state == "lost" and each.weighty]


def signer_of(manifest: Mapping[str, Any]) -> str:
    """Whom a manifest's certificate names, and when that was where somebody attests it."""
    signature = manifest.get("signature_info") or {}
    names = [str(signature.get(key)) for key in ("common_name", "issuer") if signature.get(key)]
    who = ", ".join(dict.fromkeys(names)) or "somebody whom the certificate does not name"
    return f"{who}, at {signature['time']} as an authority of time attests" if signature.get("time") else who


def _credentials(found: Findings) -> Line:
    term, said = "Content Credentials", found.credentials
    if found.state == "absent":
        return Line(term, "None in this file.")
    if found.state == "unsupported":
        return Line(term, "Not looked for: files of this kind cannot be read for them.", "warn")
    if found.state == "not_checked":
        why = _NOT_CHECKED.get(str(said.get("reason")), "it was not looked").format(
            remote_url=said.get("remote_url", "")
        )
        return Line(term, f"Not known: {why}.", "warn")
    if found.state == "present_invalid":
        return Line(term, f"Present, and they do not verify. Signed by {found.signer}.", "bad")
    if found.state == "present_trusted":
        by = "own" if said.get("trusted_by") == "own" else "public"
        whose = "roots of this installation alone" if by == "own" else _list_words(found.trust)
        return Line(term, f"Present and sound, signed by {found.signer}, trusted by {whose}.", "good")
    return Line(term, f"Present and sound, signed by {found.signer}, whom none of our roots vouches for.", "warn")


def _tree(found: Findings) -> Iterator[Line]:
    """The ingredients of the file's own manifest, and of theirs, each with who signed it; circles and great depth end it.

    A hostile file can have a tree without end: take no more lines than are wanted.
    """
    yield from _below(found.manifests, found.active, 1, frozenset())


def _below(manifests: Mapping[str, Any], label: str, depth: int, above: frozenset[str]) -> Iterator[Line]:
    if depth > _MOST_DEEP or label in above:
        return
    for each in (manifests.get(label) or {}).get("ingredients") or []:
        own = str(each.get("active_manifest") or "")
        whose = f"signed by {signer_of(manifests[own])}" if own in manifests else "with no credentials of its own"
        how = {"parentOf": "made from", "componentOf": "with a part from", "inputTo": "with input from"}
        bad = _codes(each.get("validation_results"))
        broken = f"; it does not verify ({', '.join(bad)})" if bad else ""
        words = f"{how.get(str(each.get('relationship')), 'with')} “{each.get('title') or 'unnamed'}”, {whose}{broken}."
        yield Line("Ingredient", words, "bad" if bad else "", depth)
        if own:
            yield from _below(manifests, own, depth + 1, above | {label})


def _codes(results: Mapping[str, Any] | None) -> list[str]:
    """The failures of one ingredient that speak against it; a signer whom we do not know does not."""
    failures = ((results or {}).get("activeManifest") or {}).get("failure") or []
    codes = [str(each.get("code")) for each in failures]
    return [code for code in dict.fromkeys(codes) if code != "signingCredential.untrusted"]


def _failures(found: Findings) -> Iterator[Line]:
    for failure in found.credentials.get("failures") or []:
        where = "this file" if failure.get("where") == "active" else f"the ingredient {failure.get('where')}"
        tone = "warn" if failure.get("code") == "signingCredential.untrusted" else "bad"
        words = f"{failure.get('code')} in {where}: {failure.get('explanation') or 'no word'}."
        yield Line("Check that failed", words, tone)


def _roots(found: Findings) -> Line:
    return Line("Judged by", f"{_list_words(found.trust)}; {_own_words(found.trust)}.")


def _list_words(trust: Mapping[str, Any]) -> str:
    digest = trust.get("list_sha256") or trust.get("anchors_sha256")
    if not digest:
        return "no public trust list"
    day = f" of {trust['date']}" if trust.get("date") else ", of a day that nobody noted"
    return f"{trust.get('list') or 'a trust list'}{day} (SHA-256 {str(digest)[:12]}…)"


def _own_words(trust: Mapping[str, Any]) -> str:
    digest = trust.get("own_sha256") or trust.get("own_anchors_sha256")
    return f"roots of this installation (SHA-256 {str(digest)[:12]}…)" if digest else "no roots of this installation"


def _label(found: Findings) -> Line:
    if not found.aigc:
        return Line("AIGC label", "None in this file.")
    label = found.aigc.get("label")
    if not isinstance(label, Mapping):
        return Line("AIGC label", f"Present ({found.aigc.get('source')}), and not well-formed.", "warn")
    said = "; ".join(f"{key} {value}" for key, value in label.items() if value not in ("", None))
    return Line("AIGC label", f"Present ({found.aigc.get('source')}): {said}.")


def _source_types(found: Findings) -> Line:
    if not found.source_types:
        return Line("IPTC digital source type", "None in this file.")
    return Line("IPTC digital source type", "; ".join(map(in_words, found.source_types)) + ".")


def in_words(source_type: str) -> str:
    """Write an IPTC digital source type out; one that is not known as it stands."""
    code = source_type.rpartition("/")[2]
    return SOURCE_TYPES.get(code, code)


def _said_above(name: str) -> bool:
    return name in {"Iptc4xmpExt:DigitalSourceType", "TC260:AIGC"}


def _fate_of_credentials(before: Findings, after: Findings, step: str) -> Fate:
    mark = "Content Credentials"
    if before.state == "absent":
        return Fate(mark, "none", "The source had no Content Credentials.")
    if before.state in _UNKNOWN:
        return Fate(mark, "unknown", "It is not known whether the source had Content Credentials.")
    had = f"The provider’s Content Credentials ({before.signer}) were present in the source"
    had += ", though they did not verify there" if before.state == "present_invalid" else ""
    if after.state in _UNKNOWN:
        return Fate(mark, "unknown", f"{had}; whether they came through {step} could not be checked.")
    if after.state == "absent":
        return Fate(mark, "lost", f"{had}, and were lost in {step}.")
    if before.active and before.active == after.active:
        if after.state == "present_invalid" and before.state != "present_invalid":
            return Fate(mark, "lost", f"{had}; the bytes changed in {step}, and they do not verify any more.")
        return Fate(mark, "kept", f"{had}, and are there as they were.")
    if before.active and before.active in after.manifests:
        return Fate(mark, "kept", f"{had}, and are kept as an ingredient.")
    return Fate(mark, "lost", f"{had}, and are not among those that the result carries: they were lost in {step}.")


def _fate_of_label(before: Findings, after: Findings, step: str) -> Fate:
    if not before.aigc:
        return Fate("AIGC label", "none", "The source had no AIGC label.")
    if not after.aigc:
        return Fate(
            "AIGC label", "lost", f"The provider’s AIGC label was present in the source, and was lost in {step}."
        )
    same = (before.aigc.get("label"), before.aigc.get("raw")) == (after.aigc.get("label"), after.aigc.get("raw"))
    if same or (before.aigc.get("label") and before.aigc["label"] == after.aigc.get("label")):
        return Fate(
            "AIGC label", "kept", "The provider’s AIGC label was present in the source, and is kept word for word."
        )
    return Fate("AIGC label", "lost", f"The provider’s AIGC label was altered in {step}.")


def _fate_of_source_type(before: Findings, after: Findings, step: str) -> Fate:
    mark = "IPTC digital source type"
    if not before.source_types:
        return Fate(mark, "none", "The source named no IPTC digital source type.")
    said = "; ".join(map(in_words, before.source_types))
    if after.source_types:
        now = "; ".join(map(in_words, after.source_types))
        return Fate(mark, "kept", f"The source said “{said}”, the result says “{now}”.")
    return Fate(mark, "lost", f"The source said “{said}”: that was lost in {step}.")


def _fate_of_xmp(before: Findings, after: Findings, step: str) -> Fate:
    if not before.xmp:
        return Fate("XMP", "none", "The source had no XMP.", weighty=False)
    if not after.xmp:
        return Fate("XMP", "lost", f"The source had XMP, and it was lost in {step}.", weighty=False)
    missing = sorted(name for name in before.fields if name not in after.fields)
    if missing:
        return Fate(
            "XMP", "lost", f"Of the source’s XMP these were lost in {step}: {', '.join(missing)}.", weighty=False
        )
    return Fate("XMP", "kept", "The source had XMP; what we know of it is kept.", weighty=False)
