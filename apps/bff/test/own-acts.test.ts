import { entityKey } from '@cordon/entities'
import { expect, it } from 'vitest'
import { isOwnAct } from '../src/jobs/detect/own-acts.ts'
import { noteCanary } from '../src/jobs/run-actions/canaries.ts'

const scan = (pod: string, commandLine: string) => ({
  ruleId: 'network-scanning-tool',
  evidence: [
    { key: entityKey('pod', 'c', 'shop', pod), kind: 'pod', name: pod, role: 'compromised', facts: {} },
    { key: 'process:c/x/1', kind: 'process', name: 'nc', role: 'suspicious', facts: { commandLine } },
    { key: 'process:c/x/2', kind: 'process', name: 'sh', role: 'contextual', facts: { commandLine: '/bin/sh -c …' } },
  ] as Parameters<typeof isOwnAct>[0]['evidence'],
})

it('knows its own probe, and takes nothing else for it', () => {
  noteCanary('c', 'shop', 'cordon-canary-act-1-ab12')
  const probe = '/bin/nc -z -w 1 10.244.0.10 8080'
  expect(isOwnAct(scan('cordon-canary-act-1-ab12', probe))).toBe(true)
  expect(isOwnAct(scan('cordon-canary-act-1-ffff', probe)), 'a pod of that make that we didn’t make').toBe(false)
  expect(isOwnAct(scan('cordon-canary-act-1-ab12', '/bin/nc -z 10.244.0.0/16 1-1024')), 'someone in our pod').toBe(
    false,
  )
  expect(isOwnAct({ ...scan('cordon-canary-act-1-ab12', probe), ruleId: 'reverse-shell' })).toBe(false)
})
