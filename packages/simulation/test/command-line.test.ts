import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LabUnderTest } from './lab-process.ts'
import { startLab } from './lab-process.ts'

let lab: LabUnderTest
beforeAll(async () => {
  lab = await startLab([{ name: 'edge-k3s', marked: true }])
}, 60_000)
afterAll(() => lab.stop())

function simulate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

describe('command line', () => {
  it('lists the scenarios with their alerts', async () => {
    const { code, stdout } = await simulate('--list')
    expect(code).toBe(0)
    expect(stdout.match(/^\S+$/gm)).toHaveLength(7)
    expect(stdout).toContain('Possible Crypto miners download detected')
  })

  it('runs a scenario and says what to expect', async () => {
    const { code, stdout, stderr } = await simulate(
      '--kubeconfig',
      lab.kubeconfigFile,
      '--context',
      'edge-k3s',
      '--scenario',
      'web-shell',
      '--keep',
    )
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('running Web shell') })
    expect(stdout).toContain('Possible Web Shell activity detected')
    expect(stdout).toMatch(/Kept: namespace cordon-simulation-\w+/)
    const cleaned = await simulate('--kubeconfig', lab.kubeconfigFile, '--cleanup')
    expect(cleaned).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Deleting cordon-simulation-\w+\n$/) })
  }, 60_000)

  it.each([
    [2, 'There is no scenario "nope"', ['--scenario', 'nope']],
    [2, "Unknown option '--wat'", ['--wat']],
    [2, '--scenario <id>', []],
    [1, 'there is no kubeconfig /nope', ['--scenario', 'all', '--kubeconfig', '/nope']],
    [1, 'no context "nope"; it has: edge-k3s', ['--scenario', 'all', '--context', 'nope']],
  ])('ends with %i and "%s"', async (code, text, args) => {
    const withConfig = args.includes('--context') ? [...args, '--kubeconfig', lab.kubeconfigFile] : args
    const result = await simulate(...withConfig)
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(text)
  })
})
