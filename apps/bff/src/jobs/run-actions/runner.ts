import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { driveAction, type RunnerPorts } from './drive-action.ts'
import type { LeaseOwner } from './lease-owner.ts'
import { StaleAction, storedOf, type StoredAction } from './action-store.ts'
import { sweepCanaries } from './probe.ts'

export interface ActionRunner {
  /** There is something to do; called after a request. */
  poke(): void
  /** Resolves when nothing is being driven. */
  close(): Promise<void>
}

// Short, so that what a killed process left is taken up within seconds; renewed while work goes on.
const leaseSeconds = 6

/** Claims requested and applied actions and drives them to a checked end, each bound by a lease. */
export function startActionRunner(
  ports: RunnerPorts,
  { id: owner, before }: LeaseOwner = { id: randomUUID(), before: undefined },
): ActionRunner {
  const stop = new AbortController()
  const driving = new Map<string, Promise<void>>()
  let again = false
  let claiming: Promise<void> | undefined
  const freed = before === undefined ? undefined : giveBackAll(ports, before).catch(() => undefined) // else they run out

  async function claim(): Promise<void> {
    await freed
    do {
      again = false
      const rows = await claimRows(ports, owner)
      // A lease that ran out under our own hands is still ours: driving it twice would only race.
      for (const stored of rows) if (!driving.has(stored.action.id)) driving.set(stored.action.id, drive(stored))
    } while (again && !stop.signal.aborted)
  }

  async function drive(stored: StoredAction): Promise<void> {
    const { id } = stored.action
    const renewal = setInterval(() => void renew(ports, id, owner), (leaseSeconds * 1000) / 3)
    try {
      await driveAction(ports, stored, stop.signal)
      // Given back at once: a repair or a second thought must not wait for it to run out.
      await giveBack(ports, id, owner)
    } catch (error) {
      // Left as it is: the lease runs out and it is taken up again from its record.
      if (!(error instanceof StaleAction))
        ports.deps.log.error({ err: error, action: id }, 'action interrupted; it will be resumed')
    } finally {
      clearInterval(renewal)
      driving.delete(id)
    }
  }

  function poke(): void {
    again = true
    claiming ??= claim()
      .catch((error: unknown) => ports.deps.log.error({ err: error }, 'actions could not be claimed'))
      .finally(() => (claiming = undefined))
  }

  const timer = setInterval(poke, 2_000)
  const sweep = setInterval(() => {
    for (const cluster of ports.clusters.all())
      void sweepCanaries(cluster, new Set(driving.keys())).catch(() => undefined)
  }, 30_000)
  poke()
  return {
    poke,
    async close() {
      clearInterval(timer)
      clearInterval(sweep)
      stop.abort()
      await claiming
      await Promise.allSettled(driving.values())
      await giveBackAll(ports, owner).catch(() => undefined)
    },
  }
}

async function giveBackAll(ports: RunnerPorts, owner: string): Promise<void> {
  await ports.deps.commitUnrecorded(async (tx) => {
    await tx
      .updateTable('actions')
      .set({ lease_owner: null, lease_until: null })
      .where('lease_owner', '=', owner)
      .execute()
    return { result: undefined, changed: [] }
  })
}

async function giveBack(ports: RunnerPorts, id: string, owner: string): Promise<void> {
  await ports.deps.commitUnrecorded(async (tx) => {
    await tx
      .updateTable('actions')
      .set({ lease_owner: null, lease_until: null })
      .where('id', '=', id)
      .where('lease_owner', '=', owner)
      .execute()
    return { result: undefined, changed: [] }
  })
}

async function claimRows(ports: RunnerPorts, owner: string): Promise<StoredAction[]> {
  return ports.deps.commitUnrecorded(async (tx) => {
    const rows = await tx
      .selectFrom('actions')
      .selectAll()
      .where('state', 'in', ['requested', 'applied'])
      .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))
      .orderBy('requested_at')
      .limit(50)
      .forUpdate()
      .skipLocked()
      .execute()
    if (rows.length > 0)
      await tx
        .updateTable('actions')
        .set({ lease_owner: owner, lease_until: sql<Date>`now() + make_interval(secs => ${leaseSeconds})` })
        .where(
          'id',
          'in',
          rows.map((r) => r.id),
        )
        .execute()
    return { result: rows.map(storedOf), changed: [] }
  })
}

async function renew(ports: RunnerPorts, id: string, owner: string): Promise<void> {
  await ports.deps
    .commitUnrecorded(async (tx) => {
      await tx
        .updateTable('actions')
        .set({ lease_until: sql<Date>`now() + make_interval(secs => ${leaseSeconds})` })
        .where('id', '=', id)
        .where('lease_owner', '=', owner)
        .execute()
      return { result: undefined, changed: [] }
    })
    .catch(() => undefined) // a missed renewal only lets the lease run out
}
