import { ALL_VERBS, storageOf, type ResourceDefinition, type SubresourceDefinition } from './resource-definition.ts'

const GUP = ['get', 'patch', 'update']
const PROXY = ['create', 'delete', 'get', 'patch', 'update']

const SUBRESOURCES: Record<string, (kind: string) => SubresourceDefinition> = {
  status: (kind) => ({ name: 'status', kind, verbs: GUP }),
  finalize: (kind) => ({ name: 'finalize', kind, verbs: ['update'] }),
  scale: () => ({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: GUP }),
  approval: (kind) => ({ name: 'approval', kind, verbs: GUP }),
  attach: () => ({ name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] }),
  binding: () => ({ name: 'binding', kind: 'Binding', verbs: ['create'] }),
  ephemeralcontainers: (kind) => ({ name: 'ephemeralcontainers', kind, verbs: GUP }),
  eviction: () => ({ name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] }),
  exec: () => ({ name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] }),
  log: (kind) => ({ name: 'log', kind, verbs: ['get'] }),
  portforward: () => ({ name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] }),
  resize: (kind) => ({ name: 'resize', kind, verbs: GUP }),
  proxy: (kind) => ({ name: 'proxy', kind: `${kind}ProxyOptions`, verbs: PROXY }),
  token: () => ({
    name: 'token',
    kind: 'TokenRequest',
    group: 'authentication.k8s.io',
    version: 'v1',
    verbs: ['create'],
  }),
}

/**
 * group/version, plural, Kind, scope (N namespaced, C cluster), short names, subresources, flags: `all` the kubectl
 * category, `put` a PUT may create, `obj` DELETE returns the object, `gen` counts generations, `create` only creatable
 * (reviews), `nocoll` without deletecollection.
 */
const TABLE = `
v1 | bindings | Binding | N | | | create
v1 | configmaps | ConfigMap | N | cm | |
v1 | endpoints | Endpoints | N | ep | | put
v1 | events | Event | N | ev | | put
v1 | limitranges | LimitRange | N | limits | | put
v1 | namespaces | Namespace | C | ns | finalize status | nocoll
v1 | nodes | Node | C | no | proxy status |
v1 | persistentvolumeclaims | PersistentVolumeClaim | N | pvc | status | obj
v1 | persistentvolumes | PersistentVolume | C | pv | status | obj
v1 | pods | Pod | N | po | attach binding ephemeralcontainers eviction exec log portforward proxy resize status | all obj podgen
v1 | podtemplates | PodTemplate | N | | | obj gen
v1 | replicationcontrollers | ReplicationController | N | rc | scale status | all gen
v1 | resourcequotas | ResourceQuota | N | quota | status | obj
v1 | secrets | Secret | N | | |
v1 | serviceaccounts | ServiceAccount | N | sa | token | obj
v1 | services | Service | N | svc | proxy status | all obj put
apiregistration.k8s.io/v1 | apiservices | APIService | C | | status |
apps/v1 | controllerrevisions | ControllerRevision | N | | |
apps/v1 | daemonsets | DaemonSet | N | ds | status | all gen
apps/v1 | deployments | Deployment | N | deploy | scale status | all gen
apps/v1 | replicasets | ReplicaSet | N | rs | scale status | all gen
apps/v1 | statefulsets | StatefulSet | N | sts | scale status | all gen
events.k8s.io/v1 | events | Event | N | ev | | put
authentication.k8s.io/v1 | selfsubjectreviews | SelfSubjectReview | C | | | create
authentication.k8s.io/v1 | tokenreviews | TokenReview | C | | | create
authorization.k8s.io/v1 | localsubjectaccessreviews | LocalSubjectAccessReview | N | | | create
authorization.k8s.io/v1 | selfsubjectaccessreviews | SelfSubjectAccessReview | C | | | create
authorization.k8s.io/v1 | selfsubjectrulesreviews | SelfSubjectRulesReview | C | | | create
authorization.k8s.io/v1 | subjectaccessreviews | SubjectAccessReview | C | | | create
autoscaling/v2 | horizontalpodautoscalers | HorizontalPodAutoscaler | N | hpa | status | all
batch/v1 | cronjobs | CronJob | N | cj | status | all gen
batch/v1 | jobs | Job | N | | status | all gen
certificates.k8s.io/v1 | certificatesigningrequests | CertificateSigningRequest | C | csr | approval status |
networking.k8s.io/v1 | ingressclasses | IngressClass | C | | | gen
networking.k8s.io/v1 | ingresses | Ingress | N | ing | status | gen
networking.k8s.io/v1 | networkpolicies | NetworkPolicy | N | netpol | | gen
policy/v1 | poddisruptionbudgets | PodDisruptionBudget | N | pdb | status | gen
rbac.authorization.k8s.io/v1 | clusterrolebindings | ClusterRoleBinding | C | | | put
rbac.authorization.k8s.io/v1 | clusterroles | ClusterRole | C | | | put
rbac.authorization.k8s.io/v1 | rolebindings | RoleBinding | N | | | put
rbac.authorization.k8s.io/v1 | roles | Role | N | | | put
storage.k8s.io/v1 | csidrivers | CSIDriver | C | | | obj
storage.k8s.io/v1 | csinodes | CSINode | C | | | obj
storage.k8s.io/v1 | storageclasses | StorageClass | C | sc | | obj
storage.k8s.io/v1 | volumeattachments | VolumeAttachment | C | | status | obj
admissionregistration.k8s.io/v1 | mutatingwebhookconfigurations | MutatingWebhookConfiguration | C | | | gen
admissionregistration.k8s.io/v1 | validatingadmissionpolicies | ValidatingAdmissionPolicy | C | | status | gen
admissionregistration.k8s.io/v1 | validatingadmissionpolicybindings | ValidatingAdmissionPolicyBinding | C | | | gen
admissionregistration.k8s.io/v1 | validatingwebhookconfigurations | ValidatingWebhookConfiguration | C | | | gen
apiextensions.k8s.io/v1 | customresourcedefinitions | CustomResourceDefinition | C | crd,crds | status | gen
scheduling.k8s.io/v1 | priorityclasses | PriorityClass | C | pc | | gen
coordination.k8s.io/v1 | leases | Lease | N | | | put
node.k8s.io/v1 | runtimeclasses | RuntimeClass | C | | | put
discovery.k8s.io/v1 | endpointslices | EndpointSlice | N | | | put gen
`

