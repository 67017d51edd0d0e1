"""Which rows can be found, by which words, and which changes of other rows change them: SQL that both databases read alike.

Each source says of one row of a table: what narrows it down, and its words in two parts. ``open`` is what everybody reads who
sees the row at all, guests too; ``inside`` is what only the agency's people read. A guest's search looks at ``open`` alone.
"""

from dataclasses import dataclass

COLUMNS = "kind, object_id, project_id, clip_id, author_id, visibility, state, model, width, height, at"
"""The columns of an entry, in the order in which each source gives them; ``open`` and ``inside`` follow."""


@dataclass(frozen=True)
class Watch:
    """A change that concerns a source: an update of these columns. ``keys``: whose entries are written anew, given the row NEW."""

    table: str
    columns: tuple[str, ...]
    keys: str
    inserts: bool = False


@dataclass(frozen=True)
class Source:
    """A table whose rows are found. ``select`` ends in a WHERE that is gone on with; ``key`` is the row's id in it."""

    kind: str
    table: str
    key: str
    select: str
    changes: tuple[str, ...] = ()
    watches: tuple[Watch, ...] = ()


def _of(table: str, column: str, other: str = "id") -> str:
    return f"SELECT id FROM {table} WHERE {column} = NEW.{other}"  # noqa: S608 (names from this file)


