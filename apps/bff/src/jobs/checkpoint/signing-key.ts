import { newSigningKey, type Signer, signerOf } from '@cordon/ledger'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'

const privateName = 'ledger-signing-key.pem'
const publicName = 'ledger-public-key.pem'

/**
 * The key that signs checkpoints and exports: made at the first start in the data directory, readable by the owner only;
 * its public half lies beside it. Throws when the file is there and isn't an Ed25519 key: a new key in its place would
 * hide that the old one was lost.
 */
export function loadSigningKey(dataDir: string): Signer {
  const file = path.join(dataDir, privateName)
  const signer = signerOf(read(file) ?? write(file, newSigningKey(), 0o600))
  // Windows has no such modes and answers with what it has.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  const publicFile = path.join(dataDir, publicName)
  if (read(publicFile) !== signer.publicKey) write(publicFile, signer.publicKey, 0o644)
  return signer
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all: half a key after a crash would stop every later start. */
function write(file: string, content: string, mode: number): string {
  const fd = openSync(`${file}.new`, 'w', mode)
  try {
    writeSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${file}.new`, file)
  return content
}
