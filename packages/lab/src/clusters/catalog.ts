import { aksProd } from './aks-prod.ts'
import type { LabClusterSpec } from './cluster-spec.ts'
import { dcCalico, dcCalicoOld } from './dc-calico.ts'
import { edgeK3s } from './edge-k3s.ts'
import { eksCurrent } from './eks-current.ts'
import { eksLegacy } from './eks-legacy.ts'
import { gkeOld } from './gke-old.ts'

/** The lab's clusters, each different in what isolation can do there. */
export const clusterSpecs: readonly LabClusterSpec[] = [aksProd, eksLegacy, gkeOld, edgeK3s]

/** Started only when asked for by name: network plugins whose enforcement no other cluster shows. */
export const furtherClusterSpecs: readonly LabClusterSpec[] = [dcCalico, dcCalicoOld, eksCurrent]
