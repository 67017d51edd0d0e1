"""Send a whole file in answer to a POST."""

from pathlib import Path

from django.http import FileResponse


def whole_file(path: Path, *, filename: str, sha256: str, media_type: str = "application/octet-stream") -> FileResponse:
    """Stream the file as an attachment, with its SHA-256 as its ETag. For WSGI: the API runs nowhere else."""
    headers = {"ETag": f'"{sha256}"', "Cache-Control": "no-store"}
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=filename, content_type=media_type, headers=headers
    )
