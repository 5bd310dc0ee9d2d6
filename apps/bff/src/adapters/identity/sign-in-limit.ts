const windowMs = 15 * 60_000
/** Failures per window: of one account from one address, of one account from anywhere, and of one address. */
const limits = { pair: 10, account: 100, address: 50 }
const mostKeys = 50_000

/** Counts failed sign-ins in memory and says how long to wait. Successful ones clear the pair. */
export function createSignInLimit(now: () => number = Date.now) {
  const failures = new Map<string, { count: number; until: number }>()
  const keys = (account: string, ip: string) =>
    [
      [`pair ${account} ${ip}`, limits.pair],
      [`account ${account}`, limits.account],
      [`address ${ip}`, limits.address],
    ] as const

  return {
    /** Seconds to wait before the next try; 0 when it may be made now. */
    waitSeconds(account: string, ip: string): number {
      let until = 0
      for (const [key, most] of keys(account, ip)) {
        const entry = failures.get(key)
        if (entry && entry.until > now() && entry.count >= most) until = Math.max(until, entry.until)
      }
      return until ? Math.ceil((until - now()) / 1000) : 0
    },
    failed(account: string, ip: string): void {
      if (failures.size > mostKeys) for (const [key, entry] of failures) if (entry.until <= now()) failures.delete(key)
      for (const [key] of keys(account, ip)) {
        const entry = failures.get(key)
        if (entry && entry.until > now()) entry.count += 1
        else failures.set(key, { count: 1, until: now() + windowMs })
      }
    },
    succeeded(account: string, ip: string): void {
      failures.delete(`pair ${account} ${ip}`)
    },
  }
}

export type SignInLimit = ReturnType<typeof createSignInLimit>
