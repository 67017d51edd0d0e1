"""An XMP packet (ISO 16684-1) made of plain values, joined with the one that a file had, and put into MP4 or MOV. Child process only."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

from generations.media.boxes import Box, boxes, find
from generations.media.errors import MediaError

UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
}
Value = str | Mapping[str, str] | list[Mapping[str, str]]
Properties = Mapping[str, Value]
"""Names such as ``plus:LicenseID``; a text, texts by language (rdf:Alt), or structures in order (rdf:Seq)."""

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_REMOTE_MANIFEST = (
    "{http://purl.org/dc/terms/}provenance"  # it would send readers to an address that the file's sender chose
)
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_TAIL = '\n<?xpacket end="w"?>'
_CONTROL = {code: None for code in range(32) if code not in {9, 10, 13}}
_NARROW = 1 << 32
_LONGEST_VALUE, _MOST_FIELDS, _DEEPEST = 2000, 200, 100


def packet(properties: Properties, before: str | None) -> tuple[str, bool]:
    """Write the properties, and beside them whatever else stood in the packet ``before``; say whether that could be read.

    What both say is said as in ``properties``. A reference to a manifest kept elsewhere is left out.
    """
    for prefix, uri in NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    meta = _read(before)
    carried = meta is not None
    if meta is None:
        meta = ET.Element(_name("x:xmpmeta"))
    rdf = meta.find(_name("rdf:RDF"))
    if rdf is None:
        rdf = ET.SubElement(meta, _name("rdf:RDF"))
    ours = {_name(name) for name in properties} | {_REMOTE_MANIFEST}
    for each in rdf.findall(_name("rdf:Description")):
        _forget(each, ours)
    about = ET.SubElement(rdf, _name("rdf:Description"), {_name("rdf:about"): ""})
    for name, value in properties.items():
        _write(about, name, value)
    return _HEAD + ET.tostring(meta, encoding="unicode") + _TAIL, carried or not before


def fields(text: str | None) -> dict[str, str]:
    """What a packet says under the names that we know (IPTC, PLUS, AIGC), by short name; several values joined. Empty when unreadable."""
    meta, found = _read(text), dict[str, str]()
    short = {uri: prefix for prefix, uri in NAMESPACES.items() if prefix not in {"x", "rdf"}}
    for each in meta.iter(_name("rdf:Description")) if meta is not None else ():
        said = [*each.attrib.items(), *((child.tag, " ".join(" · ".join(child.itertext()).split())) for child in each)]
        for name, value in said:
            uri, _, local = name.removeprefix("{").partition("}")
            if uri in short and value.strip(" ·") and len(found) < _MOST_FIELDS:
                found[f"{short[uri]}:{local}"] = value.strip(" ·")[:_LONGEST_VALUE]
    return found


def embed(path: Path, text: str) -> None:
    """Put the packet at the end of the file, in the one uuid box that XMP has; earlier packets become free space.

    No other byte moves. Raises MediaError for a file whose last box is open-ended and larger than its header can say.
    """
    content = UUID + text.encode()
    with path.open("r+b") as file:
        size = path.stat().st_size
        for box in [*_packets(file, size)]:
            _free(file, box)
        _close_last(file, size)
        file.seek(size)
        file.write(struct.pack(">I4s", len(content) + 8, b"uuid") + content)


def _read(before: str | None) -> ET.Element | None:
    """The packet's own element; None for none, for what is no XML or nested beyond reason, and for whatever declares entities."""
    if not before or "<!" in before:
        return None
    for root in ("x:xmpmeta", "rdf:RDF"):  # the outer one may be left out
        start, end = before.find(f"<{root}"), before.rfind(f"</{root}>")
        if 0 <= start < end:
            return _parsed(before[start : end + len(root) + 3])
    return None


def _parsed(text: str) -> ET.Element | None:
    try:
        read = ET.fromstring(text)  # noqa: S314 (no declarations, hence no entities)
    except ET.ParseError:
        return None
    level, depth = [read], 0
    while level:
        level, depth = [child for each in level for child in each], depth + 1
        if depth > _DEEPEST:
            return None
    if read.tag == _name("x:xmpmeta"):
        return read
    meta = ET.Element(_name("x:xmpmeta"))
    meta.append(read)
    return meta


def _forget(description: ET.Element, names: set[str]) -> None:
    for name in names & set(description.attrib):
        del description.attrib[name]
    for child in [each for each in description if each.tag in names]:
        description.remove(child)


def _write(about: ET.Element, name: str, value: Value) -> None:
    element = ET.SubElement(about, _name(name))
    if isinstance(value, str):
        element.text = _clean(value)
    elif isinstance(value, Mapping):
        choices = ET.SubElement(element, _name("rdf:Alt"))
        for language, words in value.items():
            ET.SubElement(choices, _name("rdf:li"), {_LANGUAGE: language}).text = _clean(words)
    else:
        order = ET.SubElement(element, _name("rdf:Seq"))
        for entry in value:
            item = ET.SubElement(order, _name("rdf:li"), {_name("rdf:parseType"): "Resource"})
            for key, words in entry.items():
                ET.SubElement(item, _name(key)).text = _clean(words)


def _clean(words: str) -> str:
    return words.translate(_CONTROL)


def _name(short: str) -> str:
    prefix, _, local = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _packets(file: BinaryIO, size: int) -> Iterator[Box]:
    for box in find(file, (b"uuid",), 0, size):
        file.seek(box.start)
        if file.read(16) == UUID:
            yield box
    yield from find(file, (b"moov", b"udta", b"XMP_"), 0, size)


def _free(file: BinaryIO, box: Box) -> None:
    """Make free space of a box, in its place and empty."""
    file.seek(_header(file, box) + 4)
    file.write(b"free")
    file.seek(box.start)
    left = box.end - box.start
    while left > 0:
        left -= file.write(bytes(min(left, 1 << 20)))


def _close_last(file: BinaryIO, size: int) -> None:
    """Write out the size of a last box that reaches "to the end of the file", which is about to move."""
    *_, last = boxes(file, 0, size)
    header = _header(file, last)
    file.seek(header)
    if struct.unpack(">I", file.read(4))[0] != 0:
        return
    if size - header >= _NARROW:
        raise MediaError("unsupported_layout", "The file's last part does not say how long it is: save it anew as MP4.")
    file.seek(header)
    file.write(struct.pack(">I", size - header))


def _header(file: BinaryIO, box: Box) -> int:
    """Where the box begins: 8 bytes before its content, 16 where its size took eight more."""
    if box.start >= 16:
        file.seek(box.start - 16)
        length, kind, long = struct.unpack(">I4sQ", file.read(16))
        if (length, kind, long) == (1, box.kind, box.end - box.start + 16):
            return box.start - 16
    return box.start - 8
