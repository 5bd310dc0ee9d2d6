import { clip } from '../bounds.ts'
import type { DnsEvent } from '../event.ts'
import { compact, listAt, textAt, wholeAt, type Members } from '../reading.ts'

// RFC 1035 allows 255 octets; what is longer came from no resolver, and is shown cut.
const longestName = 255
const mostAnswers = 50

// Numbers and names of the IANA registry "Domain Name System (DNS) Parameters".
const types: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
  257: 'CAA',
}
const codes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
]

type DnsFacts = Pick<
  DnsEvent,
  'query' | 'queryType' | 'subType' | 'responseCode' | 'durationMs' | 'transactionId' | 'answers' | 'server'
>

/** What a sensor said of a DNS message, in our words; the name as it was asked for. */
export interface SentDns {
  query: string
  /** Name or number. */
  queryType?: unknown
  isResponse: boolean
  /** Name or number. */
  responseCode?: unknown
  more?: Partial<DnsFacts>
}

export function dnsFacts({ query, queryType, isResponse, responseCode, more = {} }: SentDns): DnsFacts {
  return compact({
    query: clip(withoutDot(query), longestName),
    queryType: nameOf(queryType, (number) => types[number] ?? `TYPE${number}`),
    subType: isResponse ? ('response' as const) : ('request' as const),
    responseCode: isResponse ? nameOf(responseCode, (number) => codes[number] ?? `RCODE${number}`) : undefined,
    ...more,
  })
}

/** `dns` of Cordon's own schema; undefined without a name. */
export function ownDns(sent: Members | undefined): DnsFacts | undefined {
  const query = textAt(sent, 'query')
  if (sent === undefined || query === undefined) return undefined
  return dnsFacts({
    query,
    queryType: sent['queryType'],
    isResponse: textAt(sent, 'kind') === 'response' || sent['responseCode'] !== undefined,
    responseCode: sent['responseCode'],
    more: compact({
      durationMs: wholeAt(sent, 'durationMs'),
      transactionId: wholeAt(sent, 'transactionId'),
      answers: answersAt(sent, 'answers'),
      server: serverOf(textAt(sent, 'server')),
    }),
  })
}

/** Texts of a list of answers; undefined where there are none. */
export function answersAt(sent: Members | undefined, name: string): string[] | undefined {
  const answers = listAt(sent, name).filter((one) => typeof one === 'string')
  return answers.length === 0 ? undefined : answers.slice(0, mostAnswers).map((one) => clip(one, longestName))
}

function serverOf(server: string | undefined): string | undefined {
  return server === undefined ? undefined : clip(server, 64)
}

function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
}

function nameOf(value: unknown, byNumber: (number: number) => string): string | undefined {
  const number = typeof value === 'number' ? value : /^\d{1,5}$/.test(String(value)) ? Number(value) : undefined
  if (number !== undefined) return Number.isInteger(number) && number >= 0 ? byNumber(number) : undefined
  return typeof value === 'string' && value !== '' ? clip(value.toUpperCase(), 32) : undefined
}