PROJECT = Source(
    "project",
    "generations_project",
    "p.id",
    """SELECT 'project' AS kind, p.id AS object_id, p.id AS project_id, NULL AS clip_id, p.created_by_id AS author_id, '' AS visibility,
        CASE WHEN p.archived_at IS NULL THEN '' ELSE 'archived' END AS state, '' AS model, NULL AS width, NULL AS height,
        p.created_at AS at, p.name || ' ' || p.code AS open, c.name || ' ' || p.brief AS inside
    FROM generations_project p JOIN accounts_client c ON c.id = p.client_id WHERE 1 = 1""",
    ("name", "code", "brief", "archived_at", "client_id"),
    (Watch("accounts_client", ("name",), _of("generations_project", "client_id")),),
)
SHOT = Source(
    "shot",
    "generations_shot",
    "s.id",
    """SELECT 'shot' AS kind, s.id AS object_id, s.project_id AS project_id, NULL AS clip_id, s.created_by_id AS author_id,
        '' AS visibility, '' AS state, '' AS model, NULL AS width, NULL AS height, s.created_at AS at,
        s.code || ' ' || s.title AS open, '' AS inside
    FROM generations_shot s WHERE 1 = 1""",
    ("code", "title", "project_id"),
)
PROMPT = Source(
    "prompt",
    "generations_prompt",
    "r.id",
    """SELECT 'prompt' AS kind, r.id AS object_id, s.project_id AS project_id, NULL AS clip_id, r.created_by_id AS author_id,
        '' AS visibility, '' AS state, '' AS model, NULL AS width, NULL AS height, r.created_at AS at,
        r.text AS open, r.negative AS inside
    FROM generations_prompt r JOIN generations_shot s ON s.id = r.shot_id WHERE 1 = 1""",
    (),
    (Watch("generations_shot", ("project_id",), _of("generations_prompt", "shot_id")),),
)
REFERENCE = Source(
    "reference",
    "generations_reference",
    "f.id",
    """SELECT 'reference' AS kind, f.id AS object_id, f.project_id AS project_id, NULL AS clip_id, f.created_by_id AS author_id,
        '' AS visibility, CASE WHEN f.archived_at IS NULL THEN '' ELSE 'archived' END AS state,
        '' AS model, f.width AS width, f.height AS height, f.created_at AS at, f.original_name AS open,
        f.kind || ' ' || f.sha256 || ' ' || f.media_type || ' ' || coalesce(f.width || 'x' || f.height, '') || ' ' || f.source
            || ' ' || f.rights || ' ' || f.credit || ' ' || f.licence_number || ' ' || f.depicted AS inside
    FROM generations_reference f WHERE 1 = 1""",
    ("original_name", "source", "rights", "credit", "licence_number", "depicted", "archived_at", "project_id"),
)
CLIP = Source(
    "clip",
    "generations_clip",
    "c.id",
    """SELECT 'clip' AS kind, c.id AS object_id, c.project_id AS project_id, c.id AS clip_id, c.created_by_id AS author_id,
        '' AS visibility, CASE WHEN c.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN c.quarantined_at IS NOT NULL THEN 'quarantined'
            ELSE '' END AS state,
        coalesce(nullif(c.declared_model, ''), g.model, '') AS model, c.width AS width, c.height AS height, c.created_at AS at,
        CASE WHEN s.id IS NULL THEN c.original_name ELSE s.code || ' ' || s.title || ' take ' || c.take END AS open,
        c.original_name || ' ' || c.sha256 || ' ' || c.container || ' ' || c.video_codec || ' ' || c.audio_codec || ' ' || c.width || 'x'
            || c.height || ' ' || (c.rate_num / c.rate_den) || 'fps ' || c.declared_model || ' ' || coalesce(g.model, '') || ' '
            || c.declared_route || ' ' || coalesce(a.route, '') || ' ' || c.declared_prompt || ' ' || coalesce(r.text, '') AS inside
    FROM generations_clip c LEFT JOIN generations_shot s ON s.id = c.shot_id
    LEFT JOIN generations_generation g ON g.id = (SELECT first.id FROM generations_generation first WHERE first.clip_id = c.id
        ORDER BY first.created_at, first.id LIMIT 1)
    LEFT JOIN generations_provideraccount a ON a.id = g.account_id LEFT JOIN generations_prompt r ON r.id = g.prompt_id WHERE 1 = 1""",
    (
        "project_id", "shot_id", "take", "original_name", "declared_model", "declared_route", "declared_prompt", "container", "video_codec",
        "audio_codec", "width", "height", "withdrawn_at", "quarantined_at",
    ),
    (
        Watch("generations_shot", ("code", "title"), _of("generations_clip", "shot_id")),
        Watch("generations_generation", ("clip_id",), _of("generations_clip", "id", "clip_id"), inserts=True),
    ),
)  # fmt: skip
NOTE = Source(
    "note",
    "reviews_annotation",
    "n.id",
    """SELECT 'note' AS kind, n.id AS object_id, c.project_id AS project_id, n.clip_id AS clip_id, n.author_id AS author_id,
        n.visibility AS visibility, CASE WHEN n.parent_id IS NOT NULL THEN '' WHEN n.resolved_at IS NULL THEN 'open' ELSE 'resolved' END
            AS state,
        '' AS model, NULL AS width, NULL AS height, n.created_at AS at, n.body AS open, '' AS inside
    FROM reviews_annotation n JOIN generations_clip c ON c.id = n.clip_id WHERE n.deleted_at IS NULL""",
    ("body", "visibility", "deleted_at", "resolved_at", "clip_id", "parent_id"),
    (Watch("generations_clip", ("project_id",), _of("reviews_annotation", "clip_id")),),
)
TERMS = Source(
    "terms",
    "reviews_termsversion",
    "v.id",
    """SELECT 'terms' AS kind, v.id AS object_id, NULL AS project_id, NULL AS clip_id, v.captured_by_id AS author_id, '' AS visibility,
        '' AS state, '' AS model, NULL AS width, NULL AS height, v.captured_at AS at,
        t.publisher || ' ' || t.title || ' ' || t.product || ' ' || v.label AS open, v.text || ' ' || v.raw_sha256 AS inside
    FROM reviews_termsversion v JOIN reviews_termssource t ON t.id = v.source_id WHERE 1 = 1""",
    (),
    (Watch("reviews_termssource", ("publisher", "title", "product"), _of("reviews_termsversion", "source_id")),),
)
GENERATION = Source(
    "generation",
    "generations_generation",
    "g.id",
    """SELECT 'generation' AS kind, g.id AS object_id, g.project_id AS project_id, NULL AS clip_id, g.created_by_id AS author_id,
        '' AS visibility, CASE WHEN g.state = 'succeeded' THEN 'done' WHEN g.state = 'submit_unknown' THEN 'unanswered'
            WHEN g.state IN ('failed', 'cancelled', 'expired', 'lost') THEN g.state ELSE 'waiting' END AS state,
        g.model AS model, NULL AS width, NULL AS height, g.created_at AS at, s.code || ' ' || g.model AS open,
        g.mode || ' ' || a.name || ' ' || g.error_class || ' ' || g.error_code || ' ' || g.error_message AS inside
    FROM generations_generation g JOIN generations_prompt r ON r.id = g.prompt_id JOIN generations_shot s ON s.id = r.shot_id
    JOIN generations_provideraccount a ON a.id = g.account_id WHERE 1 = 1""",
    ("state", "model", "mode", "error_class", "error_code", "error_message", "project_id"),
    (
        Watch(
            "generations_shot",
            ("code",),
            "SELECT g.id FROM generations_generation g JOIN generations_prompt r ON r.id = g.prompt_id WHERE r.shot_id = NEW.id",
        ),
        Watch("generations_provideraccount", ("name",), _of("generations_generation", "account_id")),
    ),
)
SOURCES = (PROJECT, SHOT, PROMPT, REFERENCE, CLIP, NOTE, TERMS, GENERATION)
