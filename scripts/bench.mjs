// `npm run bench [name …]`: runs the benchmarks of all workspaces and prints their figures. Ratios within one run are
// what counts; absolute figures depend on the machine.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { prepare, root, run, stop } from './toolchain.mjs'

prepare()
const wanted = process.argv.slice(2)
const files = ['packages', 'apps']
  .flatMap((d) => fs.readdirSync(path.join(root, d)).map((n) => path.join(d, n, 'bench')))
  .filter((d) => fs.existsSync(path.join(root, d)))
  .flatMap((d) =>
    fs
      .readdirSync(path.join(root, d))
      .filter((f) => f.endsWith('.bench.ts'))
      .map((f) => path.join(d, f)),
  )
  .filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)))
if (files.length === 0) stop('No benchmark of that name.')
console.log(
  `${os.cpus().length} × ${os.cpus()[0]?.model.trim() || process.arch}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, load ${os.loadavg()[0]?.toFixed(1)}`,
)
let ok = true
for (const file of files) {
  console.log(`\n## ${file}`)
  ok = run('node', ['--expose-gc', path.join(root, 'scripts/run-bench.mjs'), path.join(root, file)]) && ok
}
process.exit(ok ? 0 : 1)
