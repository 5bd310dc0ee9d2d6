/** Bytes as a string of the same number of characters (Latin-1), the form in which patterns are compared. */
export function latin(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** UTF-16 bytes of a text; `mark` puts the byte order mark FF FE in front. */
export function utf16(text: string, order: 'little' | 'big', mark = false): Uint8Array {
  const bytes = new Uint8Array(text.length * 2 + (mark ? 2 : 0))
  const view = new DataView(bytes.buffer)
  if (mark) view.setUint16(0, 0xfeff, true)
  const start = mark ? 2 : 0
  for (let i = 0; i < text.length; i++) view.setUint16(start + i * 2, text.charCodeAt(i), order === 'little')
  return bytes
}

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  return btoa(latin(bytes))
}

/**
 * The three texts of which one appears when the bytes are part of something longer that was base64 encoded: each
 * shift of 0 to 2 bytes, without the characters that depend on the neighbours.
 */
export function base64Offsets(bytes: Uint8Array): string[] {
  const skipStart = [0, 2, 3] as const
  const skipEnd = [0, 3, 2] as const
  return skipStart.map((skip, shift) => {
    const shifted = new Uint8Array(shift + bytes.length)
    shifted.set(bytes, shift)
    const text = base64(shifted)
    return text.slice(skip, text.length - skipEnd[(bytes.length + shift) % 3]!)
  })
}
