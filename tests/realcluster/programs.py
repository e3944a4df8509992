"""The command line of every program of the stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.realcluster.ports import LOOPBACK, free_ports
from tests.realcluster.processes import Program

API_SERVER = "kube-apiserver"
CONTROLLERS = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
ETCD = "etcd"
NODE_PROXY = "node-proxy"
SNAPSHOT_CONTROLLER = "snapshot-controller"

NODE_GRACE_S = 15
"""How long a node may be silent before it is NotReady: long enough for a machine that is busy compiling."""
TOLERATION_S = 3
"""How long pods stay on a node that is NotReady or unreachable; five minutes in a cluster that is left alone."""
RETRY_MAX = "3s"
"""The longest wait of a sidecar after a failure: what a test mends heals soon."""


class Places(NamedTuple):
    """Where everything of one cluster is: the programs, the folder, and the ports on loopback."""

    built: Path
    folder: Path
    api: int
    controllers: int
    scheduler: int
    etcd: int
    etcd_peer: int

    @classmethod
    def choose(cls, built: Path, folder: Path) -> "Places":
        """Choose free ports."""
        return cls(built, folder, *free_ports(5))

    @property
    def server(self) -> str:
        """URL of the API server."""
        return f"https://{LOOPBACK}:{self.api}"

    @property
    def etcd_url(self) -> str:
        """URL of etcd."""
        return f"http://{LOOPBACK}:{self.etcd}"

    @property
    def node_proxy(self) -> Path:
        """Where the API server finds the way to the kubelets."""
        return self.folder / "node-proxy.sock"

    @property
    def lab(self) -> Path:
        """The multi-call binary."""
        return self.built / "storagelab"

    def key(self, name: str) -> Path:
        """A certificate or key that ``storagelab keys`` wrote."""
        return self.folder / "keys" / name

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of a user."""
        return self.folder / f"kubeconfig.{user.replace(':', '.')}"


class NodePlace(NamedTuple):
    """What a node is started with. ``own`` keeps pods away that do not tolerate ``storagetui.test/own=<own>``."""

    name: str
    zone: str
    port: int
    folder: Path
    own: str = ""

    @property
    def registry(self) -> Path:
        """Where drivers tell the kubelet of themselves."""
        return self.folder / "plugins_registry"


class DriverPlace(NamedTuple):
    """What a driver is started with; ``slots`` volumes per node and ``zone_bytes`` per zone, 0 for no limit."""

    name: str
    folder: Path
    slots: int = 0
    zone_bytes: int = 0

    @property
    def controller_socket(self) -> Path:
        """Where the sidecars find the controller service."""
        return self.folder / "controller.sock"


def etcd(at: Places) -> Program:
    """One member, and no fsync: nothing here outlives the machine."""
    peer = f"http://{LOOPBACK}:{at.etcd_peer}"
    options = {
        "data-dir": at.folder / "etcd",
        "listen-client-urls": at.etcd_url,
        "advertise-client-urls": at.etcd_url,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        "quota-backend-bytes": 8 * 1024**3,
        "log-level": "warn",
    }
    return Program(ETCD, [at.lab, ETCD, *_flags(options), "--unsafe-no-fsync"])


def node_proxy(at: Places) -> Program:
    """The way from the API server to the kubelets: it refuses loopback, and they are nowhere else."""
    return Program(NODE_PROXY, [at.lab, NODE_PROXY, f"--socket={at.node_proxy}"])


def egress(at: Places) -> str:
    """The API server's configuration of that way, as text."""
    connection = {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": str(at.node_proxy)}}}
    document = {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{"name": "cluster", "connection": connection}],
    }
    return json.dumps(document)


def api_server(at: Places) -> Program:
    """RBAC, tokens and client certificates; short tolerations of pods for dead nodes."""
    options = {
        "etcd-servers": at.etcd_url,
        "secure-port": at.api,
        "bind-address": LOOPBACK,
        "advertise-address": "192.0.2.1",  # loopback is refused, and nobody comes this way (RFC 5737)
        "tls-cert-file": at.key("apiserver.crt"),
        "tls-private-key-file": at.key("apiserver.key"),
        "client-ca-file": at.key("ca.crt"),
        "cert-dir": at.folder / "keys",
        "token-auth-file": at.folder / "tokens.csv",
        "authorization-mode": "Node,RBAC",
        "service-cluster-ip-range": "10.96.0.0/16",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": at.key("sa.key"),
        "service-account-signing-key-file": at.key("sa.key"),
        "kubelet-preferred-address-types": "InternalIP",
        "egress-selector-config-file": at.folder / "egress.json",
        "default-not-ready-toleration-seconds": TOLERATION_S,
        "default-unreachable-toleration-seconds": TOLERATION_S,
    }
    return Program(API_SERVER, [at.lab, API_SERVER, *_flags(options)])


