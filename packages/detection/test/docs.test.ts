import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { detectionDocs } from '../src/docs.ts'
import { coverage, loadPack } from '../src/index.ts'

it('docs/detection.md tells the rules as they are', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/detection.md'), 'utf8')
  expect(text).toBe(detectionDocs(loadPack().rules))
})

it('coverage names each rule under each of its techniques', () => {
  const { rules } = loadPack()
  const entries = coverage(rules)
  expect(entries.find((entry) => entry.technique === 'T1611')?.rules.map((rule) => rule.id)).toContain(
    'privileged-container',
  )
  expect(entries.flatMap((entry) => entry.rules).length).toBe(rules.flatMap((rule) => rule.techniques).length)
})
