import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appendHash, type ChainedEntry, genesisHash } from './chain.ts'
import { writeExport } from './export.ts'
import { type Checkpoint, newSigningKey, signCheckpoint, signerOf } from './signing.ts'
import { verifyExport, type VerifyOptions } from './verify-export.ts'

const signer = signerOf(newSigningKey())
const at = (i: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString()

function chain(n: number, from?: ChainedEntry): ChainedEntry[] {
  const entries: ChainedEntry[] = []
  for (let i = 0; i < n; i += 1)
    entries.push(
      appendHash(entries.at(-1) ?? from, {
        at: at(i),
        actor: i % 2 ? 'anna' : 'system',
        kind: 'action.state',
        subject: `action:${i}`,
        details: { from: 'applied', to: 'verified', n: i, why: 'é “\uFFFD” \u2028', list: [1, null, { b: 1, a: 2 }] },
      }),
    )
  return entries
}

async function exported(entries: ChainedEntry[], every = 3, by = signer): Promise<Buffer> {
  const checkpoints = entries.filter((e) => e.seq % every === 0).map((e) => signCheckpoint(by, e, e.at))
  return write(entries, checkpoints, by)
}

async function write(entries: ChainedEntry[], checkpoints: Checkpoint[], by = signer): Promise<Buffer> {
  const first = entries[0]
  const header = {
    exportedAt: at(50),
    exportedBy: 'lead',
    from: { seq: (first?.seq ?? 1) - 1, hash: first?.previousHash ?? genesisHash },
    publicKeys: [by.publicKey],
  }
  const lines: string[] = []
  const given = (async function* () {
    yield* entries
  })()
  for await (const line of writeExport({ header, entries: given, checkpoints }, by)) lines.push(line)
  return Buffer.from(lines.join(''))
}

const verify = (file: Buffer, options?: VerifyOptions) => verifyExport([file], options)
const linesOf = (file: Buffer) => file.toString().split(/(?<=\n)/)

describe('an export', () => {
  it('is sound as written, whole and in part, whatever the chunks', async () => {
    const entries = chain(10)
    const file = await exported(entries)
    const chunks = Array.from({ length: Math.ceil(file.length / 7) }, (_, i) => file.subarray(i * 7, i * 7 + 7))
    const verdict = await verifyExport(chunks, { keys: [signer.publicKey], head: entries[9] })
    expect(verdict).toMatchObject({ trust: 'pinned', defects: [], entries: 10, checkpoints: 3, signedUpTo: 10 })
    const part = await verify(await exported(chain(4, entries[5])), { head: entries[5] })
    expect(part).toMatchObject({ trust: 'self-signed', defects: [], entries: 4, from: { seq: 6 }, head: { seq: 10 } })
  })

  it('is not sound after any edit of a single byte', async () => {
    const file = await exported(chain(3), 2)
    const unseen: string[] = []
    for (let i = 0; i < file.length; i += 1)
      // A neighbour, the other case, and no UTF-8 at all, at every place.
      for (const byte of [file[i]! ^ 1, file[i]! ^ 0x20, file[i]! ^ 0x80]) {
        const edited = Buffer.from(file)
        edited[i] = byte
        if ((await verify(edited)).defectCount === 0) unseen.push(`${i}: ${byte}`)
      }
    expect(unseen).toEqual([])
  }, 60_000)

  it('is not sound after any byte is removed, doubled, or everything from it on is cut off', async () => {
    const file = await exported(chain(3), 2)
    const unseen: string[] = []
    for (let i = 0; i < file.length; i += 1) {
      const [before, after] = [file.subarray(0, i), file.subarray(i + 1)]
      if ((await verify(Buffer.concat([before, after]))).defectCount === 0) unseen.push(`removed ${i}`)
      if ((await verify(Buffer.concat([before, file.subarray(i, i + 1), file.subarray(i)]))).defectCount === 0)
        unseen.push(`doubled ${i}`)
      if ((await verify(before)).defectCount === 0) unseen.push(`cut ${i}`)
    }
    expect(unseen).toEqual([])
  }, 60_000)

  it('is not sound after lines are deleted, swapped or repeated', async () => {
    const lines = linesOf(await exported(chain(8)))
    const unseen: string[] = []
    const tryOut = async (name: string, changed: string[]) => {
      if ((await verify(Buffer.from(changed.join('')))).defectCount === 0) unseen.push(name)
    }
    for (let a = 0; a < lines.length; a += 1) {
      await tryOut(`doubled ${a}`, lines.toSpliced(a, 0, lines[a]!))
      for (let b = a + 1; b <= lines.length; b += 1) {
        await tryOut(`deleted ${a} to ${b}`, lines.toSpliced(a, b - a))
        if (b < lines.length) await tryOut(`swapped ${a} and ${b}`, lines.with(a, lines[b]!).with(b, lines[a]!))
      }
    }
    expect(unseen).toEqual([])
  })

  it('names each of several defects by entry', async () => {
    const lines = linesOf(await exported(chain(12), 100))
    const edited = lines[3]!.replace('"anna"', '"otto"').replace('"system"', '"otto"')
    const { defects } = await verify(Buffer.from(lines.with(3, edited).toSpliced(7, 2).join('')))
    expect(defects.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['edited', 3],
      ['missing', 7],
      ['missing', 12],
    ])
  })
})

