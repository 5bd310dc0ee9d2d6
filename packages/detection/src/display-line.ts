import { redactCommandLine } from '@cordon/telemetry'

// oxlint-disable-next-line no-control-regex -- control characters are what is taken out
const controls = /[\u0000-\u001f\u007f-\u009f]+/g

/** A line fit for display and storage: credentials replaced, control characters out, at most `limit` characters. */
export function displayLine(text: string, limit = 600): string {
  const line = redactCommandLine(text.slice(0, limit * 4))
    .replaceAll(controls, ' ')
    .trim()
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}
