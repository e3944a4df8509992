"""What the common drivers need to be told apart for: a table from a driver's name to advice, by topic.

The names are those of CSI drivers and of provisioners in classes; those of the plugins that were once part of
Kubernetes, and which CSI drivers stand in for now, count too. What is said comes from the drivers' own documentation.
To add a driver, add a row; to add a topic, add it to Topic and to the rows whose advice differs.
"""

from enum import Enum, auto

import msgspec


class Topic(Enum):
    """What advice is wanted about."""

    CONTROLLER = auto()
    """Where the part runs that makes and attaches volumes."""
    NODE_PLUGIN = auto()
    """Where the part runs that mounts them."""
    RIGHTS = auto()
    """What the driver's account needs at the provider."""
    ROOM = auto()
    """Where to look for free space, and what to do when there is none."""
    QUOTA = auto()
    """Limits of the provider's account."""
    PARAMETERS = auto()
    """What the class has to say."""
    KEYS = auto()
    """What using an encryption key takes."""
    MODES = auto()
    """Which access modes it offers."""
    TOPOLOGY = auto()
    """What ties its volumes to a place."""
    LIMIT = auto()
    """How many volumes a node can hold."""


class Driver(msgspec.Struct, frozen=True):
    """A row of the table."""

    product: str
    """What people call it."""
    names: tuple[str, ...]
    """A name that begins with a dot stands for all that end with it."""
    hints: dict[Topic, str]
    """Whole sentences."""


def hint(driver: str, topic: Topic) -> str:
    """What is to be said of a driver on a topic, in sentences; empty when nothing particular is."""
    row = _row(driver)
    return row.hints.get(topic, "") if row is not None else ""


def product(driver: str) -> str:
    """What people call a driver, `Amazon EBS`; empty for one that the table does not have."""
    row = _row(driver)
    return row.product if row is not None else ""


def _row(driver: str) -> Driver | None:
    found = _BY_NAME.get(driver)
    if found is None:
        found = next((row for end, row in _BY_END.items() if driver.endswith(end)), None)
    return found


_T = Topic
_ONE_NODE = "It offers ReadWriteOnce and ReadWriteOncePod for file systems; many writers want a file store."
_MANY = "It offers ReadWriteMany."

