// `npm run rules:test [folder …]`: every detection rule's own cases, of the pack and of the folders named here or in
// CORDON_RULES.
import { prepare, root, run } from './toolchain.mjs'
import path from 'node:path'

prepare()
const file = path.join(root, 'packages/detection/src/test-rules.ts')
process.exit(run('node', [file, ...process.argv.slice(2)]) ? 0 : 1)
