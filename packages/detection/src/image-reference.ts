export interface ImageReference {
  registry: string
  /** Path within the registry, `library/nginx` for Docker Hub's short names. */
  repository: string
  tag?: string
  digest?: string
}

/** Reads an image reference as container runtimes do: the first part is a registry when it looks like a host. */
export function parseImage(reference: string): ImageReference | undefined {
  const text = reference.trim().replace(/^docker-pullable:\/\//, '')
  if (text === '' || text.length > 1024 || /\s/.test(text)) return undefined
  const [name = '', digest] = text.split('@', 2)
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost'
  const path = hasHost ? name.slice(slash + 1) : name
  const colon = path.lastIndexOf(':')
  const repository = colon < 0 ? path : path.slice(0, colon)
  if (repository === '') return undefined
  const short = !hasHost && !repository.includes('/')
  return {
    registry: hasHost ? first : 'docker.io',
    repository: short ? `library/${repository}` : repository,
    tag: colon < 0 ? undefined : path.slice(colon + 1),
    digest,
  }
}
