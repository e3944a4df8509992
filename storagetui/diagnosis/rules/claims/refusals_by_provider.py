"""The provider or the storage system behind a driver makes no volume: rights, limits, room, keys."""

import re
from collections.abc import Callable

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.rules.claims.refusal import Answer, Refusal, of_class
from storagetui.diagnosis.words import listed, quoted
from storagetui.model.keys import Key, Kind

_PROVISIONING = "https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/"
_EBS = "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/faq.md"

KEY = State(
    code="pvc-encryption-key",
    title="New disk vanishes because its key cannot be used",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The provider takes the request, finds that it cannot use the encryption key, and drops the volume; the driver "
        "then only sees that the volume does not exist. The driver's role needs rights on the key, and the key must "
        "be enabled."
    ),
    remedies=("Give the driver's role the rights on the key", "See that the key exists and is enabled"),
    links=(_EBS,),
)
FULL = State(
    code="pvc-backend-full",
    title="Storage system has no room",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The pool, volume group or file system behind the class is full, or what is asked for is more than it can ever "
        "hold."
    ),
    remedies=(
        "Look at the storage system's free space",
        "Make room, or enlarge the pool",
        "Delete the unbound claim and make it again smaller, or of another class",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/storage-capacity/",),
)
DENIED = State(
    code="pvc-provisioning-denied",
    title="The provider denies: permission, quota or limit",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The storage provider rejects the call for a reason outside of the cluster: the driver's account lacks a "
        "right, or a quota of the account is used up. A ResourceQuota of the cluster is something else: then the claim "
        "is not made at all."
    ),
    remedies=("Correct the permission, the quota or the limit at the provider",),
    links=(_PROVISIONING, _EBS),
)

_KEY = re.compile(
    r"(?:failed to get an available volume in EC2|timed out waiting for volume to create): .*InvalidVolume\.NotFound"
    r"|(?i:kms)\S*(?:AccessDenied|NotAuthorized|Disabled|InvalidState)|KMSKeyNotAccessible|InvalidVolume\.NotFound"
    r"|Cloud KMS error|KeyVaultAccessForbidden|failed to (?:fetch|get) KMS"
)
"""kubernetes-sigs/aws-ebs-csi-driver: docs/faq.md; then Google's and Azure's words, and those of ceph-csi."""
_FULL = re.compile(
    r"(?i)insufficient (?:free |disk )?(?:space|capacity|storage)"
    r"|not enough (?:free |available )?(?:space|capacity|storage)"
    r"|no (?:more |free )?(?:space|room|capacity)\b|out of (?:space|capacity)"
    r"|no local path available on node|code = OutOfRange"
)
_NO_RIGHT = re.compile(
    r"(?i)UnauthorizedOperation|AccessDenied|not authorized to perform|AuthorizationFailed|PERMISSION_DENIED"
    r"|code = (?:PermissionDenied|Unauthenticated)"
)
_LIMIT = re.compile(
    r"(?i)(?:Volume|IOPS|AccessPoint|FileSystem|Throughput)LimitExceeded|QUOTA_EXCEEDED"
    r"|Quota '\w+' exceeded|QuotaExceeded"
    r"|code = ResourceExhausted|ZONE_RESOURCE_POOL_EXHAUSTED|exceeding approved (?:\S+ ){1,4}quota"
)
_KEY_PARAMETERS = re.compile(r"(?i)kms|encrypt|diskencryptionset")


def _keys(answer: Answer) -> str:
    """Which key the class names."""
    made_by = answer.made_by
    named = [f"{key}={value}" for key, value in made_by.parameters if _KEY_PARAMETERS.search(key)] if made_by else []
    if not named:
        return "Its class names no key, so that it is the provider's default one, if encryption is the matter."
    return f"Class {answer.claim.class_name} has {listed(named)}."


def _room(answer: Answer) -> str:
    """What the other lookalike would be, for a code that says more of room than of size."""
    if answer.grpc == "OutOfRange":
        return "OutOfRange means that the size is more, or less, than it can ever make."
    return ""


def _sort(answer: Answer) -> str:
    if _NO_RIGHT.search(answer.match.string):
        return "It is a right that is missing, not room."
    return "It is a limit of the provider's account or of the storage system, not a ResourceQuota of the namespace."


def _driver(answer: Answer) -> tuple[Key, ...]:
    """The driver, whose account lacks the right for all its claims."""
    return (Key(Kind.CSI_DRIVER, "", answer.driver),)


def _shared(fact: str) -> Callable[[Answer], str]:
    """What holds for all claims of the cause, with the words of one answer."""
    return lambda answer: f"{fact.format(answer.driver, answer.claim.class_name)}. It says: {quoted(answer.text)}"


BY_PROVIDER = (
    Refusal(
        state=KEY,
        regexes=(_KEY,),
        title="{driver} cannot use the encryption key",
        next_step="Give the role of {driver} the rights on the key, and see that the key is enabled.",
        topics=(Topic.KEYS,),
        particulars=_keys,
        causes=of_class,
        shared=_shared("{} cannot use the encryption key of class {}"),
    ),
    Refusal(
        state=FULL,
        regexes=(_FULL,),
        title="{driver} has no room for {asked}",
        next_step="Make room in the storage behind {driver}, or ask for less.",
        topics=(Topic.ROOM,),
        particulars=_room,
        causes=of_class,
        shared=_shared("{} has no room for claims of class {}"),
    ),
    Refusal(
        state=DENIED,
        regexes=(_NO_RIGHT,),
        title="The provider denies {driver} a right",
        next_step="Give the account of {driver} the right that the provider misses.",
        topics=(Topic.RIGHTS,),
        particulars=_sort,
        causes=_driver,
        shared=_shared("The provider denies {} a right"),
    ),
    Refusal(
        state=DENIED,
        regexes=(_LIMIT,),
        title="{driver} is at a limit of the provider",
        next_step="Raise the provider's limit or make room; asking again does not help.",
        topics=(Topic.QUOTA, Topic.ROOM),
        particulars=_sort,
        causes=of_class,
        shared=_shared("{} is at a limit of the provider with claims of class {}"),
    ),
)
