import type { HuntLimits } from '@cordon/contract'
import { Refusal } from '../../refusal.ts'
import { quotaMinutes } from './limits.ts'

export interface Quota {
  /** Engine seconds of the person within the window. */
  used(owner: string): number
  /** Throws `Refusal` when nothing is left, and says when there will be. */
  check(owner: string, limits: HuntLimits): void
  add(owner: string, seconds: number): void
}

const windowMs = quotaMinutes * 60_000

/** Counts the engine time of each person over the last minutes. Kept in memory: a restart forgives. */
export function createQuota(now: () => number = Date.now): Quota {
  const spent = new Map<string, { at: number; seconds: number }[]>()
  const recent = (owner: string): { at: number; seconds: number }[] => {
    const kept = (spent.get(owner) ?? []).filter((each) => each.at > now() - windowMs)
    if (kept.length === 0) spent.delete(owner)
    else spent.set(owner, kept)
    return kept
  }
  const used = (owner: string): number => recent(owner).reduce((sum, each) => sum + each.seconds, 0)
  return {
    used,
    check(owner, { quotaSeconds }) {
      if (quotaSeconds === null || used(owner) < quotaSeconds) return
      let left = used(owner)
      const next = recent(owner).find((each) => (left -= each.seconds) < quotaSeconds)
      const time = new Date((next?.at ?? now()) + windowMs).toISOString().slice(11, 19)
      throw new Refusal(
        'too-many',
        `Your hunts took ${Math.round(used(owner))} of ${quotaSeconds} seconds of engine time within ${quotaMinutes} minutes. The next can run at ${time} UTC.`,
      )
    },
    add(owner, seconds) {
      spent.set(owner, [...recent(owner), { at: now(), seconds }])
    },
  }
}
