/**
 * Field tables of the API types, in the notation of `schema.ts`:
 * `name` string, `name#` integer, `name?` boolean, `name~` any value, `name:T` object of type T, `name:T[k,…]` list of T
 * with these keys (`[]` without keys), `name:$[]` list of strings, `name:$<>` set of strings, `name:${}` map of strings,
 * `name:T{}` map of T.
 */
export const CORE_TYPES = `
ObjectMeta = name generateName namespace selfLink uid resourceVersion generation# creationTimestamp~ deletionTimestamp~ deletionGracePeriodSeconds# labels:\${} annotations:\${} ownerReferences:OwnerReference[uid] finalizers:$<> managedFields~
OwnerReference = apiVersion kind name uid controller? blockOwnerDeletion?
LabelSelector = matchLabels:\${} matchExpressions:LabelSelectorRequirement[]
LabelSelectorRequirement = key operator values:$[]
Pod = metadata:ObjectMeta spec:PodSpec status:PodStatus
PodSpec = volumes:Volume[name] initContainers:Container[name] containers:Container[name] ephemeralContainers:Container[name] restartPolicy terminationGracePeriodSeconds# activeDeadlineSeconds# dnsPolicy nodeSelector:\${} serviceAccountName serviceAccount automountServiceAccountToken? nodeName hostNetwork? hostPID? hostIPC? shareProcessNamespace? securityContext:PodSecurityContext imagePullSecrets:LocalRef[name] hostname subdomain affinity~ schedulerName tolerations:Toleration[] hostAliases:HostAlias[ip] priorityClassName priority# dnsConfig~ readinessGates~ runtimeClassName enableServiceLinks? preemptionPolicy overhead~ topologySpreadConstraints:TopologySpreadConstraint[topologyKey,whenUnsatisfiable] setHostnameAsFQDN? os~ hostUsers? schedulingGates:SchedulingGate[name] resourceClaims:ResourceClaim[name] resources~ hostnameOverride workloadRef~
PodSecurityContext = seLinuxOptions~ windowsOptions~ runAsUser# runAsGroup# runAsNonRoot? supplementalGroups~ supplementalGroupsPolicy fsGroup# sysctls~ fsGroupChangePolicy seccompProfile:SeccompProfile appArmorProfile~ seLinuxChangePolicy
SeccompProfile = type localhostProfile
LocalRef = name
Toleration = key operator value effect tolerationSeconds#
HostAlias = ip hostnames:$[]
TopologySpreadConstraint = maxSkew# topologyKey whenUnsatisfiable labelSelector:LabelSelector minDomains# nodeAffinityPolicy nodeTaintsPolicy matchLabelKeys:$[]
SchedulingGate = name
ResourceClaim = name resourceClaimName resourceClaimTemplateName
Container = name image command:$[] args:$[] workingDir ports:ContainerPort[containerPort,protocol] envFrom:EnvFrom[] env:EnvVar[name] resources:Resources resizePolicy~ restartPolicy restartPolicyRules~ volumeMounts:VolumeMount[mountPath] volumeDevices:VolumeDevice[devicePath] livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext:SecurityContext stdin? stdinOnce? tty? targetContainerName
ContainerPort = name hostPort# containerPort# protocol hostIP
EnvFrom = prefix configMapRef:OptionalRef secretRef:OptionalRef
OptionalRef = name optional?
EnvVar = name value valueFrom:EnvVarSource
EnvVarSource = fieldRef:FieldRef resourceFieldRef~ configMapKeyRef:KeyRef secretKeyRef:KeyRef fileKeyRef~
FieldRef = apiVersion fieldPath
KeyRef = name key optional?
Resources = limits~ requests~ claims~
VolumeMount = name readOnly? recursiveReadOnly mountPath subPath mountPropagation subPathExpr
VolumeDevice = name devicePath
Probe = exec:ExecAction httpGet:HttpGet tcpSocket:TcpSocket grpc~ initialDelaySeconds# timeoutSeconds# periodSeconds# successThreshold# failureThreshold# terminationGracePeriodSeconds#
ExecAction = command:$[]
HttpGet = path port~ host scheme httpHeaders~
TcpSocket = port~ host
Lifecycle = postStart:LifecycleHandler preStop:LifecycleHandler stopSignal
LifecycleHandler = exec:ExecAction httpGet:HttpGet tcpSocket:TcpSocket sleep~
SecurityContext = capabilities:Capabilities privileged? seLinuxOptions~ windowsOptions~ runAsUser# runAsGroup# runAsNonRoot? readOnlyRootFilesystem? allowPrivilegeEscalation? procMount seccompProfile:SeccompProfile appArmorProfile~
Capabilities = add:$[] drop:$[]
Volume = name hostPath:HostPath emptyDir~ gcePersistentDisk~ awsElasticBlockStore~ gitRepo~ secret:SecretVolume nfs~ iscsi~ glusterfs~ persistentVolumeClaim~ rbd~ flexVolume~ cinder~ cephfs~ flocker~ downwardAPI~ fc~ azureFile~ configMap:ConfigMapVolume vsphereVolume~ quobyte~ azureDisk~ photonPersistentDisk~ projected:ProjectedVolume portworxVolume~ scaleIO~ storageos~ csi~ ephemeral~ image~
HostPath = path type
SecretVolume = secretName items~ defaultMode# optional?
ConfigMapVolume = name items~ defaultMode# optional?
ProjectedVolume = sources~ defaultMode#
PodStatus = observedGeneration# phase conditions:Condition[type] message reason nominatedNodeName hostIP hostIPs:HostIP[] podIP podIPs:PodIP[ip] startTime~ initContainerStatuses~ containerStatuses~ qosClass ephemeralContainerStatuses~ resize resourceClaimStatuses~ extendedResourceClaimStatus~ allocatedResources~ resources~
HostIP = ip
PodIP = ip
Condition = type observedGeneration# status lastProbeTime~ lastHeartbeatTime~ lastUpdateTime~ lastTransitionTime~ reason message
PodTemplateSpec = metadata:ObjectMeta spec:PodSpec
PodTemplate = metadata:ObjectMeta template:PodTemplateSpec
Binding = metadata:ObjectMeta target:ObjectReference
ObjectReference = kind namespace name uid apiVersion resourceVersion fieldPath
Service = metadata:ObjectMeta spec:ServiceSpec status~
ServiceSpec = ports:ServicePort[port,protocol] selector:\${} clusterIP clusterIPs:$[] type externalIPs:$[] sessionAffinity loadBalancerIP loadBalancerSourceRanges:$[] externalName externalTrafficPolicy healthCheckNodePort# publishNotReadyAddresses? sessionAffinityConfig~ ipFamilies:$[] ipFamilyPolicy allocateLoadBalancerNodePorts? loadBalancerClass internalTrafficPolicy trafficDistribution
ServicePort = name protocol appProtocol port# targetPort~ nodePort#
Endpoints = metadata:ObjectMeta subsets~
Namespace = metadata:ObjectMeta spec:NamespaceSpec status:NamespaceStatus
NamespaceSpec = finalizers:$[]
NamespaceStatus = phase conditions:Condition[type]
Node = metadata:ObjectMeta spec:NodeSpec status:NodeStatus
NodeSpec = podCIDR podCIDRs:$<> providerID unschedulable? taints:Taint[] configSource~ externalID
Taint = key value effect timeAdded~
NodeStatus = capacity~ allocatable~ phase conditions:Condition[type] addresses:NodeAddress[type] daemonEndpoints~ nodeInfo~ images~ volumesInUse~ volumesAttached~ config~ runtimeHandlers~ features~ declaredFeatures~
NodeAddress = type address
ConfigMap = metadata:ObjectMeta data:\${} binaryData:\${} immutable?
Secret = metadata:ObjectMeta immutable? data:\${} stringData:\${} type
ServiceAccount = metadata:ObjectMeta secrets:ObjectReference[name] imagePullSecrets:LocalRef[name] automountServiceAccountToken?
Event = metadata:ObjectMeta involvedObject:ObjectReference reason message source:EventSource firstTimestamp~ lastTimestamp~ count# type eventTime~ series~ action related:ObjectReference reportingComponent reportingInstance
EventSource = component host
`
