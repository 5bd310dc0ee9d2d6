import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadPack, ruleNeeds } from '../src/index.ts'

const folder = join(import.meta.dirname, '../../../docs/manifests')
const pack = loadPack()

interface PolicyRule {
  level: 'None' | 'Metadata' | 'Request' | 'RequestResponse'
  users?: string[]
  userGroups?: string[]
  verbs?: string[]
  resources?: { group: string; resources: string[] }[]
  nonResourceURLs?: string[]
}
interface Request {
  user: string
  groups: string[]
  verb: string
  group: string
  resource: string
  path?: string
}

const policy = parse(readFileSync(join(folder, 'audit-policy.yaml'), 'utf8')) as { rules: PolicyRule[] }

/** The level the API server would choose: the first rule that fits, as its documentation has it. */
function levelOf(request: Request): PolicyRule['level'] {
  const fits = (rule: PolicyRule) =>
    (!rule.users || rule.users.includes(request.user)) &&
    (!rule.userGroups || rule.userGroups.some((group) => request.groups.includes(group))) &&
    (!rule.verbs || rule.verbs.includes(request.verb)) &&
    (!rule.resources ||
      (request.resource !== '' &&
        rule.resources.some((r) => r.group === request.group && r.resources.includes(request.resource)))) &&
    (!rule.nonResourceURLs ||
      (request.resource === '' &&
        rule.nonResourceURLs.some((url) =>
          url.endsWith('*') ? request.path?.startsWith(url.slice(0, -1)) : url === request.path,
        )))
  return policy.rules.find(fits)?.level ?? 'None'
}

const groups: Record<string, string> = {
  deployments: 'apps',
  daemonsets: 'apps',
  statefulsets: 'apps',
  replicasets: 'apps',
  jobs: 'batch',
  cronjobs: 'batch',
  roles: 'rbac.authorization.k8s.io',
  clusterroles: 'rbac.authorization.k8s.io',
  rolebindings: 'rbac.authorization.k8s.io',
  clusterrolebindings: 'rbac.authorization.k8s.io',
  mutatingwebhookconfigurations: 'admissionregistration.k8s.io',
  validatingwebhookconfigurations: 'admissionregistration.k8s.io',
  certificatesigningrequests: 'certificates.k8s.io',
}

describe('the audit policy', () => {
  const needed = [
    ...new Set(
      pack.rules.flatMap((rule) => ruleNeeds(rule, pack).flatMap((needs) => needs.flatMap(({ anyOf }) => anyOf))),
    ),
  ].filter((ability) => ability.startsWith('body:'))

  it('records the body of every resource whose body a rule reads', () => {
    expect(needed.length).toBeGreaterThan(10)
    for (const ability of needed)
      for (const verb of ['create', 'update', 'patch']) {
        const resource = ability.slice(5)
        const request = { user: 'dev', groups: ['system:authenticated'], verb, group: groups[resource] ?? '', resource }
        expect([resource, levelOf(request)]).toEqual([resource, 'RequestResponse'])
      }
  })

  it('records no body of what holds secrets, and leaves out no act of a person', () => {
    const by = (verb: string, group: string, resource: string, user = 'dev') =>
      levelOf({ user, groups: ['system:authenticated'], verb, group, resource })
    for (const verb of ['get', 'list', 'create', 'update', 'patch', 'delete'])
      for (const resource of ['secrets', 'configmaps', 'serviceaccounts/token'])
        expect(by(verb, '', resource)).toBe('Metadata')
    for (const verb of ['get', 'create']) expect(by(verb, '', 'pods/exec')).toBe('Metadata')
    expect(by('deletecollection', '', 'events')).toBe('Metadata')
    expect(by('delete', 'events.k8s.io', 'events')).toBe('Metadata')
    expect(by('create', 'authorization.k8s.io', 'selfsubjectaccessreviews')).toBe('Metadata')
    expect(by('get', '', 'nodes/proxy')).toBe('Metadata')
    const anonymous = { user: 'system:anonymous', groups: ['system:unauthenticated'], verb: 'get', group: '' }
    expect(levelOf({ ...anonymous, resource: '', path: '/version' })).toBe('Metadata')
  })

  it('keeps what every recorded attack was found by', () => {
    const dir = join(import.meta.dirname, 'data')
    for (const file of readdirSync(dir).filter((name) => name.endsWith('.labels.json'))) {
      const labels = JSON.parse(readFileSync(join(dir, file), 'utf8')) as { events?: { auditID?: string }[] }
      const wanted = new Set(
        JSON.stringify(labels).match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g),
      )
      const lines = gunzipSync(readFileSync(join(dir, file.replace('.labels.json', '.jsonl.gz'))))
        .toString()
        .split('\n')
      for (const line of lines.filter(Boolean)) {
        const event = JSON.parse(line) as Record<string, any> // a recorded audit event of any kind
        if (!wanted.has(event['auditID'])) continue
        const { resource = '', subresource, apiGroup = '' } = event['objectRef'] ?? {}
        const level = levelOf({
          user: event['user'].username,
          groups: event['user'].groups ?? [],
          verb: event['verb'],
          group: apiGroup,
          resource: subresource ? `${resource}/${subresource}` : resource,
          path: String(event['requestURI']).split('?')[0],
        })
        expect([file, event['requestURI'], level]).not.toEqual([file, event['requestURI'], 'None'])
      }
    }
  })
})

it('every manifest is YAML, and none holds a secret', () => {
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const document of parseAllDocuments(text)) expect([file, document.errors]).toEqual([file, []])
    expect(text).not.toMatch(/eyJ[\w-]{20,}|BEGIN [A-Z ]*PRIVATE KEY/)
  }
})
