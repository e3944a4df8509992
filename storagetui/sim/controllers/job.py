"""The Job controller, for jobs of one pod at a time. Source: kubernetes/pkg/controller/job/job_controller.go."""

from collections.abc import Iterable

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.set_identity import owner_reference
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, being_deleted, controller_of, finalizers, is_finished, is_true, key_of, phase
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

JOBS = "jobs.batch"
TRACKING = "batch.kubernetes.io/job-tracking"
SOURCE = Source("job-controller")
_DONE = ("Complete", "Failed")


class JobController(Controller):
    """Runs a job's pod until enough of them have succeeded or too many have failed."""

    watches = (JOBS, "pods")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The job itself, or the one that controls a pod."""
        if resource == JOBS:
            return [key_of(obj)] if event != "DELETED" else ()
        owner = controller_of(obj)
        if owner is None or owner["kind"] != "Job":
            return ()
        key = (namespace_of(obj), owner["name"])
        if self.world.store.find(JOBS, key[1], key[0]) is None:
            self._stop_tracking(obj)
        return [key]

    def reconcile(self, key: Key) -> None:
        """Count finished pods, then start another one or finish the job."""
        job = self.world.store.find(JOBS, key[1], key[0])
        if job is None or being_deleted(job):
            return
        pods = self.world.relations.pods_of_controller.of(uid_of(job))
        succeeded = sum(phase(pod) == "Succeeded" for pod in pods)
        failed = sum(phase(pod) == "Failed" for pod in pods)
        active = [pod for pod in pods if not is_finished(pod)]
        for pod in pods:
            if is_finished(pod):
                self._stop_tracking(pod)
        wanted = int(dig(job, "spec", "completions", default=1))
        limit = int(dig(job, "spec", "backoffLimit", default=6))
        finished = any(is_true(job, type_) for type_ in _DONE)
        if succeeded < wanted and failed <= limit and not active and not finished:
            active = [self._create(job)]
        self._write_status(job, (len(active), succeeded, failed), (wanted, limit))
        self._clean_up(job)

    def _create(self, job: Json) -> Json:
        template = dig(job, "spec", "template", default={})
        metadata = copied(template.get("metadata") or {})
        named = {"batch.kubernetes.io/job-name": name_of(job), "batch.kubernetes.io/controller-uid": uid_of(job)}
        metadata["labels"] = {**metadata.get("labels", {}), **named, "job-name": name_of(job)}
        metadata |= {"generateName": f"{name_of(job)}-", "namespace": namespace_of(job), "finalizers": [TRACKING]}
        metadata["ownerReferences"] = [owner_reference(job)]
        pod = self.world.store.create("pods", {"metadata": metadata, "spec": copied(template.get("spec") or {})})
        said = f"Created pod: {name_of(pod)}"
        self.world.recorder.normal(SOURCE, JOBS, job, "SuccessfulCreate", said)
        return pod

    def _stop_tracking(self, pod: Json) -> None:
        current = self.world.store.find("pods", name_of(pod), namespace_of(pod))
        if current is None or TRACKING not in finalizers(current) or uid_of(current) != uid_of(pod):
            return

        def let_go(obj: Json) -> None:
            obj["metadata"]["finalizers"].remove(TRACKING)

        self.world.store.modify("pods", name_of(pod), namespace_of(pod), let_go)

    def _write_status(self, job: Json, counts: tuple[int, int, int], limits: tuple[int, int]) -> None:
        active, succeeded, failed = counts
        now, old = self.world.clock.timestamp(), job.get("status", {})
        status: Json = {"startTime": old.get("startTime", now), "ready": 0, "terminating": 0}
        named = {"active": active, "succeeded": succeeded, "failed": failed}
        status |= {name: count for name, count in named.items() if count}
        for kept in ("conditions", "completionTime"):
            if kept in old:
                status[kept] = copied(old[kept])
        if succeeded >= limits[0] and not is_true(job, "Complete"):
            status["completionTime"] = now
            status["conditions"] = [
                _condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods", now)
            ]
            self.world.recorder.normal(SOURCE, JOBS, job, "Completed", "Job completed")
        elif failed > limits[1] and not is_true(job, "Failed"):
            said = "Job has reached the specified backoff limit"
            status["conditions"] = [_condition("Failed", "BackoffLimitExceeded", said, now)]
            self.world.recorder.warning(SOURCE, JOBS, job, "BackoffLimitExceeded", said)
        if status != old:

            def put(obj: Json) -> None:
                obj["status"] = status

            self.world.store.modify(JOBS, name_of(job), namespace_of(job), put, subresource="status")

    def _clean_up(self, job: Json) -> None:
        """Delete a finished job when its time to live is over (the TTL-after-finished controller)."""
        seconds = dig(job, "spec", "ttlSecondsAfterFinished")
        done = dig(job, "status", "completionTime")
        if seconds is None or done is None:
            return
        left_s = float(seconds) - self.world.clock.since_s(done)
        if left_s > 0:
            self.look(key_of(job), left_s)
        else:
            where = (JOBS, name_of(job), namespace_of(job))
            self.world.store.delete(*where, uid=uid_of(job), propagation="Foreground")


def _condition(type_: str, reason: str, message: str, now: str) -> Json:
    said = {"type": type_, "status": "True", "reason": reason, "message": message}
    return {**said, "lastProbeTime": now, "lastTransitionTime": now}
