"""XML of editors: written with ElementTree, read only when it declares nothing of its own."""

import re
from xml.etree import ElementTree

from sorahub.lib.errors import InvalidInput

# XML 1.0 takes no other control characters, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return the text without the characters that XML cannot hold; its line breaks are the one kind that XML keeps."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def child(parent: ElementTree.Element, tag: str, text: object = None, **attributes: str) -> ElementTree.Element:
    """Append an element; values are cleaned, so that what comes out is always well formed."""
    made = ElementTree.SubElement(parent, tag, {key: clean(value) for key, value in attributes.items()})
    if text is not None:
        made.text = clean(str(text))
    return made


def document(root: ElementTree.Element, doctype: str) -> str:
    """Return the whole file."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {doctype}>\n{body}\n'


def parsed(text: str, root: str) -> ElementTree.Element:
    """Return the root element of a stranger's file. Raises InvalidInput for what is not XML, another root, or entities."""
    if "<!ENTITY" in text.upper():
        raise InvalidInput("This XML declares entities of its own; that is not taken.", code="bad-file")
    try:
        found = ElementTree.fromstring(text)  # noqa: S314 (no entities; expat limits what is left)
    except (ElementTree.ParseError, ValueError) as error:
        raise InvalidInput(f"This is not well-formed XML: {error}.", code="bad-file") from error
    if found.tag != root:
        raise InvalidInput(f"This XML is <{found.tag}>, not <{root}>.", code="bad-file")
    return found
