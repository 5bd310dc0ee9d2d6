import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { actions, consoleClusterRole } from '../src/index.ts'

const manifest = path.resolve(import.meta.dirname, '../../../docs/manifests/cordon-console.yaml')

describe('rights of the console in a cluster', () => {
  const role = consoleClusterRole({ probe: true, evict: true })

  it('are those of the published manifest', () => {
    const documents = parseAllDocuments(fs.readFileSync(manifest, 'utf8')).map((d) => d.toJSON() as { kind: string })
    expect(documents.find((d) => d.kind === 'ClusterRole')).toEqual(role)
  })

  it('may change replicas but never the workload that would run them', () => {
    const patchable = role.rules.filter((r) => r.apiGroups.includes('apps') && r.verbs.includes('patch'))
    expect(patchable.flatMap((r) => r.resources).every((r) => r.endsWith('/scale'))).toBe(true)
  })

  it('hold no wildcard, no secrets, no exec, and delete nothing but pods and policies', () => {
    const text = JSON.stringify(role.rules)
    for (const never of ['"*"', 'secrets', 'pods/exec', 'impersonate', 'escalate']) expect(text).not.toContain(never)
    const deletable = role.rules.filter((r) => r.verbs.includes('delete')).flatMap((r) => r.resources)
    expect([...new Set(deletable)].toSorted()).toEqual([
      'adminnetworkpolicies',
      'ciliumnetworkpolicies',
      'clusternetworkpolicies',
      'networkpolicies',
      'pods',
    ])
  })

  it('leave out what an installation switches off', () => {
    const without = consoleClusterRole({ probe: false, evict: false }).rules.find((r) => r.resources.includes('pods'))
    expect(without?.verbs).not.toContain('create')
  })

  it('cover every right that preflight asks the cluster for', () => {
    for (const right of Object.values(actions).flatMap((a) => a.rights))
      for (const resource of right.resources) {
        const rule = role.rules.find((r) => r.apiGroups.includes(right.group) && r.resources.includes(resource))
        expect(rule?.verbs).toEqual(expect.arrayContaining(right.verbs))
      }
  })
})
