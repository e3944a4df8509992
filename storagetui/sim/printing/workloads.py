"""Rows of the workloads and what stands around them.

Source: kubernetes/pkg/printers/internalversion/printers.go.
"""

from datetime import datetime
from typing import Any

from storagetui.sim.clock import parse
from storagetui.sim.printing.column import (
    Printer,
    age,
    columns,
    containers_and_images,
    human_duration,
    labels_text,
    selector_text,
    since,
)
from storagetui.sim.wire import Json, dig


def _stateful_set(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], _ready(obj), age(obj, now), *containers_and_images(_template(obj))]


def _deployment(obj: Json, now: datetime) -> list[Any]:
    status = obj.get("status", {})
    numbers = [status.get(field, 0) for field in ("updatedReplicas", "availableReplicas")]
    return [obj["metadata"]["name"], _ready(obj), *numbers, age(obj, now), *_wide(obj)]


def _replica_set(obj: Json, now: datetime) -> list[Any]:
    numbers = [
        dig(obj, "spec", "replicas", default=0),
        dig(obj, "status", "replicas", default=0),
        dig(obj, "status", "readyReplicas", default=0),
    ]
    return [obj["metadata"]["name"], *numbers, age(obj, now), *_wide(obj)]


def _daemon_set(obj: Json, now: datetime) -> list[Any]:
    fields = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled")
    numbers = [dig(obj, "status", field, default=0) for field in (*fields, "numberAvailable")]
    selector = labels_text(dig(_template(obj), "spec", "nodeSelector"))
    return [obj["metadata"]["name"], *numbers, selector, age(obj, now), *_wide(obj)]


def _job(obj: Json, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    done, parallel = status.get("succeeded", 0), spec.get("parallelism", 0)
    completions = f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"
    if "completions" in spec:
        completions = f"{done}/{spec['completions']}"
    lasted = ""
    if status.get("startTime"):
        end = parse(status["completionTime"]) if status.get("completionTime") else now
        lasted = human_duration((end - parse(status["startTime"])).total_seconds())
    return [obj["metadata"]["name"], _job_status(obj), completions, lasted, age(obj, now), *_wide(obj)]


def _job_status(job: Json) -> str:
    true = {item["type"] for item in dig(job, "status", "conditions", default=()) if item.get("status") == "True"}
    for condition in ("Complete", "Failed"):
        if condition in true:
            return condition
    if "deletionTimestamp" in job["metadata"]:
        return "Terminating"
    return next((item for item in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if item in true), "Running")


def _cron_job(obj: Json, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    job = dig(spec, "jobTemplate", "spec", default={})
    last = since(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else "<none>"
    head = [obj["metadata"]["name"], spec.get("schedule", ""), spec.get("timeZone", "<none>")]
    suspend = "True" if spec.get("suspend") else "False"
    wide = [*containers_and_images(job.get("template")), selector_text(job.get("selector"))]
    return [*head, suspend, len(status.get("active", ())), last, age(obj, now), *wide]


def _revision(obj: Json, now: datetime) -> list[Any]:
    owners = [item for item in dig(obj, "metadata", "ownerReferences", default=()) if item.get("controller")]
    owner = "<none>"
    if owners:
        group = owners[0]["apiVersion"].rpartition("/")[0]
        kind = owners[0]["kind"].lower()
        owner = f"{kind}.{group}/{owners[0]['name']}" if group else f"{kind}/{owners[0]['name']}"
    return [obj["metadata"]["name"], owner, obj.get("revision", 0), age(obj, now)]


def _disruption_budget(obj: Json, now: datetime) -> list[Any]:
    bounds = [str(dig(obj, "spec", field, default="N/A")) for field in ("minAvailable", "maxUnavailable")]
    allowed = dig(obj, "status", "disruptionsAllowed", default=0)
    return [obj["metadata"]["name"], *bounds, allowed, age(obj, now)]


def _autoscaler(obj: Json, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    target = f"{dig(spec, 'scaleTargetRef', 'kind', default='')}/{dig(spec, 'scaleTargetRef', 'name', default='')}"
    least = str(spec.get("minReplicas", "<unset>"))
    current = dig(obj, "status", "currentReplicas", default=0)
    return [obj["metadata"]["name"], target, _metrics(obj), least, spec.get("maxReplicas", 0), current, age(obj, now)]


def _metrics(autoscaler: Json) -> str:
    """The targets of resource metrics; other kinds of metric are named only."""
    texts = []
    for index, metric in enumerate(dig(autoscaler, "spec", "metrics", default=())):
        name = dig(metric, "resource", "name")
        goal = dig(metric, "resource", "target", "averageUtilization")
        now = dig(autoscaler, "status", "currentMetrics", index, "resource", "current", "averageUtilization")
        known = name and goal is not None
        texts.append(
            f"{name}: {'<unknown>' if now is None else f'{now}%'}/{goal}%" if known else str(metric.get("type"))
        )
    return ", ".join(texts) or "<none>"


def _lease(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], dig(obj, "spec", "holderIdentity", default=""), age(obj, now)]


def _ready(obj: Json) -> str:
    return f"{dig(obj, 'status', 'readyReplicas', default=0)}/{dig(obj, 'spec', 'replicas', default=0)}"


def _template(obj: Json) -> Json:
    template: Json = dig(obj, "spec", "template", default={})
    return template


def _wide(obj: Json) -> list[str]:
    return [*containers_and_images(_template(obj)), selector_text(dig(obj, "spec", "selector"))]


_WIDE = ("Containers", "Images", "Selector")
_NUMBERS = dict.fromkeys(("Desired", "Current", "Ready", "Up-to-date", "Available", "Active"), "integer")
WORKLOADS: dict[str, Printer] = {
    "controllerrevisions.apps": Printer(columns("Name", "Controller", "Revision", "Age"), _revision),
    "cronjobs.batch": Printer(
        columns(
            *("Name", "Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Age"),
            wide=_WIDE,
            types={"Active": "integer", "Suspend": "boolean"},
        ),
        _cron_job,
    ),
    "daemonsets.apps": Printer(
        columns(
            *("Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", "Age"),
            wide=_WIDE,
            types=_NUMBERS,
        ),
        _daemon_set,
    ),
    "deployments.apps": Printer(columns("Name", "Ready", "Up-to-date", "Available", "Age", wide=_WIDE), _deployment),
    "horizontalpodautoscalers.autoscaling": Printer(
        columns("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"), _autoscaler
    ),
    "jobs.batch": Printer(columns("Name", "Status", "Completions", "Duration", "Age", wide=_WIDE), _job),
    "leases.coordination.k8s.io": Printer(columns("Name", "Holder", "Age"), _lease),
    "poddisruptionbudgets.policy": Printer(
        columns(
            *("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age"),
            types={"Allowed Disruptions": "integer"},
        ),
        _disruption_budget,
    ),
    "replicasets.apps": Printer(
        columns("Name", "Desired", "Current", "Ready", "Age", wide=_WIDE, types=_NUMBERS), _replica_set
    ),
    "statefulsets.apps": Printer(columns("Name", "Ready", "Age", wide=("Containers", "Images")), _stateful_set),
}
