"""The field numbers of what `objects` makes, out of `generated.proto` of k8s.io/api and k8s.io/apimachinery.

`name=number:type`; `*` before the type is a list and `%` a map with keys of text; a number with a dot is a field of a
message that JSON does without.
"""

FIELDS = {
    "CSIDriver": "metadata=1:ObjectMeta spec=2:CSIDriverSpec",
    "CSIDriverSpec": "attachRequired=1:bool podInfoOnMount=2:bool storageCapacity=4:bool",
    "CSINode": "metadata=1:ObjectMeta spec=2:CSINodeSpec",
    "CSINodeDriver": "name=1:string nodeID=2:string allocatable=4:VolumeNodeResources",
    "CSINodeSpec": "drivers=1:*CSINodeDriver",
    "CSIPersistentVolumeSource": "driver=1:string volumeHandle=2:string fsType=4:string",
    "Capabilities": "drop=2:*string",
    "ConfigMapVolumeSource": "name=1.1:string",
    "Container": (
        "name=1:string image=2:string env=7:*EnvVar resources=8:ResourceRequirements "
        "volumeMounts=9:*VolumeMount livenessProbe=10:Probe readinessProbe=11:Probe "
        "terminationMessagePath=13:string imagePullPolicy=14:string securityContext=15:SecurityContext"
    ),
    "ContainerState": "running=2:ContainerStateRunning waiting=1:ContainerStateWaiting",
    "ContainerStateRunning": "startedAt=1:Time",
    "ContainerStateWaiting": "reason=1:string",
    "ContainerStatus": (
        "name=1:string ready=4:bool restartCount=5:int32 image=6:string imageID=7:string containerID=8:string "
        "state=2:ContainerState"
    ),
    "EnvVar": "name=1:string value=2:string",
    "HTTPGetAction": "path=1:string port=2:IntOrString scheme=4:string",
    "LabelSelector": "matchLabels=1:%string",
    "ManagedFieldsEntry": (
        "manager=1:string operation=2:string apiVersion=3:string time=4:Time fieldsType=6:string fieldsV1=7:FieldsV1"
    ),
    "Namespace": "metadata=1:ObjectMeta status=3:NamespaceStatus",
    "NamespaceStatus": "phase=1:string",
    "Node": "metadata=1:ObjectMeta spec=2:NodeSpec status=3:NodeStatus",
    "NodeCondition": "type=1:string status=2:string reason=5:string message=6:string lastTransitionTime=4:Time",
    "NodeStatus": "capacity=1:%Quantity allocatable=2:%Quantity conditions=4:*NodeCondition",
    "ObjectMeta": (
        "name=1:string uid=5:string resourceVersion=6:string creationTimestamp=8:Time labels=11:%string "
        "namespace=3:string managedFields=17:*ManagedFieldsEntry annotations=12:%string "
        "ownerReferences=13:*OwnerReference"
    ),
    "ObjectReference": "apiVersion=5:string kind=1:string namespace=2:string name=3:string uid=4:string",
    "OwnerReference": "apiVersion=5:string kind=1:string name=3:string uid=4:string controller=6:bool",
    "PersistentVolume": "metadata=1:ObjectMeta spec=2:PersistentVolumeSpec status=3:PersistentVolumeStatus",
    "PersistentVolumeClaim": (
        "metadata=1:ObjectMeta spec=2:PersistentVolumeClaimSpec status=3:PersistentVolumeClaimStatus"
    ),
    "PersistentVolumeClaimSpec": (
        "accessModes=1:*string storageClassName=5:string resources=2:VolumeResourceRequirements "
        "volumeMode=6:string volumeName=3:string"
    ),
    "PersistentVolumeClaimStatus": "phase=1:string capacity=3:%Quantity accessModes=2:*string",
    "PersistentVolumeClaimVolumeSource": "claimName=1:string",
    "PersistentVolumeSpec": (
        "capacity=1:%Quantity accessModes=3:*string claimRef=4:ObjectReference "
        "csi=2.22:CSIPersistentVolumeSource persistentVolumeReclaimPolicy=5:string storageClassName=6:string "
        "volumeMode=8:string"
    ),
    "PersistentVolumeStatus": "phase=1:string",
    "Pod": "metadata=1:ObjectMeta spec=2:PodSpec status=3:PodStatus",
    "PodCondition": "type=1:string status=2:string lastTransitionTime=4:Time",
    "PodSpec": "containers=2:*Container volumes=1:*Volume nodeName=10:string serviceAccountName=8:string",
    "PodStatus": (
        "phase=1:string conditions=2:*PodCondition hostIP=5:string podIP=6:string startTime=7:Time "
        "containerStatuses=8:*ContainerStatus"
    ),
    "PodTemplateSpec": "metadata=1:ObjectMeta spec=2:PodSpec",
    "Probe": "httpGet=1.2:HTTPGetAction periodSeconds=4:int32 failureThreshold=6:int32",
    "ResourceRequirements": "limits=1:%Quantity requests=2:%Quantity",
    "SecurityContext": "capabilities=1:Capabilities runAsNonRoot=5:bool readOnlyRootFilesystem=6:bool",
    "StatefulSet": "metadata=1:ObjectMeta spec=2:StatefulSetSpec status=3:StatefulSetStatus",
    "StatefulSetSpec": (
        "replicas=1:int32 selector=2:LabelSelector template=3:PodTemplateSpec "
        "volumeClaimTemplates=4:*PersistentVolumeClaim"
    ),
    "StatefulSetStatus": "replicas=2:int32 readyReplicas=3:int32 currentReplicas=4:int32",
    "StorageClass": (
        "metadata=1:ObjectMeta provisioner=2:string reclaimPolicy=4:string volumeBindingMode=7:string "
        "allowVolumeExpansion=6:bool"
    ),
    "Volume": (
        "name=1:string emptyDir=2.2:EmptyDirVolumeSource configMap=2.19:ConfigMapVolumeSource "
        "persistentVolumeClaim=2.10:PersistentVolumeClaimVolumeSource"
    ),
    "VolumeAttachment": "metadata=1:ObjectMeta spec=2:VolumeAttachmentSpec status=3:VolumeAttachmentStatus",
    "VolumeAttachmentSource": "persistentVolumeName=1:string",
    "VolumeAttachmentSpec": "attacher=1:string nodeName=3:string source=2:VolumeAttachmentSource",
    "VolumeAttachmentStatus": "attached=1:bool",
    "VolumeMount": "name=1:string mountPath=3:string",
    "VolumeNodeResources": "count=1:int32",
    "VolumeResourceRequirements": "requests=2:%Quantity",
}
