"""What `manage.py up` makes sure of before it starts anything. Every refusal is one sentence."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import IO

LEAST_FREE = 500 << 20  # bytes


class Refused(Exception):
    """`up` cannot start here; the message is one sentence for the person at the terminal."""


def check_folder(folder: Path) -> None:
    """Raises Refused unless files can be written in `folder`, which is made if missing, and its disk has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise Refused(
            f"The data folder {folder} cannot be written ({error.strerror}); choose another with --data."
        ) from error
    if free < LEAST_FREE:
        raise Refused(
            f"The disk of the data folder {folder} is nearly full: {free >> 20} MB free, {LEAST_FREE >> 20} MB needed."
        )


def check_port(host: str, port: int) -> None:
    """Raises Refused unless `host`:`port` can be listened on."""
    if not 0 < port < 65536:
        raise Refused(f"Cannot listen on {host}:{port} (a port is a number from 1 to 65535).")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the web server does it: connections of its predecessor that still linger are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(f"Port {port} is taken by another program; choose another with --port.") from error
        raise Refused(f"Cannot listen on {host}:{port} ({error.strerror}).") from error


def claim(folder: Path, url: str) -> IO[str]:
    """Hold `folder` until the answer is closed or this process ends. Raises Refused, naming the holder."""
    holder = (folder / "up.lock").open("a+")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder.seek(0)
        pid, _, at = holder.read().strip().partition(" ")
        holder.close()
        raise Refused(
            f"SynthWeb already runs on {folder}: process {pid or 'unknown'}, {at or 'still starting'}."
        ) from error
    holder.truncate(0)
    holder.write(f"{os.getpid()} {url}\n")
    holder.flush()
    return holder