/** Plural to singular for the names in the table (`policies` → `policy`, `classes` → `class`). */
function singularOf(plural: string): string {
  if (plural === 'endpoints') return plural
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`
  if (/(sse|sess)s$/.test(plural)) return plural.slice(0, -2)
  return plural.slice(0, -1)
}

function parseRow(row: string, podGenerations: boolean): ResourceDefinition {
  const [gv = '', plural = '', kind = '', scope, shorts = '', subs = '', flagText = ''] = row
    .split('|')
    .map((c) => c.trim())
  const [group, version] = gv.includes('/') ? (gv.split('/') as [string, string]) : ['', gv]
  const flags = new Set(flagText.split(' '))
  const verbs = flags.has('create')
    ? ['create']
    : flags.has('nocoll')
      ? ALL_VERBS.filter((v) => v !== 'deletecollection')
      : ALL_VERBS
  return {
    group,
    version,
    plural,
    kind,
    singular: singularOf(plural),
    listKind: `${kind}List`,
    namespaced: scope === 'N',
    shortNames: shorts ? shorts.split(',') : [],
    categories: flags.has('all') ? ['all'] : [],
    verbs,
    subresources: subs ? subs.split(' ').map((name) => SUBRESOURCES[name]!(kind)) : [],
    storage: storageOf(group, plural),
    custom: false,
    createOnUpdate: flags.has('put'),
    returnsDeleted: flags.has('obj'),
    generations: flags.has('gen') || (flags.has('podgen') && podGenerations),
  }
}

/** The resources every cluster serves. `podGenerations`: pods count generations since Kubernetes 1.33. */
export const builtinResources = (podGenerations: boolean): ResourceDefinition[] =>
  TABLE.trim()
    .split('\n')
    .map((row) => parseRow(row, podGenerations))
