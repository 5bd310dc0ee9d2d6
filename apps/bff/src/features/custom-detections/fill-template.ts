import { columnValue } from '@cordon/entities'
import { cellText, type QueryRow } from './row-values.ts'

const longestValue = 200

/**
 * Puts values of a row in place of `{{Column}}`. What comes in is not looked at again, keeps no line breaks or other
 * control characters, and is cut: whoever writes the events must not be able to write the alert.
 */
export function fillTemplate(template: string, row: QueryRow): string {
  return template.replaceAll(/\{\{\s*([^{}]{1,200}?)\s*\}\}/g, (_whole, name: string) => {
    const value = columnValue(row, name)
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : cellText(value)
    const plain = text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim()
    if (plain === '') return '–'
    return plain.length > longestValue ? `${plain.slice(0, longestValue).toWellFormed()}…` : plain
  })
}
