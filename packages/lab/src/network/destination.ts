import type { Peer } from '@cordon/netpol'
import type { KubeApi, NetworkRequest, NetworkService } from '../ports.ts'
import { answerFromApi } from './api-service.ts'
import { metadataService, type Platform } from './metadata-service.ts'
import { textResponse } from './outside-hosts.ts'
import type { Route } from './route.ts'

/** The end of a connection attempt as policies see it, and what answers there. */
export interface Destination {
  peer: Peer
  ip: string
  port: number
  podUid?: string
  /** Nothing listens when undefined: the attempt is refused. */
  service: NetworkService | undefined
}

export interface Answerers {
  api: KubeApi
  platform: Platform
  listener(podUid: string, port: number): NetworkService | undefined
}

// The kubelet's own port: it asks for a client certificate that nobody in the lab's network has.
const kubeletPort: NetworkService = async () => textResponse(401, 'Unauthorized')

/** Who answers at the end of a route; undefined when no machine has the address. */
export function destinationOf(route: Route, answerers: Answerers): Destination | undefined {
  switch (route.kind) {
    case 'pod': {
      const { pod, port } = route
      const peer = { pod: pod.name, namespace: pod.namespace }
      return { peer, ip: pod.ip, port, podUid: pod.podUid, service: answerers.listener(pod.podUid, port) }
    }
    case 'api':
      return machine(route, (request) => answerFromApi(answerers.api, request))
    case 'metadata': {
      const answer = metadataService(answerers.platform)
      return answer && machine(route, route.port === 80 ? async (request) => answer(request) : undefined)
    }
    case 'outside': {
      const { host } = route
      const answer = async (request: NetworkRequest) => host.respond(request)
      return machine(route, host.ports.includes(route.port) ? answer : undefined)
    }
    case 'node': {
      const service = route.port === 10250 ? kubeletPort : undefined
      return { peer: { node: route.node }, ip: route.ip, port: route.port, service }
    }
    case 'rejected':
    case 'unknown':
      return undefined
  }
}

function machine(at: { ip: string; port: number }, service: NetworkService | undefined): Destination {
  return { peer: { ip: at.ip }, ip: at.ip, port: at.port, service }
}
