import type { Process, Program } from '../kernel/process.ts'
import { openPath } from '../kernel/open-path.ts'
import { unescape } from '../shell/parse-word.ts'
import { allText, fail, inputs, linesOf, parseFlags } from './program-input.ts'
import { echoText, formatPrintf } from './print-text.ts'

async function cat(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  let status = 0
  let line = 1
  for await (const input of inputs(process, operands, (code) => (status = code))) {
    if (!flags.has('n')) for await (const chunk of input.chunks) await process.out(chunk)
    else
      for await (const text of linesOf(process, input.chunks))
        await process.out(`${String(line++).padStart(6)}\t${text}\n`)
  }
  return status
}

async function head(process: Process): Promise<number> {
  const args = process.args.slice(1).flatMap((word) => (/^-\d+$/.test(word) ? ['-n', word.slice(1)] : [word]))
  const { values, operands } = parseFlags(args, 'nc')
  let status = 0
  for await (const input of inputs(process, operands, (code) => (status = code))) {
    if (operands.length > 1) await process.out(`==> ${input.name} <==\n`)
    let bytes = Number(values.get('c') ?? Infinity)
    let lines = values.has('c') ? Infinity : Number(values.get('n') ?? 10)
    if (Number.isNaN(bytes) || Number.isNaN(lines)) return fail(process, 'invalid number of lines')
    for await (const chunk of input.chunks) {
      let text = chunk.slice(0, bytes)
      bytes -= text.length
      if (lines !== Infinity) {
        const parts = text.split('\n')
        if (parts.length > lines) text = `${parts.slice(0, lines).join('\n')}${lines > 0 ? '\n' : ''}`
        lines -= parts.length - 1
      }
      await process.out(text)
      if (bytes <= 0 || lines <= 0) break
    }
  }
  return status
}

async function tail(process: Process): Promise<number> {
  const args = process.args.slice(1).flatMap((word) => (/^-\d+$/.test(word) ? ['-n', word.slice(1)] : [word]))
  const { flags, values, operands } = parseFlags(args, 'nc')
  let status = 0
  const text = await allText(process, operands, (code) => (status = code))
  if (values.has('c')) await process.out(text.slice(-Number(values.get('c'))))
  else {
    const lines = text.split('\n')
    const closed = lines.at(-1) === '' ? lines.slice(0, -1) : lines
    const count = values.get('n') ?? '10'
    const chosen = count.startsWith('+')
      ? closed.slice(Number(count) - 1)
      : closed.slice(-Number(count) || closed.length)
    await process.out(chosen.map((line) => `${line}\n`).join(''))
  }
  if (flags.has('f') || flags.has('F')) for (;;) await process.sleep(60_000)
  return status
}

async function wc(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  let status = 0
  for await (const input of inputs(process, operands, (code) => (status = code))) {
    let [lines, words, bytes, inWord] = [0, 0, 0, false] as [number, number, number, boolean]
    for await (const chunk of input.chunks) {
      bytes += chunk.length
      for (const char of chunk) {
        if (char === '\n') lines++
        const blank = char === ' ' || char === '\n' || char === '\t'
        if (!blank && !inWord) words++
        inWord = !blank
      }
    }
    const all = !['l', 'w', 'c', 'm'].some((flag) => flags.has(flag))
    const counts = [
      [lines, 'l'],
      [words, 'w'],
      [bytes, 'c'],
    ] as const
    const shown = counts
      .filter(([, flag]) => all || flags.has(flag) || (flag === 'c' && flags.has('m')))
      .map(([count]) => String(count))
    const columns = shown.length > 1 ? shown.map((text) => text.padStart(7)).join(' ') : shown.join('')
    await process.out(`${columns}${operands.length > 0 ? ` ${input.name}` : ''}\n`)
  }
  return status
}

async function sortLines(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(process.args.slice(1), 'kto')
  const text = await allText(process, operands)
  let lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const field = Number.parseInt(values.get('k') ?? '0', 10)
  const separator = values.get('t') ?? /\s+/
  const key = (line: string) => (field > 0 ? (line.split(separator)[field - 1] ?? '') : line)
  const compare =
    flags.has('n') || values.get('k')?.includes('n')
      ? (a: string, b: string) => (Number.parseFloat(key(a)) || 0) - (Number.parseFloat(key(b)) || 0)
      : (a: string, b: string) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
  process.budget.spend('steps', lines.length)
  lines.sort(compare)
  if (flags.has('r')) lines.reverse()
  if (flags.has('u')) lines = lines.filter((line, index) => index === 0 || key(line) !== key(lines[index - 1]!))
  await process.out(lines.map((line) => `${line}\n`).join(''))
  return 0
}

async function uniq(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  let previous: string | undefined
  let count = 0
  const flush = async () => {
    if (previous === undefined || (flags.has('d') && count < 2) || (flags.has('u') && count > 1)) return
    await process.out(flags.has('c') ? `${String(count).padStart(7)} ${previous}\n` : `${previous}\n`)
  }
  for await (const input of inputs(process, operands.slice(0, 1))) {
    for await (const line of linesOf(process, input.chunks)) {
      if (line === previous) count++
      else {
        await flush()
        previous = line
        count = 1
      }
    }
  }
  await flush()
  return 0
}

function characterSet(text: string): string[] {
  const named: Record<string, string> = {
    upper: 'A-Z',
    lower: 'a-z',
    digit: '0-9',
    alpha: 'A-Za-z',
    alnum: 'A-Za-z0-9',
    space: ' \\t\\n\\r',
    blank: ' \\t',
  }
  const plain = unescape(text.replace(/\[:(\w+):\]/g, (whole, name: string) => named[name] ?? whole))
  const set: string[] = []
  for (let at = 0; at < plain.length; at++) {
    if (plain[at + 1] === '-' && at + 2 < plain.length) {
      for (let code = plain.charCodeAt(at); code <= plain.charCodeAt(at + 2) && set.length < 512; code++)
        set.push(String.fromCharCode(code))
      at += 2
    } else set.push(plain[at]!)
  }
  return set
}

