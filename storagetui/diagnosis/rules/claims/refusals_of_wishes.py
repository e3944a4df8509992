"""What the class or the claim asks for is not to be had: access modes, parameters, and what else a driver says."""

import re

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.fitting import modes
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.rules.claims.refusal import INFEASIBLE, Answer, Refusal, of_class
from storagetui.diagnosis.rules.mount.secrets import CREDENTIAL
from storagetui.diagnosis.words import joined, listed, quoted
from storagetui.model.keys import Key

_PROVISIONING = "https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/"
_CLASSES = "https://kubernetes.io/docs/concepts/storage/storage-classes/"

ACCESS = State(
    code="pvc-access-mode-unsupported",
    title="Driver does not offer that access mode",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "Drivers of block storage seldom offer ReadWriteMany with a file system. Trying again does not help: the claim "
        "needs another access mode or another class. No object of the API lists what a driver offers; its answer is "
        "the only proof."
    ),
    remedies=(
        "Delete the unbound claim and make it again with ReadWriteOnce",
        "Use a class whose volumes many nodes may mount, or a StatefulSet with one claim for each pod",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",),
)
PARAMETER = State(
    code="pvc-class-parameter-wrong",
    title="A parameter of the class is wrong",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver refuses what the class says: a parameter that it does not know, a value that it does not take, or "
        "one that is missing, a Secret that the class names included. Every claim of the class is struck. Parameters "
        "cannot be edited: the class is to be made anew."
    ),
    remedies=(
        "Compare the class's parameters with the driver's documentation",
        "Delete the class and make it again under its name with the right parameters; its volumes do not mind",
    ),
    links=(_CLASSES + "#parameters", "https://kubernetes-csi.github.io/docs/external-provisioner.html"),
)
NEVER = State(
    code="pvc-provisioning-infeasible",
    title="The driver says the request can never work",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "From external-provisioner 6.0 on what is answered with InvalidArgument is tried again but seldom. A class "
        "made anew, which has another uid, lifts the delay; waiting does not help."
    ),
    remedies=(
        "Make the class again with the right parameters",
        "Delete the unbound claim and make it again with what the driver can make",
    ),
    links=(_CLASSES,),
)
FAILED = State(
    code="pvc-provisioning-failed",
    title="The driver refuses or fails to make the volume",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver answered CreateVolume with an error. Its code tells how to read it: ResourceExhausted is no room "
        "or a quota of the provider; InvalidArgument, OutOfRange and NotFound want another class or another request; "
        "PermissionDenied and Unauthenticated are about the driver's credentials; Aborted, DeadlineExceeded and "
        "Unavailable pass unless they last."
    ),
    remedies=(
        "Read the log of the driver's controller",
        "Mend what the provider complains of: room, quota, credentials",
        "Correct the parameters of the class",
    ),
    links=(_PROVISIONING,),
)

_ACCESS = re.compile(
    r"(?i)volume capabilit(?:y|ies)(?: \S+)? (?:is |are )?not supported|MULTI_NODE_\w+ .*not supported"
    r"|access mode \S+ (?:is )?not supported|multi-node writing is only supported"
    r"|(?:only|does not) supports? (?:single.node|ReadWriteMany|RWX|multi.node)"
    r"|only support ReadWriteOnce access mode|access ?modes? (?:is |are )?not supported"
    r"|Only SINGLE_NODE_WRITER is supported|specified multi writer with mount"
    r"|multi node access modes are only supported"
)
"""kubernetes-sigs/aws-ebs-csi-driver: pkg/driver/controller.go; rancher/local-path-provisioner: provisioner.go;
kubernetes-sigs/gcp-compute-persistent-disk-csi-driver: pkg/gce-pd-csi-driver/utils.go; ceph/ceph-csi: internal/rbd."""
_PARAMETER = re.compile(
    r"(?i)\b(?:invalid|unknown|unsupported|unrecognized|unexpected|missing|wrong|required|parse|parsing)"
    r"(?: \S{1,60}){0,4}? parameters?\b"
    r"|\bparameters?\b(?: \S{1,80}){0,6}? (?:invalid|unknown|unsupported|missing|required|wrong|must be|not)\b"
    r"|\bin (?:the )?storage ?class\b|storage policy (?:\S+ )?not found|no storage policy"
    r"|No compatible datastores? found for storage ?policy|missing or empty \S+ name to provision"
    r"|failed to get name and namespace template from params|error resolving (?:value|secret)"
)
"""Of many drivers; kubernetes-csi/external-provisioner: pkg/controller/controller.go for those about Secrets."""
_NEVER = re.compile(r"Volume provisioning failed with infeasible error\. Retries will be delayed\.")
"""kubernetes-sigs/sig-storage-lib-external-provisioner: controller/controller.go."""
_ANY = re.compile(
    r'(?:failed to provision volume with StorageClass "(?P<class_name>[^"]+)": )?'
    r"(?:rpc error: code = (?P<code>\w+) desc = )?(?P<why>.+)"
)
_OF_ONE_CLAIM = ("InvalidArgument", "NotFound", "AlreadyExists", "FailedPrecondition", "Aborted", "OutOfRange")
_DELAYED = "The provisioner calls that infeasible and tries again but seldom; a class made anew lifts the delay."


