const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'ERROR', 60: 'FATAL' }
// Untrusted text must not steer the terminal.
// oxlint-disable-next-line no-control-regex -- control characters are what it takes out
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** A destination that writes pino's JSON lines as one readable line each. */
export function prettyLines(out: { write(text: string): unknown }): { write(line: string): void } {
  return {
    write(line) {
      const {
        level,
        time,
        msg,
        pid: _pid,
        hostname: _hostname,
        err,
        ...rest
      } = JSON.parse(line) as Record<string, unknown>
      const at = new Date(Number(time)).toISOString().slice(11, 19)
      const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''
      const error = err as { message?: string; stack?: string } | undefined
      const cause = error ? ` – ${Number(level) >= 50 ? (error.stack ?? error.message) : error.message}` : ''
      const text = `${msg}${more}${cause}`.replaceAll(control, '\uFFFD')
      out.write(`${at} ${levels[Number(level)] ?? level} ${text}\n`)
    },
  }
}
