"""A team's book on several machines: one is cut off, a writer is killed, PostgreSQL goes away. Nothing is half there, others go on.

Each machine is a network namespace with an address of its own, joined to this one by a cable that can be pulled.
"""

from __future__ import annotations

import ipaddress
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import invoicekit as ik
from tests.postgres import Postgres, programs, running

WORKING = """
import sys
import invoicekit as ik
from invoicekit.errors import InvoicekitError

book = ik.open(sys.argv[1], actor=sys.argv[2])
print("ready", flush=True)
for line in sys.stdin:
    act, _, name = line.strip().partition(" ")
    try:
        if act == "half":
            with book.operation("two at once"):
                book.customers.add(display_name=f"{name} 1")
                print("inside", flush=True)
                sys.stdin.readline()
                book.customers.add(display_name=f"{name} 2")
        else:
            book.customers.add(display_name=name)
        print("done", flush=True)
    except InvoicekitError as refused:
        print(f"{type(refused).__name__}: {refused}", flush=True)
"""

# RFC 2544.
TRIALS = ipaddress.ip_network("198.18.0.0/15")

# A network takes its time until a machine that is new or was away is found: the kernel tells of a cable once a second.
REACHING = """
import socket, sys, time
latest = time.monotonic() + 60
while True:
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2).close()
        break
    except OSError:
        if time.monotonic() > latest:
            raise
"""


class Host:
    """A machine, and somebody who works there."""

    def __init__(self, nth: int) -> None:
        self.name, self.cable = f"ik{os.getpid()}-{nth}", f"ik{os.getpid()}c{nth}"
        # Of the addresses that are kept for trials; a net for each machine of each process, whoever else tries the same beside.
        net = TRIALS[4 * ((2 * os.getpid() + nth) % (TRIALS.num_addresses // 4))]
        self.gateway, self.own = str(net + 1), str(net + 2)

    @contextmanager
    def standing(self) -> Iterator[Host]:
        there = f"{self.cable}x"
        for command in (
            f"netns add {self.name}", f"link add {self.cable} type veth peer name {there} netns {self.name}",
            f"addr add {self.gateway}/30 dev {self.cable}", f"link set {self.cable} up",
            f"-n {self.name} addr add {self.own}/30 dev {there}", f"-n {self.name} link set {there} up",
            f"-n {self.name} link set lo up",
        ):  # fmt: skip
            ip(command)
        try:
            yield self
        finally:
            ip(f"netns del {self.name}")

    @contextmanager
    def working(self, postgres: Postgres, database: str) -> Iterator[Host]:
        # Noticed sooner than half a minute, for the sake of whoever waits for this test.
        soon = "keepalives_idle=1&keepalives_interval=1&keepalives_count=2&tcp_user_timeout=2000&options=" + "%20".join(
            f"-c%20tcp_{name}" for name in (
                "keepalives_idle%3D1", "keepalives_interval%3D1", "keepalives_count%3D2", "user_timeout%3D2000")
        )  # fmt: skip
        url = f"postgresql://postgres@{self.gateway}:{postgres.port}/{database}?{soon}"
        self.port = postgres.port
        self.found()
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, "-c", WORKING, url, self.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        assert self.heard() == "ready"
        try:
            yield self
        finally:
            self.process.kill()
            self.process.communicate()

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def says(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")

    def does(self, line: str) -> str:
        self.says(line)
        return self.heard()

    def pull(self) -> None:
        """Pull the cable: nothing comes through, and nobody is told."""
        ip(f"link set {self.cable} down")

    def plug(self) -> None:
        """Plug the cable in again."""
        ip(f"link set {self.cable} up")
        ip(f"neigh flush dev {self.cable}")
        ip(f"-n {self.name} neigh flush dev {self.cable}x")
        self.found()

    def found(self) -> None:
        """Wait until the network has noticed that the machine is there."""
        ip(f"netns exec {self.name} {sys.executable} -c {shlex.quote(REACHING)} {self.gateway} {self.port}")


def ip(arguments: str) -> None:
    done = subprocess.run(["ip", *shlex.split(arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {arguments}: {done.stderr}"


def possible() -> bool:
    """Say whether machines can be made here."""
    if sys.platform != "linux" or shutil.which("ip") is None or os.geteuid() != 0:
        return False
    name = f"ik{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    return made and subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False).returncode == 0


@pytest.fixture
def hosts(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Postgres, str, list[Host]]]:
    """Return a server of its own, a book in it, and two machines where somebody has it open."""
    if not possible():
        pytest.skip("machines of a network are made by root on Linux only, by ip netns")
    assert programs() is not None
    with ExitStack() as stack:
        server = stack.enter_context(running(tmp_path, "*"))
        server.let_in(f"host all all {TRIALS} trust")
        database = server.database()
        ik.open(server.url(database)).close()
        two = [stack.enter_context(Host(nth).standing()) for nth in (1, 2)]
        yield server, database, [stack.enter_context(host.working(server, database)) for host in two]


def names(server: Postgres, database: str) -> list[str]:
    with ik.open(server.url(database), actor="zoe") as book:
        assert book.check().empty
        return sorted(book.customers.list()["display_name"])


def test_one_is_cut_off_in_the_middle_of_an_operation_and_the_others_go_on(
    hosts: tuple[Postgres, str, list[Host]],
) -> None:
    server, database, (one, other) = hosts
    assert one.does("whole Acme") == "done"
    assert one.does("half Lost") == "inside"
    one.pull()
    # The other one waits only until PostgreSQL has noticed.
    assert other.does("whole Beta") == "done"
    assert names(server, database) == ["Acme", "Beta"]
    one.plug()
    told = one.does("go on")
    assert told.startswith('BookError: "two at once" was not kept in'), told
    assert "Nothing of it is in the book; do it again" in told
    assert one.does("whole Gamma") == "done"
    assert names(server, database) == ["Acme", "Beta", "Gamma"]


def test_a_writer_is_killed_in_the_middle_of_an_operation_and_the_others_go_on(
    hosts: tuple[Postgres, str, list[Host]],
) -> None:
    server, database, (one, other) = hosts
    assert one.does("half Lost") == "inside"
    one.process.send_signal(signal.SIGKILL)
    assert other.does("whole Beta") == "done"
    assert names(server, database) == ["Beta"]


def test_postgresql_goes_away_and_comes_back_and_both_go_on(hosts: tuple[Postgres, str, list[Host]]) -> None:
    server, database, (one, other) = hosts
    assert one.does("half Lost") == "inside"
    with server.stopped():
        told = one.does("go on")
        assert told.startswith('BookError: "two at once" was not kept in'), told
        assert other.does("whole Beta").startswith("Book")
    assert other.does("whole Beta") == "done"
    assert one.does("whole Gamma") == "done"
    assert names(server, database) == ["Beta", "Gamma"]
