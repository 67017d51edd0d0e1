"""The pages for people: what the service is, its special words, and the latest jobs."""

from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from generations.sandbox import strip
from generations.sandbox.downloads import VARIANTS, is_gone, send_file
from generations.sandbox.errors import not_found
from generations.sandbox.jobs import Job
from generations.sandbox.store import JobStore
from generations.sandbox.words import SpecialWord

_FOLDER = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_RECENT = 24


def routes(store: JobStore) -> list[Route]:
    """Return the routes of the pages over one store."""

    async def index(request: Request) -> Response:
        return HTMLResponse(_index(store.newest_first()), headers={"content-security-policy": _POLICY})

    async def recent(request: Request) -> Response:
        job = store.get(request.path_params["video_id"])
        variant = request.path_params["variant"]
        answer = await send_file(store, job, variant) if job and variant in VARIANTS and not is_gone(job) else None
        if answer is None:
            raise not_found(request.path_params["video_id"])
        return answer

    return [
        Route("/", index),
        Route("/recent/{video_id}/{variant}", recent),
        Route("/sandbox.css", _style),
        Route("/strip", _strip),
        Route("/healthz", _health),
    ]


async def _style(request: Request) -> Response:
    return FileResponse(_FOLDER / "sandbox.css", media_type="text/css")


async def _strip(request: Request) -> Response:
    return PlainTextResponse(strip.__doc__ or "")


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _index(jobs: list[Job]) -> str:
    page = Template((_FOLDER / "index.html").read_text())
    words = "\n".join(
        f"<div><dt><code>{escape(word.value)}</code></dt><dd>{escape(word.effect)}</dd></div>" for word in SpecialWord
    )
    cards = "\n".join(_card(job) for job in jobs[:_RECENT])
    empty = '<p class="empty">None yet. Send a create request and reload this page.</p>'
    return page.substitute(words=words, jobs=f'<ul class="jobs">{cards}</ul>' if cards else empty, count=len(jobs))


def _card(job: Job) -> str:
    link = f"/recent/{job.id}"
    picture = f'<a href="{link}/video"><img src="{link}/thumbnail" alt="" loading="lazy"></a>'
    state = f"{job.status.replace('_', ' ')}{'' if job.finished else f', {job.progress} %'}"
    error = f'<p class="error">{escape(job.error_message or "")}</p>' if job.error_code else ""
    return (
        f'<li><div class="picture">{picture if job.status == "completed" else ""}</div>'
        f'<p class="prompt">{escape(job.prompt[:160])}</p>{error}'
        f"<p>{state} · {escape(job.model)} · {job.width}×{job.height} · {job.seconds} s · seed {job.seed}</p>"
        f"<p><code>{job.id}</code></p></li>"
    )
