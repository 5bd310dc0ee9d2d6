import { expect, test } from 'vitest'
import { ledgerVerdict } from './ledger-verdict.ts'

const head = { seq: 20, hash: 'h' }
const check = { at: '2026-11-21T03:00:00.000Z', ok: true, from: 1, to: 20, fault: null }

test('is proof only where the check reached the head', () => {
  expect(ledgerVerdict({ head, check }).tone).toBe('proof')
  expect(ledgerVerdict({ head, check: { ...check, to: 19 } })).toMatchObject({
    tone: 'progress',
    text: '1 newer entry was not checked yet.',
  })
  for (const doubtful of [null, { ...check, to: 0 }])
    expect(ledgerVerdict({ head, check: doubtful }).tone).toBe('doubt')
})

test('names the fault', () => {
  const fault = 'Entry 7 was changed.'
  expect(ledgerVerdict({ head, check: { ...check, ok: false, fault } })).toMatchObject({ tone: 'failed', text: fault })
})
