"""Looks into media files and derives from them, always in a confined process of its own."""

from generations.media.calls import derive, document, page, pick, probe, probe_reference, provenance
from generations.media.errors import MediaError
from generations.media.facts import Audio, Derived, DerivedFile, Document, Probe, ReferenceProbe

__all__ = [
    "Audio",
    "Derived",
    "DerivedFile",
    "Document",
    "MediaError",
    "Probe",
    "ReferenceProbe",
    "derive",
    "document",
    "page",
    "pick",
    "probe",
    "probe_reference",
    "provenance",
]
