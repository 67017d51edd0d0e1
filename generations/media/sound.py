"""Sound put on the picture's time: earlier samples cut, gaps filled with silence. Child process only."""

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.filter import Graph


def sound_graph(template: AudioFrame, first: Fraction, *, rate: int, sample_format: str, layout: str) -> Graph:
    """A filter whose sample 0 belongs to the moment ``first`` (seconds) of the source, like ``template``
    going in.
    """
    graph = Graph()
    nodes = [
        graph.add_abuffer(
            sample_rate=template.sample_rate,
            format=template.format.name,
            layout=template.layout.name,
            time_base=template.time_base,
        ),
        graph.add("asetpts", f"PTS-({first.numerator}/{first.denominator})/TB"),
        graph.add("aresample", f"{rate}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts={sample_format}:sample_rates={rate}:channel_layouts={layout}"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def pull_sound(graph: Graph | None) -> Iterator[AudioFrame]:
    """Every frame that the filter has ready."""
    while graph is not None:
        try:
            yield cast("AudioFrame", graph.pull())
        except (av.BlockingIOError, av.EOFError):
            return
