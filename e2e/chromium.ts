import { chromium } from '@playwright/test'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']
const folders = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/**
 * A Chromium for the tests: the one named by E2E_CHROMIUM, Playwright's own, one on this machine, or one that is
 * installed now. Throws with what to do when none can be had.
 */
export function findChromium(): string {
  const found = [process.env.E2E_CHROMIUM, playwrights(), ...onPath(), ...folders].find((p) => p && fs.existsSync(p))
  if (found) return found
  console.log('No Chromium found; installing one …')
  spawnSync('playwright', ['install', ...(isRootOnLinux() ? ['--with-deps'] : []), 'chromium'], { stdio: 'inherit' })
  const own = playwrights()
  if (own && fs.existsSync(own)) return own
  if (isRootOnLinux() && fs.existsSync('/usr/bin/apt-get')) {
    spawnSync('apt-get', ['update'], { stdio: 'inherit' })
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'inherit' })
    const installed = onPath()[0]
    if (installed) return installed
  }
  throw new Error(
    'The e2e tests need Chromium, and none could be installed. Install Chromium or Chrome, or set E2E_CHROMIUM to its path.',
  )
}

function playwrights(): string | undefined {
  try {
    return chromium.executablePath()
  } catch {
    return undefined // this platform has no build of Playwright's
  }
}

function onPath(): string[] {
  const dirs = (process.env.PATH ?? '').split(path.delimiter)
  return names.flatMap((n) => dirs.map((d) => path.join(d, n))).filter((p) => fs.existsSync(p))
}

function isRootOnLinux(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}
