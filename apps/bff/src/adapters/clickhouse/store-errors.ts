import { EventStoreError, type EventStoreCode } from './event-store.ts'

// Numbers by ClickHouse's ErrorCodes.cpp.
const byNumber: Record<string, EventStoreCode> = {
  '159': 'timeout',
  '160': 'timeout',
  '394': 'cancelled',
  '734': 'cancelled',
  '241': 'limit',
  '158': 'limit',
  '307': 'limit',
  '396': 'limit',
  '243': 'full',
  '202': 'unavailable',
  '210': 'unavailable',
  '279': 'unavailable',
}
// Statements that are wrong, and values and sizes that a function can't take.
const invalid = new Set([
  '6',
  '27',
  '36',
  '38',
  '41',
  '42',
  '43',
  '44',
  '46',
  '47',
  '48',
  '53',
  '60',
  '62',
  '69',
  '70',
  '72',
  '117',
  '128',
  '131',
  '153',
  '162',
  '164',
  '167',
  '168',
  '179',
  '184',
  '190',
  '306',
  '321',
  '376',
  '386',
  '407',
  '427',
  '456',
  '457',
  '497',
  '675',
  '676',
])
/** FUNCTION_THROW_IF_VALUE_IS_NON_ZERO: a limit or a condition in the statement. */
const raised = '395'
const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
])

/** Any failure of the client as `EventStoreError`. */
export function storeError(error: unknown, signal?: AbortSignal): EventStoreError {
  if (error instanceof EventStoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  if (signal?.aborted === true) return new EventStoreError('cancelled', 'The query was cancelled', { cause: error })
  // What the query itself raises may hold any words.
  if (code === raised) return new EventStoreError('invalid', message.slice(0, 2_000), { cause: error })
  if (isFull(message))
    return new EventStoreError('full', 'The event store has no space left on its disk', { cause: error })
  if (network.has(code) || /socket hang up|Timeout error|connection/i.test(message)) {
    return new EventStoreError('unavailable', `The event store does not answer (${code || message.slice(0, 100)})`, {
      cause: error,
    })
  }
  const kind = byNumber[code] ?? (invalid.has(code) ? 'invalid' : 'internal')
  return new EventStoreError(kind, message.slice(0, 2_000), { cause: error })
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' || typeof code === 'number' ? String(code) : ''
}

// CANNOT_WRITE_TO_FILE_DESCRIPTOR and friends carry the errno as text.
function isFull(message: string): boolean {
  return /No space left on device|errno: 28\b|NOT_ENOUGH_SPACE|Cannot reserve .*not enough space|Disk quota exceeded|errno: 122\b/i.test(
    message,
  )
}
