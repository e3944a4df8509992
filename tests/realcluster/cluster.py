"""A real cluster on loopback: servers, three nodes, users; started once for a test session."""

import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import yaml

from tests.realcluster import programs, users
from tests.realcluster.driver import Driver
from tests.realcluster.kubectl import Kubectl
from tests.realcluster.nodes import EXTRA_NAMES, FIRST_NODES, Nodes, condition, kubelet_name
from tests.realcluster.processes import Processes, Program
from tests.realcluster.programs import API_SERVER, CONTROLLERS, ETCD, NODE_PROXY, DriverPlace, Places
from tests.realcluster.rest import Refused, Rest, Unreachable
from tests.realcluster.waiting import wait_until

START_WITHIN_S = 120.0
LONGEST_FOLDER = 30
"""Unix sockets have paths of at most 107 characters, and ours lie deep."""


class Cluster:
    """The stack, with handles on its parts. Everything blocks: coroutines use ``asyncio.to_thread``."""

    def __init__(self, built: Path) -> None:
        base = tempfile.gettempdir()
        short = base if len(base) <= LONGEST_FOLDER else "/tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="storagelab-", dir=short))
        self.places = Places.choose(built, self.folder)
        self.processes = Processes(self.folder)
        self._people = {user.name: user for user in users.people()}
        self._asleep: set[str] = set()
        self._write_credentials()
        self.rest = self.rest_as("admin")
        self.nodes = Nodes(self.places, self.processes, self.rest)

    def start(self) -> None:
        """Start everything, and return when the nodes are Ready. Raises NotInTime, ProgramEnded."""
        etcd, proxy, _, *others, snapshots = self._servers()
        self.processes.start(etcd)
        self.processes.start(proxy)
        self.start_api_server()
        for program in others:
            self.processes.start(program)
        self.nodes.start_first()
        self._install()
        self.processes.start(snapshots)
        self.nodes.wait_ready()
        self.wait_account("default")

    def close(self, *, keep_logs: bool = False) -> None:
        """Kill every process and remove the folder, but for the logs if they are wanted."""
        self.processes.close()
        for entry in self.folder.iterdir():
            if not (keep_logs and entry.name == "logs"):
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink()
        if not keep_logs:
            self.folder.rmdir()

    # Speaking to it

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self.places.server

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of admin, admin-cert, viewer, restricted, tenant or nobody: see ``users.people``."""
        return self.places.kubeconfig(user)

    def token(self, user: str = "admin") -> str:
        """The bearer token of a user."""
        return self._people[user].token

    def kubectl(self, user: str = "admin", namespace: str = "default") -> Kubectl:
        """Make a kubectl."""
        return Kubectl(self.places.built / "kubectl", self.kubeconfig(user), namespace)

    def rest_as(self, user: str) -> Rest:
        """Make a way to the API server for a user."""
        return Rest(self.server, self.places.key("ca.crt"), self.token(user))

    # Breaking it

    def stop_api_server(self) -> None:
        """Kill the API server; a polite stop would hold its port for up to a minute.

        The controllers and sidecars sleep while it is away: they would try ever more seldom, and for up to a minute
        after its return nothing would go on. Kubelets stay awake, else they think ill of their own health; ours wait.
        """
        self.processes.stop(API_SERVER)
        kubelets = {kubelet_name(node.name) for node in self.nodes}
        awake = set(self.processes.pids()) - self.processes.hanging - {ETCD, NODE_PROXY} - kubelets
        self._asleep = {name for name in awake if self.processes.running(name)}
        for name in self._asleep:
            self.processes.hang(name)

    def start_api_server(self) -> None:
        """Start the API server, return when it says that it is ready, and wake its clients."""
        self.processes.start(programs.api_server(self.places))
        wait_until(self.answers, START_WITHIN_S, self._silence)
        for name in self._asleep:
            self.processes.resume(name)
        if CONTROLLERS in self._asleep:  # it would hold all nodes for dead that were silent while it slept
            self.processes.stop(CONTROLLERS)
            self.processes.start(programs.controllers(self.places))
        self._asleep = set()

    def hang(self, program: str) -> None:
        """Stop a server of the control plane without ending it; names are in ``programs``."""
        self.processes.hang(program)

    def resume(self, program: str) -> None:
        """Let a server that hangs go on."""
        self.processes.resume(program)

    def restore(self) -> None:
        """Start every server and first node that does not run, let go on what hangs, and wait until all is well."""
        kubelets = [programs.kubelet(self.places, self.nodes[name]) for name in FIRST_NODES]
        for program in (*self._servers(), *kubelets):
            if self.processes.running(program.name):
                self.processes.resume(program.name)
            elif program.name == API_SERVER:
                self.start_api_server()  # the others end when it is not there for long
            else:
                self.processes.start(program)
        wait_until(self.answers, START_WITHIN_S, self._silence)
        self.nodes.wait_ready(*FIRST_NODES)

    def compact(self) -> int:
        """Throw away the history of etcd, and return the revision that is left."""
        return int(self._run("compact", f"--endpoint={self.places.etcd_url}"))

    def answers(self) -> bool:
        """Whether the API server is ready."""
        try:
            return bool(self.rest.call("GET", "/readyz") == "ok")
        except (Refused, Unreachable):
            return False

    # Widening it

    def add_driver(self, name: str, *, slots: int = 0, zone_bytes: int = 0) -> Driver:
        """Start a driver with sidecars, and its node service on the three first nodes; return when it is registered."""
        place = DriverPlace(name, self.folder / "drivers" / name, slots, zone_bytes)
        driver = Driver(self.places, self.processes, self.rest, place)
        driver.start()
        for node in FIRST_NODES:
            driver.add_node(self.nodes[node])
        driver.wait_registered()
        return driver

    def wait_account(self, namespace: str) -> None:
        """Wait until pods may be created in a namespace: they need its service account."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        wait_until(lambda: self.rest.get(path), START_WITHIN_S, f"the service account of {namespace}")

    def _servers(self) -> tuple[Program, ...]:
        """The servers in the order in which they start; the last one needs the kinds that ``_install`` adds."""
        makers = (
            programs.etcd,
            programs.node_proxy,
            programs.api_server,
            programs.controllers,
            programs.scheduler,
            programs.snapshot_controller,
        )
        return tuple(make(self.places) for make in makers)

    def _write_credentials(self) -> None:
        keys = self.places.key("ca.crt").parent
        self._run("keys", f"--folder={keys}", f"--client={users.CERTIFICATE_USER}={users.MASTERS}")
        everyone = (*self._people.values(), *users.programs((*FIRST_NODES, *EXTRA_NAMES)))
        (self.folder / "egress.json").write_text(programs.egress(self.places))
        (self.folder / "tokens.csv").write_text(users.token_file(everyone))
        for user in everyone:
            self._write_kubeconfig(user.name, {"token": user.token})
        files = {
            "client-certificate": f"keys/{users.CERTIFICATE_USER}.crt",
            "client-key": f"keys/{users.CERTIFICATE_USER}.key",
        }
        self._write_kubeconfig(users.CERTIFICATE_USER, files)

    def _write_kubeconfig(self, user: str, credentials: dict[str, str]) -> None:
        file = self.places.kubeconfig(user)
        file.write_text(users.kubeconfig(self.server, self.places.key("ca.crt"), user, credentials))
        file.chmod(0o600)

    def _install(self) -> None:
        """Create what is there before the first test: the roles of the users, and the kinds of VolumeSnapshot."""
        definitions = [yaml.safe_load(file.read_text()) for file in sorted((self.places.built / "crds").glob("*.yaml"))]
        for manifest in (*users.roles(), *definitions):
            self.rest.create(manifest)
        for definition in definitions:
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition['metadata']['name']}"
            wait_until(partial(self._established, path), START_WITHIN_S, f"{path} established")

    def _established(self, definition: str) -> bool:
        return condition(self.rest.call("GET", definition), "Established") == "True"

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([self.places.lab, *arguments], capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"storagelab {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def _silence(self) -> str:
        self.processes.check()
        return f"the API server ready; the end of its log:\n{self.processes.tail(API_SERVER)}"
