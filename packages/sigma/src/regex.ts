import { RE2JS } from 're2js'

const maxLength = 4096

/**
 * A regular expression that runs in time linear in its input (RE2), because both rules and events may come from
 * strangers. Look-around and back references don't exist there, and Sigma's own list of allowed metacharacters
 * doesn't have them either.
 * @param flags any of `i`, `m`, `s`
 * @throws Error that names the part RE2 refuses
 */
export function linearRegex(pattern: string, flags = ''): { test(text: string): boolean } {
  if (pattern.length > maxLength) throw new Error(`regular expression is longer than ${maxLength} characters`)
  let bits = 0
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE
  if (flags.includes('m')) bits |= RE2JS.MULTILINE
  if (flags.includes('s')) bits |= RE2JS.DOTALL
  try {
    const compiled = RE2JS.compile(pattern, bits)
    return { test: (text) => compiled.test(text) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`regular expression cannot run in linear time or is malformed: ${reason}`, { cause: error })
  }
}
