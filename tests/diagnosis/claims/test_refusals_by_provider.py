import pytest

from storagetui.model.keys import Key, Kind
from tests.diagnosis.claims.asking import IMMEDIATE, RPC, asked, check_advice, check_told, failure
from tests.diagnosis.world import only

CLASS, DRIVER = Key(Kind.STORAGE_CLASS, "", "fast"), Key(Kind.CSI_DRIVER, "", "disk.csi.example")


@pytest.mark.parametrize(
    ("text", "code", "particular"),
    [
        (
            'Could not create volume "pvc-1": failed to get an available volume in EC2: InvalidVolume.NotFound: gone',
            "pvc-encryption-key",
            "Class fast has kmsKeyId=k-1.",
        ),
        (RPC + "ResourceExhausted desc = not enough free space", "pvc-backend-full", "not enough free space"),
        (RPC + "OutOfRange desc = too large", "pvc-backend-full", "OutOfRange means that the size"),
        (
            RPC + "Internal desc = Could not create volume: UnauthorizedOperation: You are not authorized",
            "pvc-provisioning-denied",
            "a right that is missing",
        ),
        (RPC + "ResourceExhausted desc = x", "pvc-provisioning-denied", "not a ResourceQuota"),
        (RPC + "Internal desc = (ZONE_RESOURCE_POOL_EXHAUSTED): no", "pvc-provisioning-denied", "not a ResourceQuota"),
        ("it results in exceeding approved Total Disks quota.", "pvc-provisioning-denied", "not a ResourceQuota"),
        ("AccessPointLimitExceeded: no more", "pvc-provisioning-denied", "AccessPointLimitExceeded"),
        ("CnsFault: Insufficient disk space on datastore x", "pvc-backend-full", "Insufficient disk space"),
        ("Error 400: Cloud KMS error when using key k", "pvc-encryption-key", "Class fast has kmsKeyId=k-1."),
    ],
)
def test_the_answer_is_read_with_its_particulars(text: str, code: str, particular: str) -> None:
    check_told(text, code, particular)


@pytest.mark.parametrize(
    ("driver", "text", "advice"),
    [
        ("ebs.csi.aws.com", "AccessDenied", "AmazonEBSCSIDriverPolicy"),
        ("ebs.csi.aws.com", "InvalidVolume.NotFound", "kms:CreateGrant"),
        ("rook-ceph.rbd.csi.ceph.com", "no space left on device", "`ceph df`"),
    ],
)
def test_the_drivers_name_changes_the_advice(driver: str, text: str, advice: str) -> None:
    check_advice(driver, text, advice)


@pytest.mark.parametrize(
    ("text", "cause", "shared"),
    [
        ("no space left on device", CLASS, "disk.csi.example has no room for claims of class fast. It says: no space"),
        ("KMSKeyNotAccessible", CLASS, "disk.csi.example cannot use the encryption key of class fast. It says: KMS"),
        ("VolumeLimitExceeded", CLASS, "disk.csi.example is at a limit of the provider with claims of class fast. It"),
        ("AccessDenied", DRIVER, "The provider denies disk.csi.example a right. It says: AccessDenied"),
    ],
)
def test_what_strikes_other_claims_too_is_told_of_what_they_share(text: str, cause: Key, shared: str) -> None:
    finding = only(asked(), IMMEDIATE, failure(asked(), text))
    assert finding.causes == (cause,)
    assert finding.shared.startswith(shared)
