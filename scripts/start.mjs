// `npm start`: installs, builds the console (cached) and serves it.
import { prepare, run, stop, supervise } from './toolchain.mjs'

prepare()
if (!run('turbo', ['run', 'build', '--output-logs=errors-only', '--log-order=grouped']))
  stop('The console could not be built; see the lines above.')
supervise('node', ['apps/bff/src/main.ts', ...process.argv.slice(2)])
