import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { KubeConfig } from '@kubernetes/client-node'
import { cleanup } from './cleanup.ts'
import { messageOf } from './cluster-safety.ts'
import { runScenario } from './run-scenario.ts'
import { findScenario, scenarios } from './scenarios.ts'

const usage = `Simulates attacks in a Kubernetes cluster that is marked for it.

  --list                 show the scenarios
  --scenario <id>        run one
  --cleanup              delete the namespaces of earlier runs
  --context <name>       context of the kubeconfig
  --kubeconfig <file>    default: lab.kubeconfig of the data directory, else KUBECONFIG or ~/.kube/config
  --keep                 leave the pods for investigation
  --force                run in a cluster that is not marked for simulations
`

const optionTypes = {
  scenario: { type: 'string' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  namespace: { type: 'string' },
  'attacker-image': { type: 'string' },
  'victim-image': { type: 'string' },
  keep: { type: 'boolean' },
  force: { type: 'boolean' },
  list: { type: 'boolean' },
  cleanup: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Exit codes: 0 done, 1 the run failed, 2 wrong usage. */
async function main(argv: string[]): Promise<number> {
  let values
  try {
    values = parseArgs({ args: argv, options: optionTypes, strict: true }).values
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`)
    return 2
  }
  if (values.help) return (console.log(usage), 0)
  if (values.list) return (listScenarios(), 0)
  const scenario = findScenario(values.scenario ?? '')
  if (scenario === undefined && !values.cleanup) {
    console.error(
      values.scenario === undefined
        ? usage
        : `There is no scenario "${values.scenario}". Known: ${scenarios.map(({ id }) => id).join(', ')}`,
    )
    return 2
  }
  const kubeConfig = new KubeConfig()
  const abort = new AbortController()
  process.once('SIGINT', () => abort.abort(new Error('interrupted')))
  try {
    loadConfig(kubeConfig, values.kubeconfig)
    if (values.cleanup) {
      const names = await cleanup({ kubeConfig, context: values.context })
      console.log(names.length === 0 ? 'Nothing to clean up.' : `Deleting ${names.join(', ')}`)
    }
    if (scenario === undefined) return 0
    const report = await runScenario({
      kubeConfig,
      context: values.context,
      scenario: scenario.id,
      namespace: values.namespace,
      attackerImage: values['attacker-image'],
      victimImage: values['victim-image'],
      keep: values.keep,
      force: values.force,
      signal: abort.signal,
      onProgress: ({ message }) => console.error(`· ${message}`),
    })
    console.log(report.output.trim())
    console.log(
      `\nExpected alerts:\n${[...report.expectedAlerts, ...report.laterAlerts].map((name) => `  ${name}`).join('\n')}`,
    )
    if (report.kept)
      console.log(`\nKept: namespace ${report.namespace}, pods ${report.attacker.pod} and ${report.victim.pod}`)
    return 0
  } catch (error) {
    console.error(`Failed: ${messageOf(error)}`)
    return 1
  }
}

function loadConfig(kubeConfig: KubeConfig, file: string | undefined): void {
  const lab = join(process.env['CORDON_DATA_DIR'] ?? '.cordon', 'lab.kubeconfig')
  if (file !== undefined && !existsSync(file)) throw new Error(`there is no kubeconfig ${file}`)
  if (file !== undefined) kubeConfig.loadFromFile(file)
  else if (existsSync(lab)) kubeConfig.loadFromFile(lab)
  else kubeConfig.loadFromDefault()
}

function listScenarios(): void {
  for (const { id, title, description, expectedAlerts, laterAlerts } of scenarios) {
    console.log(
      `${id}\n  ${title}: ${description}\n${[...expectedAlerts, ...laterAlerts].map((name) => `    → ${name}`).join('\n')}`,
    )
  }
}

process.exitCode = await main(process.argv.slice(2))