def controllers(at: Places) -> Program:
    """All controllers, patient with silent nodes for seconds only."""
    options = {
        "kubeconfig": at.kubeconfig(f"system:{CONTROLLERS}"),
        "service-account-private-key-file": at.key("sa.key"),
        "root-ca-file": at.key("ca.crt"),
        "use-service-account-credentials": "false",
        "leader-elect": "false",
        "bind-address": LOOPBACK,
        "secure-port": at.controllers,
        "cert-dir": at.folder / "keys",
        "kube-api-qps": 200,
        "kube-api-burst": 400,
        "node-monitor-period": "1s",
        "node-monitor-grace-period": f"{NODE_GRACE_S}s",
        "node-eviction-rate": 10,
    }
    return Program(CONTROLLERS, [at.lab, CONTROLLERS, *_flags(options)])


def scheduler(at: Places) -> Program:
    """The scheduler as it is."""
    options = {
        "kubeconfig": at.kubeconfig(f"system:{SCHEDULER}"),
        "leader-elect": "false",
        "bind-address": LOOPBACK,
        "secure-port": at.scheduler,
        "cert-dir": at.folder / "keys",
    }
    return Program(SCHEDULER, [at.lab, SCHEDULER, *_flags(options)])


def snapshot_controller(at: Places) -> Program:
    """The controller of VolumeSnapshots, one for all drivers."""
    options = {
        "kubeconfig": at.kubeconfig("system:csi-sidecar"),
        "kube-api-qps": 50,
        "kube-api-burst": 100,
        "retry-interval-max": RETRY_MAX,
    }
    return Program(SNAPSHOT_CONTROLLER, [at.built / SNAPSHOT_CONTROLLER, *_flags(options)])


def kubelet(at: Places, node: NodePlace) -> Program:
    """The kubelet of one node."""
    options = {
        "name": node.name,
        "zone": node.zone,
        "port": node.port,
        "root": node.folder,
        "own": node.own,
        "kubeconfig": at.kubeconfig(f"system:node:{node.name}"),
    }
    return Program(f"kubelet.{node.name}", [at.lab, "kubelet", *_flags(options)])


def driver_controller(at: Places, driver: DriverPlace) -> Program:
    """The controller service of a driver."""
    options = {
        "name": driver.name,
        "state": driver.folder,
        "socket": driver.controller_socket,
        "capacity-per-zone": driver.zone_bytes,
    }
    return Program(f"{driver.name}.controller", [at.built / "csi-driver", *_flags(options)])


def driver_node(at: Places, driver: DriverPlace, node: NodePlace) -> Program:
    """The node service of a driver on one node."""
    options = {
        "name": driver.name,
        "state": driver.folder,
        "socket": driver.folder / f"{node.name}.sock",
        "node": node.name,
        "zone": node.zone,
        "registry": node.registry,
        "slots": driver.slots,
    }
    return Program(f"{driver.name}.{node.name}", [at.built / "csi-driver", *_flags(options)])


def sidecar(at: Places, driver: DriverPlace, name: str) -> Program:
    """One of the official sidecars of a driver: csi-provisioner, csi-attacher, csi-resizer or csi-snapshotter."""
    options: dict[str, object] = {
        "kubeconfig": at.kubeconfig("system:csi-sidecar"),
        "csi-address": driver.controller_socket,
        "kube-api-qps": 50,
        "kube-api-burst": 100,
        "retry-interval-max": RETRY_MAX,
    }
    if name == "csi-provisioner":
        options |= {"strict-topology": "true", "default-fstype": "ext4"}
        if driver.zone_bytes:
            options |= {"enable-capacity": "true", "capacity-ownerref-level": -1, "capacity-poll-interval": "5s"}
    return Program(f"{driver.name}.{name}", [at.built / name, *_flags(options)], {"NAMESPACE": "kube-system"})


def _flags(options: Mapping[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]
