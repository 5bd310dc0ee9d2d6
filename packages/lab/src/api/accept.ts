import { StatusError } from './status-error.ts'

/** The representation a client asked for. */
export interface Representation {
  as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  version: string
  format: 'json' | 'yaml'
}

const PLAIN: Representation = { as: 'object', version: 'v1', format: 'json' }

const AVAILABLE =
  '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'

/** The first acceptable representation of an Accept header. @throws 406. */
export function representationOf(accept: string | undefined): Representation {
  if (!accept) return PLAIN
  for (const choice of accept.split(',')) {
    const [type = '', ...parameters] = choice.split(';').map((part) => part.trim())
    const of = Object.fromEntries(parameters.map((p) => p.split('=') as [string, string]))
    if (type === '*/*' || type === 'application/*') return PLAIN
    if (type !== 'application/json' && type !== 'application/yaml') continue
    const format = type === 'application/yaml' ? 'yaml' : 'json'
    if (!of.as) return { ...PLAIN, format }
    if (of.g === 'apidiscovery.k8s.io') continue
    if (of.g !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(of.v ?? '')) continue
    if (of.as === 'Table' || of.as === 'PartialObjectMetadata' || of.as === 'PartialObjectMetadataList')
      return { as: of.as, version: of.v!, format }
  }
  throw new StatusError(406, 'NotAcceptable', AVAILABLE, { details: {} })
}

/** Whether the client asks for aggregated discovery, and in which version. */
export function aggregatedDiscoveryVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const choice of (accept ?? '').split(',')) {
    if (!choice.includes('as=APIGroupDiscoveryList')) {
      if (choice.trim().startsWith('application/json')) return undefined
      continue
    }
    if (/v=v2(?:;|$)/.test(choice)) return 'v2'
    if (choice.includes('v=v2beta1')) return 'v2beta1'
  }
  return undefined
}
