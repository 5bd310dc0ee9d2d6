import { createReadStream, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Head } from './signing.ts'
import { type ExportVerdict, type TrustMode, verifyExport } from './verify-export.ts'

// Exit codes, for scripts: what they mean must never change.
const sound = 0
const defective = 1
const unusable = 2
const unsigned = 3

const usage = `Usage: npm run ledger:verify -- <export.ndjson> [--key <public key.pem> …] [--head <seq>:<hash>]

Checks an export of the ledger without the server that made it. Exit code ${sound}: sound; ${defective}: defects found;
${unusable}: could not be checked; ${unsigned}: no defect, but nothing is signed.`

const trustText: Record<TrustMode, string> = {
  'chain-only':
    'hash chain only. Nothing is signed: whoever could write this file could have written all of it anew, and an end that was cut off can only be seen with --head.',
  'self-signed':
    'self-signed. The signing key came with the file: compare its id with the one the console shows, or pass it with --key.',
  pinned: 'pinned key. Every signature is by a key you gave.',
}

async function main(): Promise<number> {
  let parsed
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { key: { type: 'string', multiple: true }, head: { type: 'string' }, help: { type: 'boolean' } },
    })
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${usage}`)
  }
  const { values, positionals } = parsed
  const [file] = positionals
  if (values.help || positionals.length !== 1 || !file) return refuse(usage)
  const head = values.head === undefined ? undefined : parseHead(values.head)
  if (values.head !== undefined && !head) return refuse('--head must be <seq>:<hash>, the hash as 64 hex digits.')
  try {
    const keys = values.key?.map((key) => readFileSync(asTyped(key), 'utf8'))
    return report(await verifyExport(createReadStream(asTyped(file)), { keys, head }), head)
  } catch (error) {
    return refuse(`Could not be checked: ${(error as Error).message}`)
  }
}

function report(verdict: ExportVerdict, head: Head | undefined): number {
  const { trust, defects, defectCount, entries, from, keyIds } = verdict
  const lines = [`Trust: ${trustText[trust]}`]
  if (keyIds.length > 0) lines.push(`Keys: ${keyIds.join(', ')}`)
  lines.push(
    entries > 0
      ? `Entries: ${entries}, from ${(from?.seq ?? 0) + 1} to ${verdict.head?.seq}; head ${verdict.head?.seq}:${verdict.head?.hash}`
      : 'Entries: none',
    `Signed up to entry: ${verdict.signedUpTo ?? 'none'}; checkpoints: ${verdict.checkpoints}`,
  )
  if (from && from.seq > 0) lines.push(`It is a part: nothing is said of entries 1 to ${from.seq}.`)
  for (const { kind, line, seq, text } of defects)
    lines.push(`DEFECT ${kind}${line ? ` line ${line}` : ''}${seq === null ? '' : ` entry ${seq}`}: ${text}`)
  if (defectCount > defects.length) lines.push(`… and ${defectCount - defects.length} more`)
  const code = defectCount > 0 ? defective : trust === 'chain-only' && !head ? unsigned : sound
  lines.push(
    defectCount > 0
      ? `NOT SOUND: ${defectCount} defects`
      : code === unsigned
        ? 'SOUND AS FAR AS AN UNSIGNED FILE CAN BE'
        : 'SOUND',
  )
  console.log(lines.join('\n'))
  return code
}

// npm runs scripts in the package's folder; a relative path was meant from where it was typed.
function asTyped(file: string): string {
  return path.resolve(process.env.INIT_CWD ?? '.', file)
}

function parseHead(text: string): Head | undefined {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text)
  return match ? { seq: Number(match[1]), hash: match[2] as string } : undefined
}

function refuse(text: string): number {
  console.error(text)
  return unusable
}

process.exitCode = await main()
