"""Looks into media files and derives from them, always in a confined process of its own."""

from generations.media.animatics import PieceLook, PieceSound, card_piece, join_pieces, take_piece
from generations.media.calls import (
    derive,
    document,
    mark,
    page,
    pick,
    preview,
    probe,
    probe_many,
    probe_reference,
    provenance,
    seal,
)
from generations.media.errors import MediaError
from generations.media.facts import Audio, Derived, DerivedFile, Document, Probe, ReferenceProbe

__all__ = [
    "Audio",
    "Derived",
    "DerivedFile",
    "Document",
    "MediaError",
    "PieceLook",
    "PieceSound",
    "Probe",
    "ReferenceProbe",
    "card_piece",
    "derive",
    "document",
    "join_pieces",
    "mark",
    "page",
    "pick",
    "preview",
    "probe",
    "probe_many",
    "probe_reference",
    "provenance",
    "seal",
    "take_piece",
]