DRIVERS = (
    Driver(
        "Amazon EBS",
        ("ebs.csi.aws.com", "kubernetes.io/aws-ebs"),
        {
            _T.CONTROLLER: "Its controller is the Deployment ebs-csi-controller, in kube-system as a rule.",
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet ebs-csi-node, in kube-system as a rule.",
            _T.RIGHTS: (
                "The role of the service account ebs-csi-controller-sa needs the policy AmazonEBSCSIDriverPolicy: look "
                "at the account's annotation eks.amazonaws.com/role-arn or its Pod Identity association."
            ),
            _T.QUOTA: "EBS counts storage and IOPS per volume type and region: ask for more in Service Quotas.",
            _T.PARAMETERS: (
                "It knows type, iops, iopsPerGB, throughput, encrypted, kmsKeyId and some more; iops and "
                "throughput fit "
                "only some types, and within bounds that depend on the size."
            ),
            _T.KEYS: (
                "The controller's role needs kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:Encrypt, "
                "kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt* on the key that kmsKeyId names."
            ),
            _T.MODES: "It offers ReadWriteMany for raw block volumes of type io2 alone; for file systems use EFS.",
            _T.TOPOLOGY: "A volume lives in one availability zone and cannot leave it but by a snapshot.",
            _T.LIMIT: (
                "On Nitro machines volumes, network interfaces and local disks share one limit, so that "
                "the real number "
                "may be lower; --reserved-volume-attachments of the node plugin corrects it."
            ),
        },
    ),
    Driver(
        "Amazon EFS",
        ("efs.csi.aws.com",),
        {
            _T.CONTROLLER: "Its controller is the Deployment efs-csi-controller, in kube-system as a rule.",
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet efs-csi-node, in kube-system as a rule.",
            _T.RIGHTS: (
                "The role of the service account efs-csi-controller-sa needs the policy AmazonEFSCSIDriverPolicy: each "
                "claim becomes an access point, which it must be allowed to make."
            ),
            _T.QUOTA: "A file system holds a limited number of access points, one for each claim.",
            _T.PARAMETERS: "The class must say provisioningMode: efs-ap, fileSystemId and directoryPerms.",
            _T.MODES: _MANY,
        },
    ),
    Driver(
        "GCE Persistent Disk",
        ("pd.csi.storage.gke.io", "kubernetes.io/gce-pd"),
        {
            _T.CONTROLLER: (
                "On GKE its controller runs in the control plane, out of sight; the audit log shows its calls."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet pdcsi-node, in kube-system on GKE.",
            _T.RIGHTS: "On clusters of your own its service account needs the role compute.storageAdmin.",
            _T.QUOTA: (
                "Disks count against the region's quotas (SSD_TOTAL_GB, DISKS_TOTAL_GB): ask for more in the console."
            ),
            _T.PARAMETERS: "type must be one that the zone's machines can attach: not each takes pd-* or hyperdisk-*.",
            _T.KEYS: "The Compute Engine service agent needs cloudkms.cryptoKeyEncrypterDecrypter on the key.",
            _T.MODES: (
                "It offers ReadWriteMany for raw block volumes of some disk types alone; for file "
                "systems use Filestore."
            ),
            _T.TOPOLOGY: "A disk lives in one zone; with replication-type: regional-pd in two.",
            _T.LIMIT: "Most machines hold 128 disks, small ones 16, those of Hyperdisk by their size.",
        },
    ),
    Driver(
        "Azure Disk",
        ("disk.csi.azure.com", "kubernetes.io/azure-disk"),
        {
            _T.CONTROLLER: (
                "On AKS its controller runs in the control plane, out of sight; elsewhere it is the Deployment "
                "csi-azuredisk-controller in kube-system."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet csi-azuredisk-node in kube-system.",
            _T.RIGHTS: (
                "The cluster's identity needs the role Contributor on the resource group in which the disks are made."
            ),
            _T.QUOTA: "Disks count against the subscription's limits per region and type.",
            _T.PARAMETERS: "skuName must be offered in the zone: Ultra and Premium v2 disks are not everywhere.",
            _T.KEYS: "The disk encryption set needs rights on its key vault, and the cluster's identity on the set.",
            _T.MODES: (
                "It offers ReadWriteMany for raw block volumes with maxShares above 1 alone; else use Azure Files."
            ),
            _T.TOPOLOGY: "A disk of a locally redundant type lives in one zone; those of type *_ZRS reach all.",
            _T.LIMIT: "The number of data disks depends on the machine's size, from 2 upwards.",
        },
    ),
    Driver(
        "Azure Files",
        ("file.csi.azure.com", "kubernetes.io/azure-file"),
        {
            _T.CONTROLLER: (
                "On AKS its controller runs in the control plane, out of sight; elsewhere it is the Deployment "
                "csi-azurefile-controller in kube-system."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet csi-azurefile-node in kube-system.",
            _T.RIGHTS: "The cluster's identity must be allowed to make storage accounts and to read their keys.",
            _T.QUOTA: "Storage accounts are limited per subscription and region; the class may name one to share.",
            _T.MODES: _MANY,
        },
    ),
    Driver(
        "vSphere",
        ("csi.vsphere.vmware.com", "kubernetes.io/vsphere-volume"),
        {
            _T.CONTROLLER: "Its controller is the Deployment vsphere-csi-controller in vmware-system-csi.",
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet vsphere-csi-node in vmware-system-csi.",
            _T.RIGHTS: (
                "The vCenter user in the Secret vsphere-config-secret needs the roles for CNS, datastores and VMs."
            ),
            _T.ROOM: "Look at the free space of the datastores that fit the storage policy.",
            _T.PARAMETERS: (
                "storagepolicyname must exist in vCenter, spelled alike, and a datastore must comply with it."
            ),
            _T.MODES: "It offers ReadWriteMany where vSAN File Services are on; else for one node at a time.",
            _T.TOPOLOGY: "The zones are tags of vCenter: node and datastore must both be reachable in them.",
            _T.LIMIT: (
                "A VM holds 59 volumes with four SCSI controllers, 255 with vSphere 8 and the driver's newer releases."
            ),
        },
    ),
    Driver(
        "Ceph RBD",
        ("rbd.csi.ceph.com", ".rbd.csi.ceph.com"),
        {
            _T.CONTROLLER: (
                "Its controller is the Deployment csi-rbdplugin-provisioner, with Rook in the operator's namespace."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet csi-rbdplugin.",
            _T.RIGHTS: (
                "The Ceph user of the class's provisioner secret needs the capabilities profile rbd on the pool."
            ),
            _T.ROOM: "Look at `ceph df` and `ceph osd df`: a pool stops taking writes when one of its OSDs is full.",
            _T.PARAMETERS: "clusterID must stand in the driver's ConfigMap, and pool must exist in that cluster.",
            _T.MODES: "It offers ReadWriteMany for raw block volumes alone; for file systems use CephFS.",
        },
    ),
    Driver(
        "CephFS",
        ("cephfs.csi.ceph.com", ".cephfs.csi.ceph.com"),
        {
            _T.CONTROLLER: (
                "Its controller is the Deployment csi-cephfsplugin-provisioner, with Rook in the operator's namespace."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet csi-cephfsplugin.",
            _T.RIGHTS: "The Ceph user of the class's provisioner secret needs rights on the file system's subvolumes.",
            _T.ROOM: "Look at `ceph df` and `ceph fs status`.",
            _T.PARAMETERS: "clusterID must stand in the driver's ConfigMap, and fsName must exist with a running MDS.",
            _T.MODES: _MANY,
        },
    ),
    Driver(
        "Longhorn",
        ("driver.longhorn.io", "rancher.io/longhorn"),
        {
            _T.CONTROLLER: (
                "Its controller is the Deployment csi-provisioner in longhorn-system, beside longhorn-manager."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet longhorn-csi-plugin in longhorn-system.",
            _T.ROOM: (
                "Look at the Longhorn nodes' disks: each of numberOfReplicas wants a disk of its own with room, within "
                "the settings Storage Over Provisioning and Storage Minimal Available."
            ),
            _T.PARAMETERS: (
                "It knows numberOfReplicas, staleReplicaTimeout, diskSelector, nodeSelector, dataLocality and more."
            ),
            _T.MODES: "It offers ReadWriteMany by a share manager, which wants an NFSv4 client on the nodes.",
        },
    ),
    Driver(
        "OpenEBS",
        (
            "openebs.io/local",
            "local.csi.openebs.io",
            "zfs.csi.openebs.io",
            "io.openebs.csi-mayastor",
            "cstor.csi.openebs.io",
            "jiva.csi.openebs.io",
        ),
        {
            _T.CONTROLLER: "Its controllers run in the namespace openebs, one for each engine.",
            _T.ROOM: (
                "Look at the engine's pools on the node: the volume group of LVM, the pool of ZFS, the DiskPools of "
                "Mayastor, the base path of hostpath volumes."
            ),
            _T.PARAMETERS: "The class must name what exists on the nodes: volgroup, poolname, or the base path.",
            _T.MODES: _ONE_NODE,
            _T.TOPOLOGY: (
                "Local engines keep a volume on one node, by openebs.io/nodeid, openebs.io/nodename or hostname."
            ),
        },
    ),
    Driver(
        "local-path",
        ("rancher.io/local-path",),
        {
            _T.CONTROLLER: (
                "It is the Deployment local-path-provisioner, in local-path-storage, or in kube-system "
                "on k3s; it makes "
                "volumes by a helper pod helper-pod-create-* beside it."
            ),
            _T.ROOM: (
                "The paths for each node stand in the ConfigMap local-path-config; sizes are not enforced, so that one "
                "volume may fill the node's disk."
            ),
            _T.PARAMETERS: "nodePath must be among the node's paths in the ConfigMap local-path-config.",
            _T.MODES: "It offers ReadWriteOnce and ReadWriteOncePod, unless a sharedFileSystemPath is configured.",
            _T.TOPOLOGY: "A volume is a folder of one node and stays there.",
        },
    ),
    Driver(
        "TopoLVM",
        ("topolvm.io", "topolvm.cybozu.com"),
        {
            _T.CONTROLLER: "Its controller is the Deployment topolvm-controller, in topolvm-system as a rule.",
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet topolvm-node, beside lvmd.",
            _T.ROOM: (
                "Look at the volume group on the node, and at the node's annotations capacity.topolvm.io/*; lvmd keeps "
                "spare-gb of each device class back."
            ),
            _T.PARAMETERS: "topolvm.io/device-class must be one that lvmd offers on the node.",
            _T.MODES: _ONE_NODE,
            _T.TOPOLOGY: "A volume is a logical volume of one node and stays there (topology.topolvm.io/node).",
        },
    ),
    Driver(
        "NFS",
        (
            "nfs.csi.k8s.io",
            "k8s-sigs.io/nfs-subdir-external-provisioner",
            "cluster.local/nfs-subdir-external-provisioner",
        ),
        {
            _T.CONTROLLER: (
                "Its controller is the Deployment csi-nfs-controller in kube-system, or "
                "nfs-subdir-external-provisioner."
            ),
            _T.RIGHTS: (
                "The server's export must let the controller's node in and write (no_root_squash, or matching owners)."
            ),
            _T.ROOM: "Look at the free space of the exported file system; sizes are not enforced.",
            _T.PARAMETERS: (
                "The class must name server and share; the controller mounts the share to make a folder in it."
            ),
            _T.MODES: _MANY,
        },
    ),
    Driver(
        "SMB",
        ("smb.csi.k8s.io",),
        {
            _T.CONTROLLER: "Its controller is the Deployment csi-smb-controller in kube-system.",
            _T.RIGHTS: (
                "The Secret that the class names must hold username and password, and domain where there is one."
            ),
            _T.ROOM: "Look at the free space of the share; sizes are not enforced.",
            _T.PARAMETERS: (
                "The class must name source (//server/share) and the Secrets for the provisioner and the nodes."
            ),
            _T.MODES: _MANY,
        },
    ),
    Driver(
        "Portworx",
        ("pxd.portworx.com", "kubernetes.io/portworx-volume"),
        {
            _T.CONTROLLER: "Its controller is the Deployment px-csi-ext, beside the pods of Portworx.",
            _T.ROOM: (
                "Look at `pxctl status` and `pxctl cluster provision-status`: each of repl replicas "
                "wants a pool with room."
            ),
            _T.PARAMETERS: "repl must not be above the number of storage nodes.",
            _T.MODES: "It offers ReadWriteMany with sharedv4.",
        },
    ),
    Driver(
        "LINSTOR",
        ("linstor.csi.linbit.com",),
        {
            _T.CONTROLLER: (
                "Its controller is the Deployment linstor-csi-controller, which asks the LINSTOR controller."
            ),
            _T.NODE_PLUGIN: "Its node plugin is the DaemonSet linstor-csi-node.",
            _T.ROOM: "Look at `linstor storage-pool list` and `linstor error-reports list`.",
            _T.PARAMETERS: (
                "linstor.csi.linbit.com/storagePool must exist on as many nodes as placementCount (autoPlace) asks for."
            ),
            _T.MODES: "It offers ReadWriteMany for raw block volumes during live migration alone.",
        },
    ),
)

_BY_NAME = {name: row for row in DRIVERS for name in row.names if not name.startswith(".")}
_BY_END = {name: row for row in DRIVERS for name in row.names if name.startswith(".")}
