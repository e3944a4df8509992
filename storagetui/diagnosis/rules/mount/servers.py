"""The volume is on a server in the network, and the node does not get it from there."""

import re

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import State
from storagetui.diagnosis.told import Step, Told
from storagetui.diagnosis.words import joined

_NFS_DEBUG = "https://github.com/kubernetes-csi/csi-driver-nfs/blob/master/docs/csi-debug.md"

DENIED = State(
    code="mount-nfs-denied",
    title="NFS server refuses the client",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The export does not list this node, its path is wrong, the credentials of a share are, or the server does not "
        "speak the version that is asked for. The address of the node counts, not that of the pod."
    ),
    remedies=(
        "Compare the path with what the server exports, and the node's address with whom it exports to",
        "Add the nodes' network to the export",
        "Correct the path, the version or the credentials in the volume or its class",
    ),
    links=(_NFS_DEBUG,),
)
UNREACHABLE = State(
    code="mount-nfs-unreachable",
    title="Storage server cannot be reached",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The network, a firewall or the name resolution of the node (not of the cluster) is in the way, or the server "
        "is down. Pods that have the server mounted already hang at the same time, and no event says so."
    ),
    remedies=(
        "Find out whether the server answers from the node: name, route, port 2049 for NFS or 445 for SMB",
        "Mend name resolution, routes or firewall between the nodes and the server",
        "Bring the server back",
    ),
    links=(_NFS_DEBUG,),
)
EFS = State(
    code="mount-efs",
    title="EFS mount fails",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "There is no mount target in the node's zone, a security group does not let TCP 2049 in, the VPC resolves no "
        "names, the driver lacks a right, or no port is free for the TLS tunnel."
    ),
    remedies=(
        "Look for a mount target of the file system in the node's zone",
        "Let the security group of the mount target accept TCP 2049 from the nodes",
        "Turn on DNS resolution and DNS host names in the VPC",
        "Give the driver's role the rights of the EFS client",
    ),
    links=("https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/README.md#troubleshooting",),
)
STALE = State(
    code="mount-stale",
    title="The mount on the node is dead",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "A mount exists on the node, and what was behind it is gone: the server lost or replaced the export (stale "
        "file handle), or the process that served a FUSE mount has ended, mostly because the driver's node plugin was "
        "restarted (transport endpoint is not connected). It does not mend itself for pods that have it mounted."
    ),
    remedies=(
        "Find out whether the server or the driver's node plugin was restarted",
        "Delete the pod, so that the volume is mounted anew, with all pods of the node that share the mount",
        "Unmount the dead mount on the node, or drain and restart the node, where a new pod meets it again",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volumes/#nfs",
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
    ),
)
DEAD = re.compile(
    r"(?i)stale (?:NFS )?file handle|transport endpoint is not connected|socket not connected"
    r"|software caused connection abort"
)
"""ESTALE, ENOTCONN and ECONNABORTED, as a mount answers whose other end is gone."""


def place_of(step: Step) -> str:
    """The server and the path that the volume names."""
    if step.one is None:
        return ""
    volume = step.one.volume
    if volume.nfs_server:
        return f"Volume {volume.name} is {volume.nfs_path or '/'} of server {volume.nfs_server}."
    if volume.iscsi_portal:
        return f"Volume {volume.name} is target {volume.iscsi_target} at {volume.iscsi_portal}."
    return ""


def _efs(step: Step) -> str:
    return f"The file system is {step.one.volume.volume_handle}." if step.one is not None else ""


def _stale(step: Step) -> str:
    text = step.match.string.lower()
    if "endpoint" in text or "socket not connected" in text:
        return joined(place_of(step), "The process that serves the mount has ended.")
    return joined(place_of(step), "The server no longer knows what was mounted.")


TOLD = (
    Told(
        state=STALE,
        topic=Topic.MOUNT,
        regexes=(DEAD,),
        title="Mount of volume {volume} on node {node} is dead",
        next_step="Look whether {driver}'s node plugin on {node}, or the server, was restarted; then delete the pod.",
        particulars=_stale,
    ),
    Told(
        state=EFS,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(r'Could not mount "(?P<fs>[^"]+)" at "(?P<path>[^"]+)": (?P<why>.+)', re.DOTALL),
            re.compile(
                r'Failed to resolve "(?P<fqdn>fs-\S+?)"|Failed to locate an available port in the range'
                r"|Access Denied\. Please ensure you have the right AWS permissions|elasticfilesystem:\w+"
            ),
        ),
        title="Node {node} cannot mount EFS volume {volume}",
        next_step="Look for a mount target in the node's zone and for TCP 2049 in its security group; then read the "
        "log of the driver's node plugin on {node}.",
        particulars=_efs,
    ),
    Told(
        state=DENIED,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(r"access denied by server while mounting (?P<export>\S+)"),
            re.compile(r"mount\.nfs4?: .*No such file or directory|reason given by server: No such file or directory"),
            re.compile(
                r"mount\.nfs4?: (?:Operation not permitted|Protocol not supported"
                r"|requested NFS version or transport protocol is not supported)"
            ),
            re.compile(r"mount error\((?:13|2)\): (?:Permission denied|No such file or directory)"),
        ),
        title="The server refuses to let node {node} mount volume {volume}",
        next_step="Look on the server whether it exports this path to {node}.",
        particulars=place_of,
    ),
    Told(
        state=UNREACHABLE,
        topic=Topic.MOUNT,
        regexes=(
            re.compile(
                r"mount\.nfs4?: (?:Connection (?:timed out|refused)|No route to host|Network is unreachable"
                r"|Failed to resolve server (?P<server>\S+))"
            ),
            re.compile(
                r"mount error(?:\((?:110|111|112|113|115)\)|: could not (?:connect|resolve)|: no mds| 110 =)"
                r"|rbd: .*\(110\) Connection timed out"
            ),
        ),
        title="Node {node} cannot reach the server of volume {volume}",
        next_step="Find out from {node} whether the server answers.",
        particulars=place_of,
    ),
)