def _delay(answer: Answer) -> str:
    return _DELAYED if INFEASIBLE.strip() in answer.match.string else ""


def _access(answer: Answer) -> str:
    claim = answer.claim
    mode = claim.volume_mode or "Filesystem"
    return joined(
        f"The claim asks for {modes(claim.access_modes) or 'no access mode'} with volume mode {mode}.", _delay(answer)
    )


def _parameters(answer: Answer) -> str:
    """What the class says, as far as the driver named a parameter of it, or all of it."""
    made_by = answer.made_by
    if made_by is None:
        return _delay(answer)
    text = answer.match.string
    named = [(key, value) for key, value in made_by.parameters if key in text or (len(value) > 2 and value in text)]
    shown = named or made_by.parameters
    if not shown:
        return joined(f"Class {made_by.name} has no parameters.", _delay(answer))
    pairs = listed((f"{key}={value}" for key, value in shown), shown=6)
    return joined(f"Class {made_by.name} has {pairs}.", _delay(answer))


def _common(answer: Answer) -> tuple[Key, ...]:
    """The class, unless the driver's code says that it is about this one claim: it is the backend then, most likely."""
    return () if answer.grpc in _OF_ONE_CLAIM else of_class(answer)


def _secret(answer: Answer) -> str:
    """Which Secrets the class names; they are not read."""
    made_by = answer.made_by
    if made_by is None:
        return ""
    named = [f"{key}={value}" for key, value in made_by.parameters if "-secret-" in key]
    return f"Class {made_by.name} has {listed(named)}. Secrets are not read by this program." if named else ""


SECRET = Refusal(
    state=CREDENTIAL,
    regexes=(re.compile(r"error getting secret (?P<secret>\S+) in namespace (?P<namespace>\S+): (?P<why>.+)"),),
    title="{driver} does not get the Secret that class {class_name} names",
    next_step="Make the Secret again, or correct its name and namespace in a class made anew.",
    particulars=_secret,
    causes=of_class,
    shared=lambda answer: (
        f"{answer.driver} does not get the Secret that class {answer.claim.class_name} names. {_secret(answer)}"
    ),
)
"""The state is one of mounting too, and described there."""

OF_WISHES = (
    Refusal(
        state=ACCESS,
        regexes=(_ACCESS,),
        title="{driver} does not offer {modes}",
        next_step="Delete the unbound claim and make it again with another access mode, or of another class.",
        topics=(Topic.MODES,),
        particulars=_access,
    ),
    Refusal(
        state=PARAMETER,
        regexes=(_PARAMETER,),
        title="A parameter of class {class_name} is wrong",
        next_step="Correct the parameters: delete class {class_name} and make it again under its name.",
        topics=(Topic.PARAMETERS,),
        particulars=_parameters,
        causes=of_class,
        shared=lambda answer: (
            f"A parameter of class {answer.claim.class_name} is wrong. {answer.driver} makes no volume of the class. "
            f"{_parameters(answer)}"
        ),
    ),
    Refusal(
        state=NEVER,
        regexes=(_NEVER,),
        title="{driver} says that {asked} can never be made",
        next_step="Change what the driver names: the class, or the claim, which is to be deleted and made again.",
        particulars=_parameters,
    ),
    Refusal(
        state=FAILED,
        regexes=(_ANY,),
        title="{driver} fails to make the volume",
        next_step="",
        topics=(Topic.CONTROLLER,),
        causes=_common,
        shared=lambda answer: (
            f"{answer.driver} fails to make volumes of class {answer.claim.class_name}. Of one claim it says: "
            f"{quoted(answer.text)}"
        ),
        is_catch_all=True,
    ),
)
