"""Drivers of what clouds, and vSphere, offer."""

from storagetui.diagnosis.driver_row import Driver, Topic

_T = Topic
_MANY = "It offers ReadWriteMany."
_NONE_LEFT = "A zone may run out of a type of disk: another type or zone helps, or waiting."

CLOUD_DRIVERS = (
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
            _T.ROOM: _NONE_LEFT,
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
            _T.EXPAND: "EBS lets a volume be changed only so often, and not before the last change has ended.",
            _T.ATTACH: (
                "A disk that stays in the state attaching may wait for its key: EC2 attaches no volume whose KMS "
                "key it may not use. The instance must be in the zone of the volume."
            ),
            _T.MOUNT: (
                "On Nitro machines the device is an NVMe disk whose serial number is the volume id: `lsblk -o "
                "NAME,SERIAL` on the node shows it."
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
            _T.SNAPSHOT: "EFS takes no snapshots; its copies are made by AWS Backup.",
            _T.MOUNT: (
                "It mounts through a TLS tunnel (stunnel or efs-proxy) in the node plugin's pod; the logs are in "
                "/var/log/amazon/efs there."
            ),
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
            _T.ROOM: _NONE_LEFT,
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
            _T.ATTACH: (
                "The audit log of Compute Engine shows who attached the disk last; a disk that another instance "
                "has stays there until it is detached."
            ),
            _T.MOUNT: "The device is looked for under /dev/disk/by-id/google-*.",
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
            _T.ROOM: _NONE_LEFT,
            _T.QUOTA: "Disks count against the subscription's limits per region and type.",
            _T.PARAMETERS: "skuName must be offered in the zone: Ultra and Premium v2 disks are not everywhere.",
            _T.KEYS: "The disk encryption set needs rights on its key vault, and the cluster's identity on the set.",
            _T.MODES: (
                "It offers ReadWriteMany for raw block volumes with maxShares above 1 alone; else use Azure Files."
            ),
            _T.TOPOLOGY: "A disk of a locally redundant type lives in one zone; those of type *_ZRS reach all.",
            _T.LIMIT: "The number of data disks depends on the machine's size, from 2 upwards.",
            _T.EXPAND: "Its releases before 1.11 grow a disk only while it is attached to no node.",
            _T.ATTACH: (
                "Attaching is an update of the VM, one at a time: a VM in a failed provisioning state, or a "
                "resource lock on it or the disk, blocks all disks of the node."
            ),
            _T.MOUNT: "The device is looked for by its LUN under /dev/disk/azure.",
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
            _T.MOUNT: (
                "The node must reach the storage account on TCP 445 for SMB or 2049 for NFS, and the account's "
                "key stands in the Secret azure-storage-account-<name>-secret."
            ),
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
            _T.EXPAND: "It grows volumes in use since vSphere 7.0 U2, and none that has snapshots.",
            _T.SNAPSHOT: "It keeps three snapshots of a volume unless its configuration allows more.",
            _T.ATTACH: (
                "Look at the tasks of the VM in vCenter: a running snapshot, vMotion or another task keeps a disk "
                "from being attached or detached."
            ),
            _T.MOUNT: "The VMs need disk.EnableUUID = TRUE: without it the node does not find the device.",
        },
    ),
)
