"""The smallest Django that lists a clip's notes and takes one in: no middleware, nobody logged in, nothing checked.

One statement lets the database build the JSON, which is passed on as it comes; a note and its marks go in by two statements in
one transaction. Served by gunicorn as ``tests.bench.bare:application``; DATABASE_URL says from where.
"""

import json
import os
import secrets
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from sorahub.settings.env import postgresql

if not settings.configured:
    engine = {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": False}
    kept_open = {**postgresql(os.environ["DATABASE_URL"]), **engine}
    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": kept_open},
        USE_TZ=True,
        MIDDLEWARE=[],
    )

LIST = """
SELECT coalesce(json_agg(json_build_object(
  'id', a.id, 'clip', a.clip_id, 'clip_sha256', a.clip_sha256, 'parent', a.parent_id, 'frame_in', a.frame_in,
  'frame_out', a.frame_out, 'body', a.body, 'category', a.category, 'visibility', a.visibility, 'author', a.author_id,
  'author_name', p.name, 'carried_from', a.carried_from_id, 'shapes', (
    SELECT coalesce(json_agg(json_build_object(
      'id', s.id, 'annotation', s.annotation_id, 'kind', s.kind, 'schema', s.schema, 'points', s.points,
      'stroke', s.stroke::text, 'colour', s.colour, 'text', s.text, 'author', s.author_id, 'created_at', s.created_at,
      'moved_at', s.moved_at, 'deleted_at', s.deleted_at) ORDER BY s.z, s.created_at, s.id), '[]')
    FROM reviews_shape s WHERE s.annotation_id = a.id AND s.deleted_at IS NULL),
  'attachments', (SELECT coalesce(json_agg(f.id), '[]') FROM reviews_attachment f
    WHERE f.annotation_id = a.id AND f.deleted_at IS NULL),
  'created_at', a.created_at, 'touched_at', a.touched_at, 'edited_at', a.edited_at, 'resolved_at', a.resolved_at,
  'resolved_by', a.resolved_by_id, 'deleted_at', a.deleted_at) ORDER BY a.id DESC), '[]')::text
FROM (SELECT * FROM reviews_annotation WHERE clip_id = %s AND deleted_at IS NULL ORDER BY id DESC LIMIT 51) a
JOIN accounts_user u ON u.id = a.author_id JOIN accounts_person p ON p.id = u.person_id
"""
NOTE = """
INSERT INTO reviews_annotation (id, clip_id, clip_sha256, frame_in, frame_out, body, category, visibility, author_id, source,
  created_at, touched_at)
SELECT %s, c.id, c.sha256, %s, %s, %s, 'general', 'internal', c.created_by_id, '', now(), now()
FROM generations_clip c WHERE c.id = %s RETURNING author_id
"""
MARK = """
INSERT INTO reviews_shape (id, annotation_id, kind, schema, points, stroke, colour, text, z, author_id, created_at)
VALUES (%s, %s, %s, 1, %s, %s, %s, '', %s, %s, now())
"""


def notes(request: HttpRequest) -> HttpResponse:
    """GET lists a clip's notes; POST takes one in."""
    if request.method == "POST":
        return _answer(_write(json.loads(request.body)), 201)
    with connection.cursor() as cursor:
        cursor.execute(LIST, [request.GET["clip"]])
        return _answer(cursor.fetchone()[0], 200)


def _write(sent: dict[str, Any]) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NOTE, [sent["id"], sent["frame_in"], sent["frame_out"], sent["body"], sent["clip"]])
        author = cursor.fetchone()[0]
        for z, mark in enumerate(sent["shapes"]):
            points = json.dumps(mark["points"])
            values = [mark["id"], sent["id"], mark["kind"], points, mark["stroke"], mark["colour"], z, author]
            cursor.execute(MARK, values)
    return json.dumps({"id": sent["id"]})


def _answer(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="application/json")
    response["Content-Length"] = str(len(response.content))  # or gunicorn cuts it into chunks
    return response


urlpatterns = [path("api/v1/annotations/", notes)]
application = get_wsgi_application()
