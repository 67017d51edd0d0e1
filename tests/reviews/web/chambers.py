"""Outside counsel in the tests: rosa of Kahn & Partners, her mail, and her browser, which is logged in nowhere."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import cache
from django.test import Client

from reviews.actions.counsel import Counsel, invite_counsel
from reviews.models import CounselInvitation, LicenceRecordVersion
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from tests.reviews import world
from tests.smtp import Post, post_office, text_of

NAME, ADDRESS, FIRM = "Rosa Kahn", "rosa@kahn.example", "Kahn & Partners"
CODE = re.compile(r"^(\d{8})$", re.MULTILINE)
LINK = re.compile(r"http://\S+?(/c/[\w-]+/)")


@contextmanager
def mail(settings: Any) -> Iterator[Post]:
    """A mail server that the hub really talks to."""
    cache.clear()
    with post_office() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        yield office


def deliver() -> None:
    """Run the jobs that write to counsel."""
    for job in Job.objects.filter(kind__startswith="counsel.", state="queued"):
        assert runner.run_one(job.pk) == "succeeded"


def asked(lena: User, version: LicenceRecordVersion, **changes: Any) -> CounselInvitation:
    """Let lena ask rosa, deliver the mail, and say that there is a copy to watch."""
    world.watchable(version.record.clip)
    said = {"email": ADDRESS, "name": NAME, "firm": FIRM, **changes}
    made = invite_counsel(actor=lena, record_version=version, counsel=Counsel(**said))
    deliver()
    return made


def link(post: Post, address: str = ADDRESS) -> str:
    """The path of the newest link."""
    found = [LINK.search(text_of(letter)) for letter in post.to(address)]
    return [match[1] for match in found if match][-1]


def newest_code(post: Post, address: str = ADDRESS) -> str:
    """Deliver the mail and read the newest code."""
    deliver()
    found = [CODE.search(text_of(letter)) for letter in post.to(address)]
    return [match[1] for match in found if match][-1]


def at_the_door(post: Post, address: str = ADDRESS) -> tuple[Client, str]:
    """A fresh browser that followed the newest link, and where it stands."""
    browser = Client(headers={"User-Agent": "Rosa's browser"})
    answer = browser.get(link(post, address))
    assert answer.status_code == 302
    return browser, answer.headers["Location"]


def inside(post: Post, address: str = ADDRESS) -> tuple[Client, str]:
    """The same, with the address proved."""
    browser, door = at_the_door(post, address)
    assert browser.post(f"{door}code/").status_code == 302
    assert browser.post(f"{door}enter/", {"code": newest_code(post, address)}).status_code == 302
    return browser, door


def words(version: LicenceRecordVersion, **changes: Any) -> dict[str, Any]:
    """What rosa fills in to approve."""
    said = {"shown_sha256": version.sha256, "meaning": "approved", "typed_name": NAME, "intent": "on", "reason": ""}
    return {key: value for key, value in {**said, **changes}.items() if value is not None}


def sign(browser: Client, door: str, version: LicenceRecordVersion, post: Post, **changes: Any) -> Any:
    """Go the whole way to the signature; returns the last answer."""
    answer = browser.post(f"{door}sign/", words(version, **changes))
    assert answer.status_code == 302, answer.text
    return browser.post(f"{door}confirm/", {"code": newest_code(post)})
