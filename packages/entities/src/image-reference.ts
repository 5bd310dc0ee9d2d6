/** The parts of a container image reference, after the rules of the distribution specification. */
export interface ImageReference {
  registry: string
  repository: string
  tag: string | undefined
  digest: string | undefined
}

/** `nginx` → docker.io, library/nginx, latest. Never throws: any text is some reference. */
export function parseImage(reference: string): ImageReference {
  const [named = '', digest] = reference.split('@')
  const slash = named.indexOf('/')
  const first = named.slice(0, slash)
  const hasRegistry = slash > 0 && (first.includes('.') || first.includes(':') || first === 'localhost')
  const rest = hasRegistry ? named.slice(slash + 1) : named
  const colon = rest.lastIndexOf(':')
  const tagged = colon > rest.lastIndexOf('/')
  const path = tagged ? rest.slice(0, colon) : rest
  return {
    registry: hasRegistry ? first : 'docker.io',
    repository: hasRegistry || path.includes('/') ? path : `library/${path}`,
    tag: tagged ? rest.slice(colon + 1) : digest ? undefined : 'latest',
    digest,
  }
}
