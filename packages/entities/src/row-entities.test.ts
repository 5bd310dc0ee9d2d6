import { describe, expect, it } from 'vitest'
import { entityKey } from './kinds.ts'
import { entitiesOfRow, podsOfRows, suggestMappings } from './row-entities.ts'

const columns = (...names: string[]) => names.map((name) => ({ name, type: 'string' }))
const event = {
  KubernetesNamespace: 'shop',
  KubernetesPodName: 'web-0',
  ContainerName: 'app',
  ContainerImageName: 'registry.example/web:1',
  AdditionalFields: '{"ClusterName":"prod","NodeName":"n1"}',
}

describe('entities of rows', () => {
  it('finds what the columns of process events name, the cluster inside JSON included', () => {
    const mappings = suggestMappings(columns(...Object.keys(event)), [event], undefined)
    const found = entitiesOfRow(mappings, event)
    expect(found).toContainEqual({
      key: entityKey('pod', 'prod', 'shop', 'web-0'),
      kind: 'pod',
      name: 'web-0',
      role: 'impacted',
    })
    expect(found.map(({ kind, role }) => `${kind} ${role}`).toSorted()).toEqual([
      'container related',
      'image related',
      'node related',
      'pod impacted',
    ])
  })

  it('takes the given cluster where no column tells it, and names no pod where nothing does', () => {
    const { AdditionalFields: _, ...row } = event
    const names = columns(...Object.keys(row))
    expect(podsOfRows(names, [row], 'dev')).toMatchObject([{ key: entityKey('pod', 'dev', 'shop', 'web-0') }])
    expect(podsOfRows(names, [row], undefined)).toEqual([])
  })

  it('takes keys of ours at their word, but only of pods, and each once', () => {
    const pod = entityKey('pod', 'prod', 'shop', 'a/b c')
    const rows = [{ EntityKey: pod }, { EntityKey: pod }, { EntityKey: 'node:prod/n1' }, { EntityKey: 'no key' }]
    expect(podsOfRows(columns('EntityKey'), rows, undefined)).toMatchObject([{ key: pod, name: 'a/b c' }])
  })

  it('tells the uid of a pod, unless two pods had its name', () => {
    const key = entityKey('pod', 'prod', 'shop', 'web-0')
    const row = (Uid: string) => ({ EntityKey: key, Uid })
    const names = columns('EntityKey', 'Uid')
    expect(podsOfRows(names, [row('u1'), row('u1')], undefined)).toMatchObject([{ key, uid: 'u1' }])
    expect(podsOfRows(names, [row('u1'), row('u2')], undefined)[0]).not.toHaveProperty('uid')
  })

  it('knows service accounts by the names that audit events give them', () => {
    const row = { ClusterName: 'prod', User: 'system:serviceaccount:shop:web' }
    const [found] = entitiesOfRow(suggestMappings(columns('ClusterName', 'User'), [row], undefined), row)
    expect(found).toMatchObject({ kind: 'service-account', key: entityKey('service-account', 'prod', 'shop', 'web') })
  })
})
