import pytest

from storagetui.model.keys import Key, Kind
from tests.build import storage_class
from tests.diagnosis.claims.asking import IMMEDIATE, PARAMETERS, RPC, asked, check_advice, check_told, failure
from tests.diagnosis.world import codes, only


@pytest.mark.parametrize(
    ("text", "code", "particular"),
    [
        (
            RPC + "InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only RWO.",
            "pvc-access-mode-unsupported",
            "The claim asks for RWO with volume mode Filesystem.",
        ),
        (RPC + "InvalidArgument desc = Invalid parameter gp7", "pvc-class-parameter-wrong", "Class fast has type=gp7."),
        (
            RPC + 'Internal desc = Could not create volume "pvc-1": invalid VolumeType "gp7"',
            "pvc-class-parameter-wrong",
            "Class fast has type=gp7.",
        ),
        (
            RPC + 'InvalidArgument desc = missing configuration for cluster "ceph-a"',
            "pvc-class-parameter-wrong",
            "Class fast has clusterID=ceph-a.",
        ),
        (
            "Volume provisioning failed with infeasible error. Retries will be delayed. rpc error: code = "
            "InvalidArgument desc = never",
            "pvc-provisioning-infeasible",
            "It says (InvalidArgument): never.",
        ),
        (
            "Volume provisioning failed with infeasible error. Retries will be delayed. unknown parameter foo",
            "pvc-class-parameter-wrong",
            "tries again but seldom",
        ),
    ],
)
def test_the_answer_is_read_with_its_particulars(text: str, code: str, particular: str) -> None:
    check_told(text, code, particular)


@pytest.mark.parametrize(
    ("driver", "text", "advice"),
    [
        ("disk.csi.azure.com", "Volume capability not supported", "maxShares"),
        ("csi.vsphere.vmware.com", "invalid parameter x", "storagepolicyname"),
    ],
)
def test_the_drivers_name_changes_the_advice(driver: str, text: str, advice: str) -> None:
    check_advice(driver, text, advice)


def test_what_is_wrong_with_the_class_is_its_trouble() -> None:
    wrong = only(asked(), PARAMETERS, failure(asked(), "unknown parameter type"))
    assert wrong.causes == (Key(Kind.STORAGE_CLASS, "", "fast"),)
    assert wrong.shared.startswith("A parameter of class fast is wrong.")


def test_the_rest_is_pvc_provisioning_failed() -> None:
    assert codes(asked(), PARAMETERS, failure(asked(), "x")) == ["pvc-provisioning-failed"]


def test_a_secret_that_the_class_names_is_told_with_the_class() -> None:
    named = storage_class(binding="Immediate", parameters={"csi.storage.k8s.io/provisioner-secret-name": "rbd"})
    text = 'error getting secret rbd in namespace ceph: secrets "rbd" not found'
    finding = only(asked(), named, failure(asked(), text))
    assert finding.code == "mount-csi-secret-missing"
    assert "Class fast has csi.storage.k8s.io/provisioner-secret-name=rbd." in finding.explanation


def test_a_secret_that_may_not_be_read_is_about_the_account() -> None:
    refused = 'is forbidden: User "system:serviceaccount:ceph:provisioner" cannot get resource "secrets"'
    text = f'error getting secret rbd in namespace ceph: secrets "rbd" {refused} in API group ""'
    finding = only(asked(), IMMEDIATE, failure(asked(), text))
    assert finding.code == "driver-rbac-missing"
    assert "Service account provisioner in namespace ceph may not get secrets." in finding.explanation


@pytest.mark.parametrize(
    "text",
    [
        "VolumeCapabilities is invalid: specified multi writer with mount access type",
        "multi node access modes are only supported on rbd `block` type volumes",
        "invalid volume capabilities requested. Only SINGLE_NODE_WRITER is supported",
    ],
)
def test_a_word_that_happens_to_be_a_parameter_does_not_make_it_one(text: str) -> None:
    about = failure(asked(), RPC + "InvalidArgument desc = " + text)
    assert codes(asked(), PARAMETERS, about) == ["pvc-access-mode-unsupported"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("InvalidArgument desc = this type of disk is not for you", "pvc-provisioning-failed"),
        ("InvalidArgument desc = `type` is not for you", "pvc-class-parameter-wrong"),
        ("NotFound desc = no cluster (ceph-a)", "pvc-class-parameter-wrong"),
        ("Internal desc = failed to find profile 'gp7'", "pvc-class-parameter-wrong"),
        ("Internal desc = disk gp7 is on fire", "pvc-provisioning-failed"),
    ],
)
def test_what_stands_in_the_class_is_told_from_words_alike(text: str, code: str) -> None:
    assert codes(asked(), PARAMETERS, failure(asked(), RPC + text)) == [code]


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        (RPC + "DeadlineExceeded desc = no answer", (Key(Kind.STORAGE_CLASS, "", "fast"),)),
        ("no answer", (Key(Kind.STORAGE_CLASS, "", "fast"),)),
        (RPC + "AlreadyExists desc = of another size", ()),
    ],
)
def test_a_driver_that_fails_strikes_its_class_unless_it_speaks_of_one_claim(
    text: str, causes: tuple[Key, ...]
) -> None:
    finding = only(asked(600), IMMEDIATE, failure(asked(600), text))
    assert (finding.code, finding.causes) == ("pvc-provisioning-failed", causes)
    assert finding.shared.startswith("disk.csi.example fails to make volumes of class fast. Of one claim it says: ")
