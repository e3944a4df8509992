"""What a kubelet writes into a pod's status: computed from what it knows of the pod's containers.

Source: kubernetes/pkg/kubelet/kubelet_pods.go, pkg/kubelet/status/generate.go.
"""

import hashlib

import msgspec

from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

RUNNING = "running"
WAITING = "waiting"
ENDED = "ended"


class Containers(msgspec.Struct):
    """The containers of one pod on its node; they live and die together."""

    state: str = WAITING
    reason: str = "ContainerCreating"
    """Why they wait."""
    message: str = ""
    started_at: str = ""
    finished_at: str = ""
    exit_code: int = 0
    ready: bool = False
    sandbox: bool = False
    """Volumes are mounted and the network is up."""
    restarts: int = 0
    last: Json = {}
    """How they ended the time before."""
    address: str = ""


def status_of(pod: Json, containers: Containers, host: str, now: str) -> Json:
    """The pod's status; transition times change only with the conditions' values."""
    old = pod.get("status") or {}
    status = {key: copied(old[key]) for key in ("nominatedNodeName", "qosClass", "startTime") if key in old}
    status |= {"phase": _phase(containers), "hostIP": host, "hostIPs": [{"ip": host}]}
    status.setdefault("startTime", now)
    if containers.sandbox:
        status |= {"podIP": containers.address, "podIPs": [{"ip": containers.address}]}
    status["containerStatuses"] = [_container(pod, item, containers) for item in pod["spec"]["containers"]]
    status["conditions"] = _conditions(pod, containers, now)
    return status


def _phase(containers: Containers) -> str:
    if containers.state == ENDED:
        return "Failed" if containers.exit_code else "Succeeded"
    return "Running" if containers.state == RUNNING or containers.last else "Pending"


def _container(pod: Json, container: Json, containers: Containers) -> Json:
    running = containers.state == RUNNING
    identity = container_id(pod, container["name"], containers.restarts)
    made: Json = {"name": container["name"], "image": container["image"], "imageID": ""}
    made |= {"ready": containers.ready, "restartCount": containers.restarts, "started": running}
    made["lastState"] = {"terminated": {**containers.last, "containerID": identity}} if containers.last else {}
    if containers.state != WAITING:
        made |= {
            "containerID": identity,
            "imageID": f"{container['image'].split(':')[0]}@sha256:{_hex(container['image'])}",
        }
    if running:
        made["state"] = {"running": {"startedAt": containers.started_at}}
    elif containers.state == ENDED:
        made["state"] = {"terminated": {**ended(containers), "containerID": identity}}
    else:
        waiting = {"reason": containers.reason, "message": containers.message}
        made["state"] = {"waiting": {key: value for key, value in waiting.items() if value}}
    return made


def ended(containers: Containers) -> Json:
    """How the containers ended, as `terminated` says it."""
    code = containers.exit_code
    made: Json = {"exitCode": code, "reason": "Error" if code else "Completed"}
    return made | {"startedAt": containers.started_at, "finishedAt": containers.finished_at}


def container_id(pod: Json, name: str, restarts: int) -> str:
    """The runtime's name of a container: another one after each restart."""
    return f"containerd://{_hex(f'{uid_of(pod)}/{name}/{restarts}')}"


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _conditions(pod: Json, containers: Containers, now: str) -> list[Json]:
    done = containers.state == ENDED
    names = ", ".join(item["name"] for item in pod["spec"]["containers"])
    unready = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{names}]"}
    if done:
        unready = {"reason": "PodCompleted" if not containers.exit_code else "PodFailed"}
    completed = {"reason": "PodCompleted"} if done and not containers.exit_code else {}
    wanted: list[tuple[str, bool, Json]] = [
        ("PodReadyToStartContainers", containers.sandbox and not done, {}),
        ("Initialized", True, completed),
        ("Ready", containers.ready, {} if containers.ready else unready),
        ("ContainersReady", containers.ready, {} if containers.ready else unready),
        ("PodScheduled", True, {}),
    ]
    old = {item["type"]: item for item in dig(pod, "status", "conditions", default=[])}
    made = []
    for type_, holds, why in wanted:
        value = "True" if holds else "False"
        before = old.get(type_, {})
        since = before.get("lastTransitionTime", now) if before.get("status") == value else now
        made.append({"type": type_, "status": value, **why, "lastProbeTime": None, "lastTransitionTime": since})
    known = {type_ for type_, _, _ in wanted}
    return made + [copied(item) for type_, item in old.items() if type_ not in known]


def readable(pod: Json) -> str:
    """The pod as the kubelet's messages name it: `db-0_shop(1f3c...)` (format.Pod)."""
    return f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
