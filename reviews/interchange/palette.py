"""The colour of a category in each format. Colour is never the only sign: markers name the category too."""

RESOLVE = {
    "general": "ResolveColorBlue",
    "picture": "ResolveColorYellow",
    "motion": "ResolveColorCyan",
    "sound": "ResolveColorGreen",
    "rights": "ResolveColorRed",
}
OTIO = {"general": "BLUE", "picture": "YELLOW", "motion": "CYAN", "sound": "GREEN", "rights": "RED"}
RGB = {
    "general": (66, 133, 244),
    "picture": (242, 201, 76),
    "motion": (45, 188, 220),
    "sound": (39, 174, 96),
    "rights": (235, 87, 87),
}
CATEGORIES = tuple(OTIO)


def category_of(colour: str) -> str:
    """Return the category that a Resolve or OTIO colour stands for in our own files; another colour says nothing."""
    known = {**{name: category for category, name in RESOLVE.items()}, **{name: key for key, name in OTIO.items()}}
    return known.get(colour, "general")


def nearest(rgb: tuple[int, int, int]) -> str:
    """Return the category with exactly this colour, else general."""
    return next((category for category, own in RGB.items() if own == rgb), "general")
