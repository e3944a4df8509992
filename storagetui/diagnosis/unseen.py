"""What of the states the API does not show, or shows in part alone."""

_ANSWER = "The API server refuses the change and leaves no trace of it: only the answer to who asked tells. "

UNSEEN: dict[str, str] = {
    "sts-update-forbidden": _ANSWER + "The text is known for when it comes as an answer.",
    "resize-rejected-not-bound": _ANSWER + "It is told where an event repeats the text.",
    "resize-rejected-shrink": _ANSWER + "It is told where an event repeats the text.",
    "pvc-spec-immutable": _ANSWER + "It is told where an event repeats the text.",
    "resize-rejected-class": (
        _ANSWER + "It is told where an event repeats the text, and where a set's template asks for more than its claim "
        "has."
    ),
    "pvc-quota-exceeded": "What is refused to a person leaves no trace. It is told where a controller was refused.",
    "pvc-limitrange": "What is refused to a person leaves no trace. It is told where a controller was refused.",
    "volume-full": (
        "How full a volume is stands in no object: the kubelet's statistics tell. It is inferred from the "
        "last words of containers and probes."
    ),
    "volume-node-failed": "Told by the optional health monitor alone.",
    "volume-abnormal": (
        "Told by the optional health monitor, or from Kubernetes 1.37 on by fields that are off by default."
    ),
    "mount-csi-secret-missing": "Secrets are never read: the text of the kubelet or of the provisioner tells.",
    "mount-configmap-secret-missing": "Secrets and ConfigMaps are not read: the kubelet's text tells.",
    "mount-permission-denied": (
        "What software may not do on its volume only its log tells; seen where a container's last words or "
        "the kubelet say so."
    ),
    "mount-readonly-fs": (
        "The kernel makes a file system read-only and tells nobody; seen where a container's last words or a "
        "probe say so."
    ),
    "pvc-idle-namespace": "CronJobs and DaemonSets are not read: what they will make is not known.",
    "pvc-unused": "CronJobs are not read: a claim of theirs is unused most of the time.",
    "pv-leaked": "The storage system is not asked: the provisioner's event tells.",
    "driver-rbac-missing": (
        "A driver that may not even write events is silent: then it reads as one that does not answer."
    ),
}
"""By code, why; each is told as far as something shows."""