describe('someone who can sign anew', () => {
  const other = signerOf(newSigningKey())

  it('passes with a key of their own, but not against the pinned key', async () => {
    const forged = await exported(chain(6), 3, other)
    expect(await verify(forged)).toMatchObject({ trust: 'self-signed', defectCount: 0, keyIds: [other.keyId] })
    const pinned = await verify(forged, { keys: [signer.publicKey] })
    expect(pinned.defects.map((d) => d.kind)).toEqual(['signature', 'signature', 'signature'])
  })

  it('cannot cut the end off when a later checkpoint or the expected head is known', async () => {
    const entries = chain(6)
    const later = signCheckpoint(signer, entries[5]!, at(9))
    const cut = await write(entries.slice(0, 4), [later])
    expect((await verify(cut)).defects).toMatchObject([{ kind: 'truncated', seq: 6 }])
    const without = await write(entries.slice(0, 4), [])
    expect((await verify(without)).defectCount).toBe(0)
    expect((await verify(without, { head: entries[5] })).defects).toMatchObject([{ kind: 'head', seq: 6 }])
  })

  it('cannot write the chain anew below a signed checkpoint', async () => {
    const entries = chain(6)
    const checkpoint = signCheckpoint(signer, entries[3]!, at(9))
    const anew: ChainedEntry[] = []
    for (const entry of entries)
      anew.push(appendHash(anew.at(-1), entry.seq === 2 ? { ...entry, actor: 'no one' } : entry))
    expect((await verify(await write(anew, [checkpoint]))).defects).toMatchObject([{ kind: 'replaced', seq: 4 }])
    expect((await verify(await write(anew, []), { head: entries[5] })).defects).toMatchObject([
      { kind: 'head', seq: 6 },
    ])
  })
})

it('says of bare entries that nothing is signed', async () => {
  const lines = linesOf(await exported(chain(5), 100)).filter((line) => line.includes('"type":"entry"'))
  expect(await verify(Buffer.from(lines.join('')))).toMatchObject({ trust: 'chain-only', defectCount: 0, entries: 5 })
  const pinned = await verify(Buffer.from(lines.join('')), { keys: [signer.publicKey] })
  expect(pinned.defects.map((d) => d.kind)).toEqual(['truncated'])
})

describe('the command', () => {
  let dir: string
  beforeAll(() => void (dir = mkdtempSync(path.join(tmpdir(), 'cordon-verify-'))))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const run = (...args: string[]) => {
    const cli = path.join(import.meta.dirname, 'verify-cli.ts')
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' })
    return { status, text: stdout + stderr }
  }

  it('prints its trust mode and defects, and ends with a code for each outcome', async () => {
    const entries = chain(5)
    const file = await exported(entries)
    const put = (name: string, content: Buffer | string) => {
      writeFileSync(path.join(dir, name), content)
      return path.join(dir, name)
    }
    const whole = put('whole.ndjson', file)
    const pem = put('key.pem', signer.publicKey)
    expect(run(whole)).toMatchObject({ status: 0, text: expect.stringContaining('Trust: self-signed') })
    const head = `${entries[4]!.seq}:${entries[4]!.hash}`
    expect(run(whole, '--key', pem, '--head', head)).toMatchObject({
      status: 0,
      text: expect.stringContaining('pinned'),
    })
    const cut = put('cut.ndjson', linesOf(file).slice(0, -2).join(''))
    expect(run(cut)).toMatchObject({ status: 1, text: expect.stringContaining('DEFECT truncated') })
    const bare = put(
      'bare.ndjson',
      linesOf(file)
        .filter((l) => l.includes('"type":"entry"'))
        .join(''),
    )
    expect(run(bare)).toMatchObject({ status: 3, text: expect.stringContaining('hash chain only') })
    expect(run(path.join(dir, 'none'))).toMatchObject({ status: 2 })
    expect(run(whole, '--head', 'x')).toMatchObject({ status: 2, text: expect.stringContaining('--head') })
  })
})
