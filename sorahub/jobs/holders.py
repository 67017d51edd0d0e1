"""Which process works on a job, written so that another process of the same machine can see whether it still runs."""

import os


def machine() -> str:
    """The name of this machine, without a colon and short enough for every column that names a process."""
    return os.uname().nodename.replace(":", "-")[:40]


def own() -> str:
    """This process, as "machine:id"."""
    return f"{machine()}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether the process has ended for certain; never said of another machine's, nor of one whose number was given anew."""
    name, _, number = holder.rpartition(":")
    if name != machine() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
