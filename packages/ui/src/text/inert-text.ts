/** A run of text that is shown as it is, or one character that is shown as a visible escape. */
export interface InertPart {
  text: string
  escaped: boolean
}

/**
 * Splits text an attacker may have written into harmless runs and escapes. Escaped are: C0/C1 controls (ANSI starts
 * there), bidi controls, zero-width and other default-ignorable characters, line separators, lone surrogates,
 * non-characters, and combining marks beyond two in a row. In `multiline` text, newline and tab stay.
 */
export function inertParts(value: string, multiline = false): InertPart[] {
  // Most texts are plain, and tables show thousands of them.
  if (/^[\x20-\x7e]*$/.test(value)) return value === '' ? [] : [{ text: value, escaped: false }]
  const parts: InertPart[] = []
  let run = ''
  let marks = 0
  const flush = () => {
    if (run) parts.push({ text: run, escaped: false })
    run = ''
  }
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0
    marks = /\p{M}/u.test(char) ? marks + 1 : 0
    if (!(multiline && (char === '\n' || char === '\t')) && (marks > 2 || isUnsafe(code))) {
      flush()
      parts.push({ text: escapeOf(code), escaped: true })
    } else run += char
  }
  flush()
  return parts
}

/** The text with every unsafe character replaced by its escape: what is copied and what names a control. */
export function inertString(value: string, multiline = false): string {
  return inertParts(value, multiline)
    .map((part) => part.text)
    .join('')
}

/** Cuts to at most `max` UTF-16 units without splitting a surrogate pair; tells how much was left out. */
export function cut(value: string, max: number): { text: string; omitted: number } {
  if (value.length <= max) return { text: value, omitted: 0 }
  const last = value.charCodeAt(max - 1)
  const end = last >= 0xd800 && last <= 0xdbff ? max - 1 : max
  return { text: value.slice(0, end), omitted: value.length - end }
}

function escapeOf(code: number): string {
  if (code === 0x0a) return '\\n'
  if (code === 0x0d) return '\\r'
  if (code === 0x09) return '\\t'
  if (code === 0x1b) return '\\e'
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`
}

function hex(code: number, width: number): string {
  return code.toString(16).toUpperCase().padStart(width, '0')
}

// Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties is what renderers draw as nothing.
const ignorable =
  /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Noncharacter_Code_Point}/u

function isUnsafe(code: number): boolean {
  if (code >= 0x20 && code < 0x7f) return false
  // Interlinear annotations and the Braille blank draw nothing although they aren't default-ignorable.
  if ((code >= 0xfff9 && code <= 0xfffb) || code === 0x2800) return true
  // Emoji presentation selectors are harmless and common.
  if (code === 0xfe0e || code === 0xfe0f) return false
  return ignorable.test(String.fromCodePoint(code))
}
