import { defineConfig } from '@playwright/test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findChromium } from './chromium.ts'

// Workers load this file too: what must be the same for all is decided once, in the first process.
process.env.E2E_DATA_DIR ??= fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-e2e-'))
process.env.E2E_PORT ??= String(20_000 + Math.floor(Math.random() * 20_000))
process.env.E2E_EXECUTABLE ??= findChromium()

const port = process.env.E2E_PORT
const server = path.resolve(import.meta.dirname, '../apps/bff/src/main.ts')

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // The stories share one installation and its attack, so they take turns.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  outputDir: './test-results',
  use: {
    actionTimeout: 20_000,
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.E2E_EXECUTABLE,
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--font-render-hinting=none',
      ],
    },
  },
  webServer: {
    command: `node ${JSON.stringify(server)}`,
    url: `http://127.0.0.1:${port}/healthz`,
    timeout: 120_000,
    stdout: 'ignore',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    env: {
      CORDON_PORT: port,
      CORDON_DATA_DIR: process.env.E2E_DATA_DIR,
      CORDON_LAB: 'on',
      CORDON_LAB_PASSWORD: 'e2e-lab-password',
      CORDON_BOOTSTRAP_TOKEN: 'e2e-administrator-token',
      CORDON_INGEST_TOKEN: 'e2e-ingest-token-for-all',
      CORDON_LOG: 'warn',
    },
  },
})
