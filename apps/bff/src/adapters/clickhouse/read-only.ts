const quoted = /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`\\]|\\[\s\S]|``)*`/g

/**
 * Whether a statement would write a file by INTO OUTFILE, which the engine does even when read-only. The word within
 * quotes is harmless. Beside comments and heredocs, where a quote character may mean nothing, it counts as the clause:
 * up to the first of them the quotes are read as the engine reads them, so it stays visible in what remains.
 */
export function writesFile(sql: string): boolean {
  if (!/outfile/i.test(sql)) return false
  return /outfile|\/\*|--|#|\$/i.test(sql.replace(quoted, ' '))
}
