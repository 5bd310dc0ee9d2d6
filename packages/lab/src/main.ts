import { startLab, type Lab } from './lab.ts'
import type { FaultOrder, FromLab, LabProcessConfig, ReadyCluster, ToLab } from './lab-messages.ts'

/**
 * Runs the lab as a process of its own. Its configuration comes as JSON in the first argument or in LAB_CONFIG, or as
 * an IPC message. Started over IPC it ends when its parent is gone.
 */
let lab: Lab | undefined
let starting = false
let stopping = false

const tell = (message: FromLab) => {
  if (process.connected) process.send?.(message)
  else if (message.type !== 'fault-done')
    console.log(JSON.stringify(message.type === 'ready' ? shown(message) : message))
}

// Credentials go to a parent over IPC, never into a log.
function shown(message: { clusters: ReadyCluster[] }) {
  return { type: 'ready', clusters: message.clusters.map(({ name, serverUrl }) => ({ name, serverUrl })) }
}

async function start(config: LabProcessConfig): Promise<void> {
  if (starting) return
  starting = true
  const started = await startLab({
    ...config,
    sinks: (cluster) => config.sinks?.[cluster] ?? {},
    bootstrap: (cluster) => config.bootstrap?.[cluster] ?? [],
    tokensFor: (cluster) => config.tokensFor?.[cluster] ?? [],
    onFault: (cluster, component, error) => console.error(`${cluster}: ${component}: ${String(error)}`),
  })
  lab = started
  for (const { path, which } of config.kubeconfigs ?? []) started.writeKubeconfig(path, which)
  const clusters = started.clusters.map(({ name, serverUrl, caPem, adminToken, userTokens, tokens }) => ({
    name,
    serverUrl,
    caPem,
    adminToken,
    userTokens,
    tokens,
  }))
  tell({ type: 'ready', clusters })
}

async function makeTrouble(cluster: string, order: FaultOrder): Promise<void> {
  if (!lab) throw new Error('the lab is not up yet')
  const { faults } = lab.cluster(cluster)
  switch (order.fault) {
    case 'hangApi':
      return faults.hangApi(order.ms)
    case 'enforcementDelayMs':
      return faults.enforcementDelayMs(order.ms)
    case 'nodeDown':
      return faults.nodeDown(order.node, order.on)
    case 'refuseApi':
      return faults.refuseApi(order.on)
    case 'dropAudit':
    case 'dropRuntime':
      return faults[order.fault](order.on)
  }
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  // A child that hangs would outlive its parent.
  setTimeout(() => process.exit(1), 8000).unref()
  await lab?.stop()
  process.exit()
}

function fail(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(text)
  tell({ type: 'failed', error: error instanceof Error ? error.message : text })
  process.exitCode = 1
  void stop()
}

process.on('message', (message: ToLab) => {
  if (message.type === 'start') start(message.config).catch(fail)
  else if (message.type === 'stop') void stop()
  else if (message.type === 'fault') {
    makeTrouble(message.cluster, message.order).then(
      () => tell({ type: 'fault-done', id: message.id }),
      (error: unknown) => tell({ type: 'fault-done', id: message.id, error: String(error) }),
    )
  }
})
process.on('disconnect', () => void stop())
process.on('SIGINT', () => void stop())
process.on('SIGTERM', () => void stop())

const given = process.argv[2] ?? process.env.LAB_CONFIG
if (given) {
  try {
    start(JSON.parse(given) as LabProcessConfig).catch(fail)
  } catch (error) {
    fail(error)
  }
} else if (!process.send) fail(new Error('usage: main.ts <configuration as JSON>, or LAB_CONFIG, or an IPC message'))
