"""StorageClass and VolumeAttributesClass."""

from typing import Annotated, ClassVar

from storagetui.model.base import Part, Record
from storagetui.model.fields import At, Pairs
from storagetui.model.keys import Kind

WAIT_FOR_FIRST_CONSUMER = "WaitForFirstConsumer"


class TopologyRequirement(Part, frozen=True, gc=False):
    """One expression of `allowedTopologies`."""

    key: Annotated[str, At("key", wire="1")]
    values: Annotated[tuple[str, ...], At("values", wire="2")]


class TopologyTerm(Part, frozen=True, gc=False):
    """One entry of `allowedTopologies`."""

    expressions: Annotated[tuple[TopologyRequirement, ...], At("matchLabelExpressions", wire="1")]


class StorageClass(Record, frozen=True, gc=False):
    """How volumes are made."""

    kind: ClassVar[Kind] = Kind.STORAGE_CLASS

    provisioner: Annotated[str, At("provisioner", wire="2")]
    """The CSI driver's name, or `kubernetes.io/no-provisioner`."""
    reclaim_policy: Annotated[str, At("reclaimPolicy", wire="4")]
    volume_binding_mode: Annotated[str, At("volumeBindingMode", wire="7")]
    allow_volume_expansion: Annotated[bool, At("allowVolumeExpansion", wire="6")]
    parameters: Annotated[Pairs, At("parameters", wire="3")]
    mount_options: Annotated[tuple[str, ...], At("mountOptions", wire="5")]
    allowed_topologies: Annotated[tuple[TopologyTerm, ...], At("allowedTopologies", wire="8")]
    default_mark: Annotated[str, At("metadata.annotations[storageclass.kubernetes.io/is-default-class]", wire="1.12")]
    old_default_mark: Annotated[
        str, At("metadata.annotations[storageclass.beta.kubernetes.io/is-default-class]", wire="1.12")
    ]

    @property
    def is_default(self) -> bool:
        """Whether claims that name no class get this one."""
        return "true" in (self.default_mark, self.old_default_mark)


class VolumeAttributesClass(Record, frozen=True, gc=False):
    """Parameters of a volume that can be changed while it lives."""

    kind: ClassVar[Kind] = Kind.VOLUME_ATTRIBUTES_CLASS

    driver: Annotated[str, At("driverName", wire="2")]
    parameters: Annotated[Pairs, At("parameters", wire="3")]
