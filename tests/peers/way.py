"""The real pipeline through the proxy: from a prompt to a clip in the store, and what each fault on the way does to it."""

from dataclasses import dataclass

from generations.actions.launches import launch_generation
from generations.models import Generation, Prompt, ProviderAccount, State
from tests.generations.factories import ORDER, Sandbox, carry
from tests.peers.findings import Finding
from tests.peers.proxy import KEY, Proxy
from tests.people import Agency, provider_account


@dataclass(frozen=True)
class Case:
    """A special word of the embedded service, how a generation with it must end, and the creates the service may see."""

    word: str
    ends: State
    creates: int = 1


CASES = (
    Case("plain", State.SUCCEEDED),
    Case("server-error", State.LOST),
    Case("dropped-connection", State.LOST),
    Case("moderated-input", State.FAILED),
    Case("quota", State.FAILED),
    Case("rate-limit", State.SUCCEEDED, creates=2),
    Case("moderated-output", State.FAILED),
    Case("unknown-word", State.SUCCEEDED),
    Case("contradictory", State.SUCCEEDED),
    Case("malformed-json", State.SUCCEEDED),
    Case("auth-lost", State.SUCCEEDED),
    Case("truncated-download", State.SUCCEEDED),
    Case("wrong-content-type", State.SUCCEEDED),
)
HIDDEN = (Case("server-error", State.SUCCEEDED, creates=2), Case("dropped-connection", State.LOST, creates=3))
"""What a proxy that nobody has forbidden to repeat makes of one order (seen at 1.106.2): its second try succeeds, its third is
its last. With other figures, what docs/reference/openai-dialect.md tells operators is no longer true.
"""


def findings(agency: Agency, proxy: Proxy, sandbox: Sandbox) -> list[Finding]:
    """Launch every case at once and carry each to its end; then remix the plain one.

    Each at an account of its own: what some services say (a quota that is used up) makes the hub send nothing more from there.
    """
    launched = {case: launch(agency, account_at(proxy), _words(case)) for case in CASES}
    found = [_judged(case, carry(generation, seconds=180), sandbox) for case, generation in launched.items()]
    plain = launched[CASES[0]]
    found.append(Finding("way: its settled price", f"{(plain.settled_micro or 0) / 1_000_000:g}", "0.4"))
    return [*found, _remixed(agency, plain, sandbox)]


def hidden_retries(agency: Agency, proxy: Proxy, sandbox: Sandbox) -> list[Finding]:
    """Count the orders that the proxy makes of one of ours when nobody has forbidden it to repeat."""
    found: list[Finding] = []
    for case in HIDDEN:
        words = f"sandbox:{case.word} repeated"
        seen = _end(carry(launch(agency, account_at(proxy), words), seconds=180), words, sandbox)
        found.append(Finding(f"unmended proxy: {case.word}", seen, f"{case.ends}, {case.creates} creates"))
    return found


def account_at(proxy: Proxy) -> ProviderAccount:
    """An account whose service is the proxy."""
    account = provider_account(proxy.base_url, route="compatible")
    account.set_api_key(KEY)
    account.save()
    return account


def launch(agency: Agency, account: ProviderAccount, words: str, *, source: Generation | None = None) -> Generation:
    """Launch a generation of these words, or a remix of another one."""
    version = agency.shot.prompts.count() + 1
    prompt = Prompt.objects.create(shot=agency.shot, version=version, text=words, created_by=agency.alice)
    return launch_generation(
        actor=agency.alice,
        prompt=prompt,
        account=account,
        model="sora-2",
        mode="remix" if source else "text_to_video",
        params=ORDER,
        source=source,
    )


def _remixed(agency: Agency, plain: Generation, sandbox: Sandbox) -> Finding:
    generation = carry(launch(agency, plain.account, "The same at night", source=plain), seconds=180)
    return Finding("way: a remix of it", _end(generation, "The same at night", sandbox), "succeeded, 1 creates")


def _judged(case: Case, generation: Generation, sandbox: Sandbox) -> Finding:
    seen = _end(generation, _words(case), sandbox)
    return Finding(f"way: {case.word}", seen, f"{case.ends}, {case.creates} creates")


def _end(generation: Generation, words: str, sandbox: Sandbox) -> str:
    return f"{generation.state}, {sandbox.creates(words)} creates"


def _words(case: Case) -> str:
    return f"sandbox:{case.word} on the way"
