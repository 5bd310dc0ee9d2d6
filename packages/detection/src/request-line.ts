/** The parts of an audit event's requestURI that rules read. */
export interface RequestLine {
  path: string
  dryRun: boolean
  /** Repeated `command=` parameters of exec, joined by blanks. */
  command?: string
  container?: string
  /** A terminal or standard input was asked for: somebody types. */
  interactive: boolean
  labelSelector?: string
}

/** Reads a requestURI; never throws, whatever stands in it. */
export function parseRequestLine(uri: string): RequestLine {
  const text = uri.slice(0, 65_536)
  const mark = text.indexOf('?')
  const path = mark < 0 ? text : text.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1))
  const command = query.getAll('command')
  return {
    path,
    dryRun: query.getAll('dryRun').includes('All'),
    command: command.length > 0 ? command.join(' ').slice(0, 16_384) : undefined,
    container: query.get('container') ?? undefined,
    interactive: query.get('tty') === 'true' || query.get('stdin') === 'true',
    labelSelector: query.get('labelSelector') ?? undefined,
  }
}
