"""Free ports on loopback that stay ours while a server is stopped."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
FIRST_PORT = 12000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on.

    They lie below the kernel's range for outgoing connections: a client that retries a stopped server on a port of
    that range may be given the very port as its own end, connect to itself, and keep the server from coming back.
    """
    limit = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32768
    candidates = random.sample(range(FIRST_PORT, max(limit, FIRST_PORT + 2000)), 1000)
    found = [port for port in candidates if _free(port)][:count]
    if len(found) < count:
        raise RuntimeError(f"No {count} free ports between {FIRST_PORT} and {limit} on {LOOPBACK}.")
    return found


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
