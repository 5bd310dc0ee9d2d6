import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { document } from './docs.ts'

it('docs/kql.md says what the translator knows', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/kql.md'), 'utf8')).toBe(document())
})
