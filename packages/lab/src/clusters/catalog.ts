import { aksProd } from './aks-prod.ts'
import type { LabClusterSpec } from './cluster-spec.ts'
import { edgeK3s } from './edge-k3s.ts'
import { eksLegacy } from './eks-legacy.ts'
import { gkeOld } from './gke-old.ts'

/** The lab's clusters, each different in what isolation can do there. */
export const clusterSpecs: readonly LabClusterSpec[] = [aksProd, eksLegacy, gkeOld, edgeK3s]
