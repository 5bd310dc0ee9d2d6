/** Waits until `check` returns something truthy and returns that; gives the last answer in its error. */
export async function eventually<T>(check: () => T | undefined | false | null, what: string, ms = 15_000): Promise<T> {
  const until = Date.now() + ms
  for (;;) {
    const value = check()
    if (value) return value
    if (Date.now() > until) throw new Error(`waited ${ms} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
