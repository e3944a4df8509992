"""Drivers of storage that runs in the cluster, on its nodes, or beside it."""

from storagetui.diagnosis.driver_row import Driver, Topic

_T = Topic
_ONE_NODE = "It offers ReadWriteOnce and ReadWriteOncePod for file systems; many writers want a file store."
_MANY = "It offers ReadWriteMany."

CLUSTER_DRIVERS = (
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
            _T.ATTACH: (
                "Attaching does nothing in Ceph, it only keeps a second node away; the image is mapped when it is "
                "staged on the node."
            ),
            _T.MOUNT: (
                "Its watchers are shown by `rbd status POOL/IMAGE`; one of a dead node must be fenced (NetworkFence, "
                "or `ceph osd blocklist`). Image features that the node's kernel lacks must be turned off, or the "
                "mounter be rbd-nbd."
            ),
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
            _T.ATTACH: "Attaching does nothing in Ceph.",
            _T.MOUNT: (
                "The node must reach the monitors and an active MDS. With the mounter fuse, mounts die with the "
                "node plugin's pod; a client that was evicted stays out until it mounts anew."
            ),
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
            _T.EXPAND: "It grows volumes in use since release 1.4, those of the V2 data engine since 1.10.",
            _T.SNAPSHOT: "A class of type bak, which is the default, wants a backup target; one of type snap does not.",
            _T.ATTACH: (
                "Look at the volume in Longhorn: it is attached by an engine in the instance manager of the node, "
                "and a faulted or degraded volume, or one that Longhorn has attached elsewhere, is not."
            ),
            _T.MOUNT: (
                "The nodes need open-iscsi with a running iscsid, and an NFSv4 client for ReadWriteMany; "
                "multipathd must leave Longhorn's devices alone."
            ),
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
            _T.MOUNT: (
                "Nodes need what the engine uses: lvm2 for LVM, zfsutils for ZFS, the kernel module nvme-tcp for "
                "Mayastor."
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
            _T.EXPAND: "It has no resizer: sizes are not enforced, so that a bigger claim would be but a number.",
            _T.SNAPSHOT: "It takes no snapshots.",
            _T.MOUNT: "The volume is a folder of its node: if it was cleared away there, its data are gone.",
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
            _T.MOUNT: "lvmd must run on the node, and the logical volume must be there: `lvs` shows it.",
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
            _T.MOUNT: (
                "Mounting is done by the node plugin's pod (DaemonSet csi-nfs-node), in the network of the node: "
                "the node's address is what the export must list. Volumes of kind nfs, and those of nfs-subdir- "
                "external-provisioner, are mounted by the kubelet, which needs mount.nfs on the node."
            ),
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
            _T.MOUNT: (
                "The node must reach the server on TCP 445; error 13 means user or password, error 2 the share's "
                "name, errors 112 and 113 the network."
            ),
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
            _T.ATTACH: (
                "Portworx must be in operation on the node: `pxctl status` there, and `pxctl volume inspect` for "
                "who holds the volume."
            ),
            _T.MOUNT: "Portworx must be in operation on the node: `pxctl status`.",
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
            _T.ATTACH: (
                "Look at `linstor resource list` and `drbdadm status`: without quorum, or while another node has "
                "it as Primary, DRBD does not let a node open the device."
            ),
            _T.MOUNT: (
                "The node needs the kernel module drbd in the release that LINSTOR wants, and the resource up to "
                "date or diskless on it."
            ),
        },
    ),
)
