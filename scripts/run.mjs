// Runs a TypeScript entry point of this repository on the pinned Node: `node scripts/run.mjs <file> [arguments]`.
import { prepare, supervise } from './toolchain.mjs'

prepare()
supervise('node', process.argv.slice(2))
