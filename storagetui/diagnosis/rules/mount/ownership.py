"""Who may use the files of a volume: groups and labels that the kubelet sets when it mounts."""

import re

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.told import Step, Told
from storagetui.diagnosis.words import joined
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Kind

_CONTEXT = "https://kubernetes.io/docs/tasks/configure-pod-container/security-context"

SLOW = State(
    code="mount-fsgroup-slow",
    title="Changing the ownership of many files",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "Nothing is stuck, it only takes long: the group of each file is set at every mount. With the policy "
        "OnRootMismatch that ends at the root folder when it fits already."
    ),
    remedies=("Wait", "Set fsGroupChangePolicy to OnRootMismatch in the pod template"),
    links=(
        f"{_CONTEXT}/#configure-volume-permission-and-ownership-change-policy-for-pods",
        "https://kubernetes-csi.github.io/docs/support-fsgroup.html",
    ),
)
LABELS = State(
    code="mount-selinux-conflict",
    title="Two pods want different SELinux labels on one volume",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "With SELinux mount labels a volume has one label at a time on a node. Pods that want different ones cannot "
        "use it there together; the second waits until the first is gone. The controller's events forecast it."
    ),
    remedies=(
        "Give the pods the same SELinux options",
        "Set seLinuxChangePolicy to Recursive in the pod template that must share the volume",
    ),
    links=(f"{_CONTEXT}/#assign-selinux-labels-to-a-container",),
)


def _files(step: Step) -> str:
    pod = step.pod
    policy = pod.fs_group_change_policy or "Always"
    count = step.group("n")
    return joined(
        f"The pod asks for group {pod.fs_group} with fsGroupChangePolicy {policy}." if pod.fs_group is not None else "",
        f"{count} files have been done." if count else "",
        "It goes on while the pod waits, and starts anew at the next mount.",
    )


def group_policy(step: Step) -> str:
    """What the driver lets the kubelet do about groups."""
    if not step.driver or step.ctx.unknown(Kind.CSI_DRIVER):
        return ""
    found = step.ctx.cluster.get(CSIDriver, "", step.driver)
    policy = (found.fs_group_policy if found is not None else "") or "ReadWriteOnceWithFSType"
    return f"Driver {step.driver} has fsGroupPolicy {policy}."


def _labels(step: Step) -> str:
    other = step.group("pod")
    return f"The other is pod {other}." if other else ""


TOLD = (
    Told(
        state=SLOW,
        regexes=(
            re.compile(
                r"Setting volume ownership for (?P<dir>\S+?)(?: is taking longer than expected, consider using "
                r"OnRootMismatch|, processed (?P<n>\d+) files)"
            ),
        ),
        title="Ownership of the files of volume {volume} is being changed on node {node}",
        next_step="Wait; then set fsGroupChangePolicy to OnRootMismatch in the pod template.",
        particulars=_files,
        reasons=("VolumePermissionChangeInProgress",),
    ),
    Told(
        state=LABELS,
        regexes=(
            re.compile(
                r"conflicts with (?:pod (?P<pod>\S+) that uses|another pod that uses) the same volume as this pod with"
            ),
            re.compile(r"is mounted twice with different SELinux labels inside this pod"),
            re.compile(r'conflicting SELinux labels of volume (?P<volume>\S+): "(?P<one>[^"]*)" and "(?P<two>[^"]*)"'),
        ),
        title="Pods want different SELinux labels on volume {volume}",
        next_step="Compare the SELinux options of the pods that use the volume.",
        particulars=_labels,
        reasons=("SELinuxLabelConflict", "SELinuxChangePolicyConflict", "MultipleSELinuxLabels", "FailedMount"),
    ),
)
