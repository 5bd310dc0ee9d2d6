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

// A parameter that is read, or one whose name is encoded and may be any.
const told = /(?:^|&)(?:(?:command|dryRun|container|tty|stdin|labelSelector)(?:[=&]|$)|[^=&]*%)/

/** Reads a requestURI; never throws, whatever stands in it. */
export function parseRequestLine(uri: string): RequestLine {
  const text = uri.slice(0, 65_536)
  const mark = text.indexOf('?')
  const path = mark < 0 ? text : text.slice(0, mark)
  const rest = mark < 0 ? '' : text.slice(mark + 1)
  if (rest === '' || !told.test(rest)) return { path, dryRun: false, interactive: false }
  const query = new URLSearchParams(rest)
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
