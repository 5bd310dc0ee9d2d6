import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { appendHash, type ChainedEntry, genesisHash, verifyChain } from './chain.ts'
import { canonicalJson } from './canonical.ts'

const chain = (n: number): ChainedEntry[] => {
  const entries: ChainedEntry[] = []
  for (let i = 0; i < n; i += 1)
    entries.push(
      appendHash(entries.at(-1), {
        at: `2026-01-01T00:00:0${i}.000Z`,
        actor: 'analyst',
        kind: 'incident.update',
        subject: `incident:${i}`,
        details: { to: { status: 'resolved' }, from: { status: 'new' } },
      }),
    )
  return entries
}

describe('the hash chain', () => {
  it('hashes the canonical JSON of every member but the hash', () => {
    const [entry] = chain(1)
    const text = `{"actor":"analyst","at":"2026-01-01T00:00:00.000Z","details":{"from":{"status":"new"},"to":{"status":"resolved"}},"kind":"incident.update","previousHash":"${genesisHash}","seq":1,"subject":"incident:0"}`
    expect(entry?.hash).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it('accepts what it made, and the rest of a chain behind a checkpoint', async () => {
    const entries = chain(5)
    expect(await verifyChain(entries)).toMatchObject({ ok: true, entries: 5 })
    expect(await verifyChain(entries.slice(2), entries[1])).toMatchObject({ ok: true, entries: 3 })
  })

  it.each([
    ['a changed detail', (e: ChainedEntry[]) => void (e[2]!.details.to = { status: 'new' }), 3, 'changed'],
    ['a changed actor', (e: ChainedEntry[]) => void (e[1]!.actor = 'viewer'), 2, 'changed'],
    ['a removed entry', (e: ChainedEntry[]) => void e.splice(1, 1), 3, 'missing'],
    ['a removed first entry', (e: ChainedEntry[]) => void e.splice(0, 1), 2, 'missing'],
    ['swapped entries', (e: ChainedEntry[]) => void e.splice(1, 2, e[2]!, e[1]!), 3, 'missing'],
    [
      'an entry written anew with a right hash of its own',
      (e: ChainedEntry[]) => void (e[2] = appendHash(e[1], { ...e[2]!, actor: 'someone-else' })),
      4,
      'replaced',
    ],
  ])('finds %s', async (_, tamper, seq, word) => {
    const entries = chain(5)
    tamper(entries)
    const verdict = await verifyChain(entries)
    expect(verdict).toMatchObject({ ok: false, seq })
    expect(verdict.ok ? '' : verdict.reason).toContain(word)
  })
})

describe('canonical JSON', () => {
  it('does not depend on the order of members and drops undefined', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: undefined }], a: 'é"' })).toBe('{"a":"é\\"","b":[1,{"d":2}]}')
  })
  it('refuses what JSON cannot carry', () => {
    expect(() => canonicalJson({ n: Number.NaN })).toThrow(TypeError)
    expect(() => canonicalJson({ d: new Date() })).toThrow(TypeError)
  })
})
