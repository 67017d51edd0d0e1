"""Looks into media files and derives from them, always in a confined process of its own."""

from generations.media.calls import derive, probe, provenance
from generations.media.errors import MediaError
from generations.media.facts import Audio, Derived, DerivedFile, Probe

__all__ = ["Audio", "Derived", "DerivedFile", "MediaError", "Probe", "derive", "probe", "provenance"]
