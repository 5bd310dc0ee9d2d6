// Makes the Node that the lockfile pins the one that npm scripts run on: node_modules/.bin is first on PATH there.
// Plain JavaScript for any Node, because it runs before that Node is in place. Harmless when nothing is installed.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const families = {
  linux: 'node-linux-',
  darwin: process.arch === 'arm64' ? 'node-bin-darwin-' : 'node-darwin-',
  win32: 'node-win-',
}
const exe = process.platform === 'win32' ? 'node.exe' : 'node'
const source = path.resolve('node_modules', `${families[process.platform]}${process.arch}`, 'bin', exe)
const link = path.resolve('node_modules', '.bin', exe)
// False on musl, where the glibc binary cannot start, and on platforms without a package.
const runs = fs.existsSync(source) && spawnSync(source, ['-v']).status === 0

fs.mkdirSync(path.dirname(link), { recursive: true })
fs.rmSync(link, { force: true })
if (runs && process.platform === 'win32') fs.copyFileSync(source, link)
else if (runs) fs.symlinkSync(path.relative(path.dirname(link), source), link)

// Tells `npm start` that this folder was installed for this platform, and not copied from another machine.
if (fs.existsSync('node_modules'))
  fs.writeFileSync(path.resolve('node_modules', '.cordon-platform'), `${process.platform}-${process.arch}`)
