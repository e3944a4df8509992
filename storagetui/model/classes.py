"""StorageClass and VolumeAttributesClass."""

from typing import Annotated, ClassVar

from storagetui.model.base import Part, Record
from storagetui.model.fields import At, Pairs
from storagetui.model.keys import Kind

WAIT_FOR_FIRST_CONSUMER = "WaitForFirstConsumer"


class TopologyRequirement(Part, frozen=True, gc=False):
    """One expression of `allowedTopologies`."""

    key: Annotated[str, At("key")]
    values: Annotated[tuple[str, ...], At("values")]


class TopologyTerm(Part, frozen=True, gc=False):
    """One entry of `allowedTopologies`."""

    expressions: Annotated[tuple[TopologyRequirement, ...], At("matchLabelExpressions")]


class StorageClass(Record, frozen=True, gc=False):
    """How volumes are made."""

    kind: ClassVar[Kind] = Kind.STORAGE_CLASS

    provisioner: Annotated[str, At("provisioner")]
    """The CSI driver's name, or `kubernetes.io/no-provisioner`."""
    reclaim_policy: Annotated[str, At("reclaimPolicy")]
    volume_binding_mode: Annotated[str, At("volumeBindingMode")]
    allow_volume_expansion: Annotated[bool, At("allowVolumeExpansion")]
    parameters: Annotated[Pairs, At("parameters")]
    mount_options: Annotated[tuple[str, ...], At("mountOptions")]
    allowed_topologies: Annotated[tuple[TopologyTerm, ...], At("allowedTopologies")]
    default_mark: Annotated[str, At("metadata.annotations[storageclass.kubernetes.io/is-default-class]")]
    old_default_mark: Annotated[str, At("metadata.annotations[storageclass.beta.kubernetes.io/is-default-class]")]

    @property
    def is_default(self) -> bool:
        """Whether claims that name no class get this one."""
        return "true" in (self.default_mark, self.old_default_mark)


class VolumeAttributesClass(Record, frozen=True, gc=False):
    """Parameters of a volume that can be changed while it lives."""

    kind: ClassVar[Kind] = Kind.VOLUME_ATTRIBUTES_CLASS

    driver: Annotated[str, At("driverName")]
    parameters: Annotated[Pairs, At("parameters")]
