import { gzipSync } from 'node:zlib'
import { normaliseAudit } from '@cordon/telemetry'
import { describe, expect, it } from 'vitest'
import { createDetector, loadPack } from '../src/index.ts'
import { rawEvents, scenarios } from './audit-file.ts'

const rules = loadPack()
type Raw = Record<string, any> // any: an audit event as recorded

/** Rule and request of every match, so that wrapping can be compared with the bare events. */
function found(items: readonly unknown[]): string[] {
  const detector = createDetector({ rules })
  const context = { cluster: 'c', receivedAt: Date.UTC(2026, 10, 1), source: 'kubernetes-audit' as const }
  const events = items.flatMap((item) => normaliseAudit(item, context).events)
  return events
    .flatMap((event) => detector.process(event))
    .flatMap((match) => match.events.map(({ auditId }) => `${match.ruleId} ${auditId}`))
    .toSorted()
}

const aks = (log: unknown) => ({ category: 'kube-audit', resourceId: '/SUBSCRIPTIONS/1/X', properties: { log } })
const wrapped: Record<string, (raw: readonly Raw[]) => unknown[]> = {
  'AKS, log as text': (raw) => raw.map((one) => aks(JSON.stringify(one))),
  'AKS, log as object, several records': (raw) => [{ records: raw.map(aks) }],
  'EKS, CloudWatch subscription': (raw) => [
    {
      awslogs: {
        data: gzipSync(
          JSON.stringify({
            messageType: 'DATA_MESSAGE',
            owner: '123456789012',
            logGroup: '/aws/eks/prod/cluster',
            logStream: 'kube-apiserver-audit-1',
            logEvents: raw.map((one, i) => ({ id: String(i), timestamp: 0, message: JSON.stringify(one) })),
          }),
        ).toString('base64'),
      },
    },
  ],
}

describe.each(Object.keys(wrapped))('%s', (name) => {
  it.each(scenarios().map(({ scenario }) => scenario))('%s is found as from the bare log', (scenario) => {
    const raw = rawEvents(scenario) as Raw[]
    expect(found(wrapped[name]!(raw))).toEqual(found(raw))
  })
})

// What Google keeps of an audit event; there is no query of the URI, no group, no extra of the user.
const codes: Record<number, number> = { 400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 422: 9, 429: 8, 500: 13, 503: 14 }
function googleEntry(raw: Raw): unknown {
  const { objectRef = {}, responseStatus = {} } = raw
  const group = objectRef.apiGroup || 'core'
  const place = objectRef.namespace && objectRef.resource !== 'namespaces' ? ['namespaces', objectRef.namespace] : []
  const path = [...place, objectRef.resource, objectRef.name, objectRef.subresource].filter(Boolean)
  const parts = [objectRef.resource, objectRef.subresource, raw.verb].filter(Boolean)
  return {
    insertId: raw.auditID,
    timestamp: raw.stageTimestamp,
    operation: { id: raw.auditID, first: true, last: raw.stage !== 'ResponseStarted' },
    resource: { type: 'k8s_cluster', labels: { project_id: 'p', location: 'europe-west1', cluster_name: 'c' } },
    labels: raw.annotations,
    protoPayload: {
      serviceName: 'k8s.io',
      methodName: `io.k8s.${group}.${objectRef.apiVersion}.${parts.join('.')}`,
      resourceName: objectRef.resource
        ? [group, objectRef.apiVersion, ...path].join('/')
        : raw.requestURI.split('?')[0].slice(1),
      authenticationInfo: { principalEmail: raw.user?.username },
      requestMetadata: { callerIp: raw.sourceIPs?.at(-1), callerSuppliedUserAgent: raw.userAgent },
      request: raw.requestObject,
      response: raw.responseObject,
      status:
        responseStatus.code >= 300 ? { code: codes[responseStatus.code] ?? 13, message: responseStatus.message } : {},
    },
  }
}

/** What Google's entries cannot tell: the command of an exec, the impersonated user, who relayed, a body left out. */
const untold = new Set([
  'step 1: exec reading the token',
  'exec with a command that reads the service account token and asks the cloud metadata address',
  'exec command is in requestURI, so detectable at this level',
  'impersonation of a member of system:masters, allowed',
  'requests through kubectl proxy: user of the proxy, user agent of the relayed client',
  'privileged pod with the host root, but the body is not in the log',
])

describe('GKE, Cloud Audit entries', () => {
  it.each(scenarios())('$scenario', ({ scenario, labels }) => {
    const raw = rawEvents(scenario).filter((one) => one['stage'] !== 'RequestReceived')
    const seen = new Set(found(raw.map(googleEntry)).map((text) => text.split(' ')[1]))
    for (const { what, truth, auditIDs } of labels ?? []) {
      if (truth !== 'malicious') continue
      const missed = auditIDs.filter((id) => !seen.has(id))
      expect(missed, what).toEqual(untold.has(what) ? auditIDs : [])
    }
  })
})
