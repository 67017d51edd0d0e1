"""The service's own calls about one generation, as the proxy caught them, and where they are to be brought."""

from urllib.parse import urlsplit
from uuid import UUID

from tests.generations.pipeline.matrix.proxy import Proxy, Seen
from tests.generations.sandbox.wires import waited

PATIENCE = 20.0
ENDS = (b'"succeeded"', b'"video.completed"')


class Calls:
    """What the service has to say about a generation: to the account's address, or to one made for this generation alone."""

    def __init__(self, proxy: Proxy, account: UUID | str, generation: UUID | str, remote_id: str) -> None:
        self.proxy, self.account, self.generation, self.remote_id = proxy, account, generation, remote_id

    def all(self) -> list[Seen]:
        """Every call, once the service has said the last of them."""

        def mine() -> list[Seen]:
            return [each for each in self.proxy.calls if self.remote_id.encode() in each.body]

        return waited(mine, lambda found: any(tells_the_end(each) for each in found), PATIENCE)

    def path(self, call: Seen) -> str:
        """Where the hub takes it."""
        return call.path if self.is_own(call) else f"/webhooks/{self.account}/"

    def headers(self, call: Seen) -> dict[str, str]:
        """Those that a call is verified by."""
        return {name: value for name, value in call.headers.items() if name.lower().startswith("webhook-")}

    def is_own(self, call: Seen) -> bool:
        """Whether its address was made for this generation."""
        return str(self.generation) in urlsplit(call.path).path


def tells_the_end(call: Seen) -> bool:
    """Whether it says that the task is finished."""
    return any(word in call.body for word in ENDS)
