"""What one test gets of the cluster: a namespace, a driver and a class of its own, and ways to ask and to wait."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.realcluster import manifests, users
from tests.realcluster.cluster import Cluster
from tests.realcluster.driver import Driver
from tests.realcluster.kubectl import Kubectl
from tests.realcluster.nodes import ZONES
from tests.realcluster.rest import Manifest, Rest, path_of
from tests.realcluster.waiting import wait_until

LONGEST_NAME = 24
"""Of the part that says which test it is: the names are shown on screens, and a driver's ends at 63."""
WITHIN_S = 90.0
PODS = "pods"
CLAIMS = "persistentvolumeclaims"


class Lab:
    """One test's part of the cluster. Namespace and class have one name; the driver's is that with ``.csi.test``."""

    def __init__(self, cluster: Cluster, purpose: str) -> None:
        self.cluster = cluster
        self.rest: Rest = cluster.rest
        self.namespace = f"{_slug(purpose)}-{secrets.token_hex(2)}"
        self.storage_class = self.namespace
        self.driver_name = f"{self.namespace}.csi.test"
        self.kubectl: Kubectl = cluster.kubectl("admin", self.namespace)
        self.own_nodes: list[str] = []
        self._made: list[str] = []
        self._drivers: list[Driver] = []

    @property
    def driver(self) -> Driver:
        """The driver of the lab's class."""
        return self._drivers[0]

    def open(self) -> None:
        """Make namespace, class and driver, and wait until they can be used."""
        self.create(manifests.namespace(self.namespace))
        self.add_driver(self.driver_name)
        self.create(manifests.storage_class(self.storage_class, self.driver_name))
        self.cluster.wait_account(self.namespace)
        self.rest.create(users.tenancy(self.namespace))

    # Making things

    def create(self, manifest: Manifest) -> Manifest:
        """Create an object; one that belongs to no namespace is deleted at the end."""
        made = self.rest.create(manifest)
        if "namespace" not in manifest["metadata"]:
            self._made.append(path_of(manifest))
        return made

    def add_driver(self, name: str, *, slots: int = 0, zone_bytes: int = 0) -> Driver:
        """Start one more driver, with its CSIDriver: ``slots`` volumes a node, ``zone_bytes`` a zone (0: no limit)."""
        self.create(manifests.csi_driver(name, capacity=zone_bytes > 0))
        driver = self.cluster.add_driver(name, slots=slots, zone_bytes=zone_bytes)
        for node in self.own_nodes:
            driver.add_node(self.cluster.nodes[node])
        driver.wait_registered()
        self._drivers.append(driver)
        return driver

    def add_claim(
        self, name: str, size: str = "1Gi", *, storage_class: str | None = "", access_mode: str = "ReadWriteOnce"
    ) -> Manifest:
        """Create a claim, of the lab's class unless another is named, or none (None: the default class)."""
        wanted = self.storage_class if storage_class == "" else storage_class
        return self.create(manifests.claim(self.namespace, name, manifests.claim_spec(wanted, size, access_mode)))

    def add_pod(self, name: str, *claims: str, node: str = "") -> Manifest:
        """Create a pod that mounts claims; on a node of the lab's own it tolerates that node's taint."""
        own = self.namespace if node in self.own_nodes else ""
        spec = manifests.pod_spec({claim: claim for claim in claims}, node=node, own=own)
        return self.create(manifests.pod(self.namespace, name, spec))

    def add_set(self, name: str, templates: Mapping[str, str], *, replicas: int = 3, **fields: Any) -> Manifest:
        """Create a StatefulSet with its headless Service; ``templates`` are sizes, of the lab's class."""
        claims = {template: manifests.claim_spec(self.storage_class, size) for template, size in templates.items()}
        self.create(manifests.headless_service(self.namespace, name))
        return self.create(manifests.stateful_set(self.namespace, name, claims, replicas=replicas, **fields))

    def add_node(self, zone: str = ZONES[0]) -> str:
        """Start a node that only the lab's pods get to, with the lab's drivers on it, and return its name."""
        name = self.cluster.nodes.add(zone, own=self.namespace)
        self.own_nodes.append(name)
        for driver in self._drivers:
            driver.add_node(self.cluster.nodes[name])
            driver.wait_registered(name)
        return name

    # Asking

    def path(self, plural: str, name: str = "") -> str:
        """The path of an object, or of a collection, of the core group in the lab's namespace."""
        return f"/api/v1/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def pod(self, name: str) -> Manifest | None:
        """Read a pod."""
        return self.rest.get(self.path(PODS, name))

    def claim(self, name: str) -> Manifest | None:
        """Read a claim."""
        return self.rest.get(self.path(CLAIMS, name))

    def volume_of(self, claim: str) -> Manifest | None:
        """Read the volume that a claim is bound to."""
        found = self.claim(claim)
        name = found["spec"].get("volumeName") if found else None
        return self.rest.get(f"/api/v1/persistentvolumes/{name}") if name else None

    def attachments(self) -> list[Manifest]:
        """Read the attachments of the lab's drivers."""
        names = {driver.name for driver in self._drivers}
        every = self.rest.items("/apis/storage.k8s.io/v1/volumeattachments")
        typed = {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment"}
        return [typed | attachment for attachment in every if attachment["spec"]["attacher"] in names]

    def events(self, name: str, reason: str = "") -> list[Manifest]:
        """Read the events about the objects of that name, of one reason if it is given."""
        selector = f"involvedObject.name={name}" + (f",reason={reason}" if reason else "")
        return self.rest.items(f"{self.path('events')}?fieldSelector={selector}")

    # Waiting

    def wait_running(self, *pods: str, timeout_s: float = WITHIN_S) -> None:
        """Wait until pods run."""
        for name in pods:
            self.wait_pod(name, lambda pod: pod["status"].get("phase") == "Running", "Running", timeout_s)

    def wait_pod(
        self, name: str, holds: Callable[[Manifest], bool], words: str, timeout_s: float = WITHIN_S
    ) -> Manifest:
        """Wait until a pod exists and something holds of it; ``words`` say what, for the message of a failure."""

        def asked() -> Manifest | None:
            found = self.pod(name)
            return found if found and holds(found) else None

        return _some(wait_until(asked, timeout_s, lambda: f"pod {name} {words}; {self._about(self.pod(name), name)}"))

    def wait_claim(
        self, name: str, holds: Callable[[Manifest], bool], words: str, timeout_s: float = WITHIN_S
    ) -> Manifest:
        """Wait until a claim exists and something holds of it."""

        def asked() -> Manifest | None:
            found = self.claim(name)
            return found if found and holds(found) else None

        return _some(
            wait_until(asked, timeout_s, lambda: f"claim {name} {words}; {self._about(self.claim(name), name)}")
        )

    def wait_event(self, name: str, reason: str, text: str = "", timeout_s: float = WITHIN_S) -> Manifest:
        """Wait for an event about an object, with some text in its message, and return it."""

        def asked() -> Manifest | None:
            return next((event for event in self.events(name, reason) if text in (event.get("message") or "")), None)

        return _some(
            wait_until(asked, timeout_s, lambda: f"event {reason} {text!r} of {name}; {self._about(None, name)}")
        )

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of a user: see ``users.people``."""
        return self.cluster.kubeconfig(user)

    # Ending

    def retire(self) -> None:
        """Mend what the test broke and begin to delete what it made, without waiting for it."""
        for driver in self._drivers:
            driver.mend()
        for name in self.own_nodes:
            self._leave(name)
        for volume in self._volumes():
            self.rest.merge(path_of(volume), {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})
        self.rest.delete(f"/api/v1/namespaces/{self.namespace}")

    def _leave(self, node: str) -> None:
        """Remove a node with what would otherwise wait for it for minutes: its pods, and the attachments to it."""
        for driver in self._drivers:
            driver.forget(node)
        self.cluster.nodes.remove(node)
        for pod in self.rest.items(f"{self.path(PODS)}?fieldSelector=spec.nodeName={node}"):
            self.rest.delete(self.path(PODS, pod["metadata"]["name"]), gracePeriodSeconds=0)
        for attachment in self.attachments():
            if attachment["spec"]["nodeName"] == node:
                self.rest.delete(path_of(attachment))

    def _volumes(self) -> list[Manifest]:
        names = {driver.name for driver in self._drivers}
        every = self.rest.items("/api/v1/persistentvolumes")
        typed = {"apiVersion": "v1", "kind": "PersistentVolume"}  # which the items of a list do not say
        return [typed | volume for volume in every if volume["spec"].get("csi", {}).get("driver") in names]

    def gone(self) -> bool:
        """Whether pods, claims, attachments and volumes are gone; the empty namespace follows by itself."""
        if self.attachments() or self._volumes():
            return False
        return not any(self.rest.items(self.path(plural)) for plural in (PODS, CLAIMS))

    def close(self) -> None:
        """Stop the drivers, and delete what belongs to no namespace."""
        for driver in self._drivers:
            driver.close()
        for path in reversed(self._made):
            self.rest.delete(path)

    def _about(self, found: Manifest | None, name: str) -> str:
        self.cluster.processes.check()
        events = [f"{event['reason']}: {event.get('message')}" for event in self.events(name)]
        return f"status {found and found.get('status')}, events {events}"


def _some(found: Manifest | None) -> Manifest:
    assert found is not None
    return found


def _slug(purpose: str) -> str:
    words = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in purpose.lower())
    return words.removeprefix("test-")[:LONGEST_NAME].strip("-") or "lab"
