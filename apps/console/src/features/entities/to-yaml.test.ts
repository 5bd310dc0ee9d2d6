import { expect, it } from 'vitest'
import { toYaml } from './to-yaml.ts'

it('writes objects, lists and strings that need quotes', () => {
  const manifest = {
    apiVersion: 'v1',
    metadata: { name: 'web', labels: {}, note: 'yes' },
    spec: { containers: [{ name: 'a', args: ['-c', 'x: y\n'] }], n: 3, on: null },
  }
  expect(toYaml(manifest)).toBe(
    [
      'apiVersion: v1',
      'metadata:',
      '  name: web',
      '  labels: {}',
      '  note: "yes"',
      'spec:',
      '  containers:',
      '  - name: a',
      '    args:',
      '    - "-c"',
      '    - "x: y\\n"',
      '  n: 3',
      '  "on": null',
    ].join('\n'),
  )
})
