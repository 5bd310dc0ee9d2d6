const most = 10_000
const issued = new Set<string>()

/** Notes the name of a probe pod before it is created; the last 10,000 are remembered, as long as this process lives. */
export function noteCanary(cluster: string, namespace: string, name: string): void {
  const [oldest] = issued
  if (issued.size >= most && oldest !== undefined) issued.delete(oldest)
  issued.add(`${cluster}/${namespace}/${name}`)
}

/**
 * Did this process make that probe pod? Labels and names can be copied by whoever may create pods; that we made it under
 * this very name, part of which is random, can't.
 */
export function isOurCanary(cluster: string, namespace: string, name: string): boolean {
  return issued.has(`${cluster}/${namespace}/${name}`)
}
