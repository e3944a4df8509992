"""What a mount needs beside the volume is not there: a credential of the driver, a Secret or a ConfigMap."""

import re

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import Pattern, State
from storagetui.diagnosis.told import ATTACH_REASONS, Step, Told
from storagetui.diagnosis.words import listed
from storagetui.model.keys import Kind

CREDENTIAL = State(
    code="mount-csi-secret-missing",
    title="Driver's secret is missing, unreadable or incomplete",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The volume or its class names a Secret that is gone, is in another namespace, may not be read by who asks, or "
        "lacks a field. The same Secret is needed for attaching, mounting and growing alike."
    ),
    remedies=(
        "Make the Secret again, or complete it, in the namespace that the volume names",
        "Let the component that asks read it",
    ),
    links=("https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html",),
)
SOURCE = State(
    code="mount-configmap-secret-missing",
    title="Secret or ConfigMap volume has no source",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Not a matter of disks: the pod mounts a Secret or a ConfigMap, or a key of one, that does not exist. It looks "
        "alike because the kubelet reports it in the same words."
    ),
    remedies=(
        "Make the Secret or ConfigMap, or the key in it",
        "Correct the name in the pod template, or mark the volume optional",
    ),
    links=("https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod",),
)

_FIELD = re.compile(r"missing (?:ID|key) field '(?P<field>[^']+)' in secrets")
_ATTACH = re.compile(r'failed to load secret "(?P<secret>[^"]+)": (?P<why>.+)')
_PROVISION = re.compile(r"error getting secret (?P<secret>\S+) in namespace (?P<ns>\S+): (?P<why>.+)")


def _credential(step: Step) -> str:
    if step.one is None or not step.one.volume.secrets:
        return ""
    named = (f"{one.namespace}/{one.name}" for one in step.one.volume.secrets)
    return f"Volume {step.one.volume.name} names {listed(dict.fromkeys(named))}. Secrets are not read by this program."


TOLD = (
    Told(
        state=CREDENTIAL,
        regexes=(
            re.compile(r"fetching NodeStageSecretRef (?P<secret>\S+) failed: (?P<why>.+)"),
            re.compile(r"fetching NodePublishSecretRef (?P<secret>\S+) failed: (?P<why>.+)"),
            re.compile(
                r"failed to find the secret (?P<secret>\S+) in the namespace (?P<ns>\S+) with error: (?P<why>.+)"
            ),
            _FIELD,
            re.compile(r'secrets "(?P<secret>[^"]+)" (?P<why>not found|is forbidden)'),
        ),
        title="A Secret that {driver} needs for volume {volume} is missing or incomplete",
        next_step="Look at the Secret that the message names.",
        particulars=_credential,
    ),
    Told(
        state=SOURCE,
        regexes=(
            re.compile(
                r'MountVolume\.SetUp failed for volume "(?P<volume>[^"]+)"\s*: '
                r'\[?(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found'
            ),
            re.compile(r"references non-existent (?:secret key|config key)"),
        ),
        title="Volume {volume} of the pod has no source",
        next_step="Make what the message names, or correct the pod template.",
    ),
)
ATTACH_TOLD = Told(
    state=CREDENTIAL,
    regexes=(_ATTACH,),
    title="A Secret that {driver} needs for volume {volume} cannot be read",
    next_step="Look at the Secret that the message names.",
    particulars=_credential,
    reasons=ATTACH_REASONS,
)
CLAIM_PATTERNS = (
    Pattern(CREDENTIAL.code, Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",), _FIELD),
    Pattern(CREDENTIAL.code, Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",), _PROVISION),
)
"""The same state, as it is met when a volume is to be made."""
