// Shared by start, test, check, dev and bench. Plain JavaScript for any Node from 20.19: it runs before anything is
// installed, so that a fresh clone needs nothing but Node and git.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '..')
const bin = path.join(root, 'node_modules', '.bin')
const oldest = [20, 19]

/** Environment in which the pinned Node and tools come first. */
export function environment(extra = {}) {
  return {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    ...extra,
  }
}

/** Installs what is missing or out of date, then makes sure that a new enough Node runs what follows. */
export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    stop(`Cordon needs Node.js ${oldest.join('.')} or newer to start with; this is ${process.versions.node}.`)
  if (!isInstalled()) install()
  const found = spawnSync('node', ['-p', 'process.versions.node'], { env: environment(), encoding: 'utf8' })
  if (Number(found.stdout?.split('.')[0]) < 24)
    stop(
      `Cordon runs on Node.js 24 and brings it for Linux (glibc), macOS and Windows; none came for ${process.platform}-${process.arch}. Install Node.js 24 or newer.`,
    )
}

/** npm writes node_modules/.package-lock.json last; our postinstall then marks the platform it linked a Node for. */
function isInstalled() {
  const [lock, done] = [path.join(root, 'package-lock.json'), path.join(root, 'node_modules', '.package-lock.json')]
  if (!fs.existsSync(done) || fs.statSync(done).mtimeMs < fs.statSync(lock).mtimeMs) return false
  return fs.existsSync(marker()) && fs.readFileSync(marker(), 'utf8') === platformKey()
}

const marker = () => path.join(root, 'node_modules', '.cordon-platform')
const platformKey = () => `${process.platform}-${process.arch}`

function install() {
  console.log('Installing dependencies (once) …')
  // npm ci removes what an install by another Node, npm or platform left behind.
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
        cwd: root,
        stdio: 'inherit',
        shell: process.platform === 'win32',
      })
  if (result.status !== 0) stop('The dependencies could not be installed; see the lines above.')
}

/** Runs a command to its end; true when it succeeded. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment(options.env),
    shell: process.platform === 'win32',
  })
  return result.status === 0
}

/** Starts a long-running child that gets our signals and ends with us, also when npm's shell swallows the signal. */
export function supervise(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: environment(options.env) })
  const parent = process.ppid
  const forward = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => forward(signal))
  const watch = setInterval(() => {
    if (process.ppid !== parent) forward('SIGTERM')
  }, 500)
  child.on('exit', (code, signal) => {
    clearInterval(watch)
    process.exit(code ?? (signal ? 1 : 0))
  })
  return child
}

export function stop(message) {
  console.error(message)
  process.exit(1)
}