async function tr(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  if (operands[0] === undefined) return fail(process, 'missing operand')
  const from = characterSet(operands[0])
  const to = characterSet(operands[1] ?? '')
  const complement = flags.has('c') || flags.has('C')
  const map = new Map(from.map((char, index) => [char, to[Math.min(index, to.length - 1)] ?? char]))
  const isIn = (char: string) => map.has(char) !== complement
  let last = ''
  for await (const input of inputs(process, [])) {
    for await (const chunk of input.chunks) {
      let result = ''
      for (const char of chunk) {
        if (flags.has('d') && isIn(char)) continue
        const mapped =
          flags.has('d') || !isIn(char) || to.length === 0 ? char : complement ? to.at(-1)! : map.get(char)!
        if (flags.has('s') && mapped === last && (to.length > 0 ? to.includes(mapped) : isIn(char))) continue
        result += mapped
        last = mapped
      }
      await process.out(result)
    }
  }
  return 0
}

async function cut(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(process.args.slice(1), 'dfcb')
  const list = values.get('f') ?? values.get('c') ?? values.get('b')
  if (list === undefined) return fail(process, 'you must specify a list of bytes, characters, or fields')
  const ranges = list.split(',').map((part) => {
    const [from = '', to] = part.split('-')
    return { from: Number(from || 1), to: part.includes('-') ? Number(to || Infinity) : Number(from) }
  })
  const chosen = (index: number) => ranges.some(({ from, to }) => index >= from && index <= to)
  const delimiter = values.get('d') ?? '\t'
  for await (const input of inputs(process, operands)) {
    for await (const line of linesOf(process, input.chunks)) {
      if (!values.has('f')) await process.out(`${[...line].filter((_, index) => chosen(index + 1)).join('')}\n`)
      else if (line.includes(delimiter))
        await process.out(
          `${line
            .split(delimiter)
            .filter((_, index) => chosen(index + 1))
            .join(delimiter)}\n`,
        )
      else if (!flags.has('s')) await process.out(`${line}\n`)
    }
  }
  return 0
}

async function base64(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(process.args.slice(1), 'w')
  const text = await allText(process, operands)
  if (flags.has('d') || flags.has('D') || flags.has('decode')) {
    const clean = text.replace(/\s+/g, '')
    const valid = /^[A-Za-z0-9+/]*={0,2}$/.exec(clean) !== null
    await process.out(Buffer.from(clean, 'base64').toString('latin1'))
    return valid ? 0 : fail(process, 'invalid input')
  }
  const width = Number(values.get('w') ?? values.get('wrap') ?? 76)
  const encoded = Buffer.from(text, 'latin1').toString('base64')
  const lines = width > 0 ? (encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? []) : [encoded]
  await process.out(lines.join('\n') + (width > 0 ? '\n' : ''))
  return 0
}

async function tee(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  let status = 0
  const files = []
  for (const name of operands) {
    try {
      files.push(await openPath(process, name, flags.has('a') ? 'append' : 'write'))
    } catch (error) {
      status = await fail(process, `${name}: ${error instanceof Error ? error.message : ''}`)
    }
  }
  for await (const input of inputs(process, [])) {
    for await (const chunk of input.chunks) {
      await process.out(chunk)
      for (const file of files) await file.write(chunk, process.signal)
    }
  }
  return status
}

async function yes(process: Process): Promise<number> {
  const text = `${process.args.slice(1).join(' ') || 'y'}\n`
  const block = text.repeat(Math.max(1, Math.floor(4096 / text.length)))
  for (;;) {
    await process.out(block)
    await process.tick()
  }
}

async function seq(process: Process): Promise<number> {
  const numbers = process.args
    .slice(1)
    .filter((word) => !/^-[a-z]/.test(word))
    .map(Number)
  if (numbers.length === 0 || numbers.some(Number.isNaN)) return fail(process, 'invalid floating point argument')
  const [first, step, end] =
    numbers.length === 1
      ? [1, 1, numbers[0]!]
      : numbers.length === 2
        ? [numbers[0]!, 1, numbers[1]!]
        : [numbers[0]!, numbers[1]!, numbers[2]!]
  if (step === 0) return fail(process, 'invalid Zero increment value')
  for (let value = first; step > 0 ? value <= end : value >= end; value += step) {
    await process.out(`${value}\n`)
    await process.tick()
  }
  return 0
}

async function strings(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1), 'n')
  const text = await allText(process, operands)
  for (const [run] of text.matchAll(/[\x20-\x7e]{4,4096}/g)) await process.out(`${run}\n`)
  return 0
}

async function rev(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1))
  for await (const input of inputs(process, operands))
    for await (const line of linesOf(process, input.chunks)) await process.out(`${[...line].toReversed().join('')}\n`)
  return 0
}

export const textPrograms: [string, Program][] = [
  ['cat', cat],
  ['head', head],
  ['tail', tail],
  ['wc', wc],
  ['sort', sortLines],
  ['uniq', uniq],
  ['tr', tr],
  ['cut', cut],
  ['base64', base64],
  ['tee', tee],
  ['yes', yes],
  ['seq', seq],
  ['strings', strings],
  ['rev', rev],
  ['echo', async (process) => (await process.out(echoText(process.args.slice(1), false)), 0)],
  ['printf', async (process) => (await process.out(formatPrintf(process.args.slice(1))), 0)],
]
