"""The cable to the database: a TCP forwarder that can be cut and mended."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 64 * 1024


@dataclass
class Cable:
    """Forwards connections to one address; while it is cut, none lives and none begins. Counts what happened to it."""

    host: str
    far_port: int
    port: int = 0
    cuts: int = 0
    mends: int = 0
    refused: int = 0
    _whole: bool = True
    _open: set[socket.socket] = field(default_factory=set)

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self.cuts, self._whole = self.cuts + 1, False
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections through again."""
        self.mends, self._whole = self.mends + 1, True

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if not self._whole:
                self.refused += 1
                near.close()
                continue
            far = socket.create_connection((self.host, self.far_port))
            self._open |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        """Carry bytes one way until either end is gone."""
        with suppress(OSError):
            while piece := source.recv(PIECE):
                target.sendall(piece)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)


@contextmanager
def cable(host: str, port: int) -> Iterator[Cable]:
    """Run a cable to a port of a host."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Cable(host, port, listener.getsockname()[1])
        threading.Thread(target=made.serve, args=(listener,), daemon=True).start()
        yield made
        made.cut()
