import { auditEvent, processEvent } from '../hunting-store.ts'
import type { TelemetryEvent } from '@cordon/telemetry'
import { day, literal, words } from './expressions.ts'
import type { Random } from './random.ts'
import type { Column, Relation, Row, Value } from './relation.ts'

/** A table of the made world: how a query begins with it, and the rows that it then has. */
export interface Source {
  table: string
  /** The operator that leaves the columns the reference knows. */
  narrowed: string
  relation: Relation
}

export interface World {
  events: TelemetryEvent[]
  sources: Source[]
}

const accounts = ['', 'root', 'Root', 'www-data', "o'br\\ien"]
const namespaces = ['shop', 'kube-system', 'Shop', '']

/** Three tables of a few dozen rows: process events, audit events, and a table written into the query. */
export function madeWorld(random: Random): World {
  const processes = Array.from({ length: 60 }, (_, i) => madeProcess(random, i))
  const audits = Array.from({ length: 40 }, (_, i) => madeAudit(random, i))
  return {
    events: [...processes.map((each) => each.event), ...audits.map((each) => each.event)],
    sources: [
      {
        table: 'CloudProcessEvents',
        narrowed:
          'project Timestamp, KubernetesNamespace, KubernetesPodName, ProcessName, ProcessCommandLine, AccountName, ProcessId',
        relation: {
          columns: columns({
            Timestamp: 'datetime',
            KubernetesNamespace: 'string',
            KubernetesPodName: 'string',
            ProcessName: 'string',
            ProcessCommandLine: 'string',
            AccountName: 'string',
            ProcessId: 'long',
          }),
          rows: processes.map((each) => each.row),
          ordered: false,
          unique: 'ProcessId',
        },
      },
      {
        table: 'CloudAuditEvents',
        narrowed:
          'project AuditTime = Timestamp, Id = tostring(RawEventData.AuditID), KubernetesNamespace = tostring(RawEventData.ObjectRef.namespace), Resource = tostring(RawEventData.ObjectRef.resource), AccountName = tostring(RawEventData.User.username), Code = tolong(RawEventData.ResponseStatus.code), Words = RawEventData.RequestObject.words',
        relation: {
          columns: columns({
            AuditTime: 'datetime',
            Id: 'string',
            KubernetesNamespace: 'string',
            Resource: 'string',
            AccountName: 'string',
            Code: 'long',
            Words: 'dynamic',
          }),
          rows: audits.map((each) => each.row),
          ordered: false,
          unique: 'Id',
        },
      },
      writtenTable(random),
    ],
  }
}

function columns(types: Record<string, Column['type']>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }))
}

function madeProcess(random: Random, index: number): { event: TelemetryEvent; row: Row } {
  const time = day + random.whole(0, 48 * 4) * 900_000
  const [namespace, pod] = [random.one(namespaces), `web-${random.whole(0, 5)}`]
  const name = random.one(words.texts)
  const commandLine = Array.from({ length: random.whole(1, 4) }, () =>
    random.one([...words.texts, ...words.terms]),
  ).join(random.one([' ', '/', ':', '']))
  const account = random.one(accounts)
  const event = processEvent(`p${index}`, 'made', commandLine, time)
  if (event.type !== 'process') throw new Error('A process event was asked for')
  return {
    event: {
      ...event,
      process: { ...event.process, pid: index, name, commandLine, ...(account ? { user: account } : {}) },
      pod: { namespace, name: pod },
    },
    row: {
      Timestamp: time,
      KubernetesNamespace: namespace,
      KubernetesPodName: pod,
      ProcessName: name,
      ProcessCommandLine: commandLine,
      AccountName: account,
      ProcessId: index,
    },
  }
}

function madeAudit(random: Random, index: number): { event: TelemetryEvent; row: Row } {
  const time = day + random.whole(0, 48) * 3_600_000
  const namespace = random.one(namespaces)
  const resource = random.one(['pods', 'secrets', 'services'])
  const account = random.one(accounts)
  const code = random.chance(0.2) ? undefined : random.one([200, 201, 403, 404])
  const list = random.chance(0.3)
    ? undefined
    : Array.from({ length: random.whole(0, 3) }, () => random.one(words.texts))
  const event = auditEvent(
    `id-${index}`,
    'made',
    {
      verb: 'create',
      objectRef: { resource, ...(namespace ? { namespace } : {}) },
      user: account ? { username: account } : {},
      ...(code === undefined ? {} : { responseStatus: { code } }),
      ...(list ? { requestObject: { words: list } } : {}),
    },
    time,
  )
  return {
    event,
    row: {
      AuditTime: time,
      Id: `id-${index}`,
      KubernetesNamespace: namespace,
      Resource: resource,
      AccountName: account,
      Code: code ?? null,
      Words: list ?? null,
    },
  }
}

function writtenTable(random: Random): Source {
  const rows = Array.from({ length: 12 }, (): Row => {
    const tags: Value = random.chance(0.2) ? null : random.one([[], ['a'], ['a', 'b'], ['sh', "o'x"]])
    return {
      KubernetesNamespace: random.one(namespaces),
      Score: random.chance(0.2) ? null : random.whole(0, 12),
      Tags: tags,
      At: random.chance(0.2) ? null : day + random.whole(0, 47) * 3_600_000,
    }
  })
  const cells = rows.map(({ KubernetesNamespace: namespace, Score: score, Tags: tags, At: at }) =>
    [
      literal(namespace ?? ''),
      literal(score ?? null),
      tags ? `dynamic(${JSON.stringify(tags)})` : 'dynamic(null)',
      at === null ? 'datetime(null)' : `datetime(${new Date(Number(at)).toISOString()})`,
    ].join(', '),
  )
  return {
    table: `datatable(KubernetesNamespace: string, Score: long, Tags: dynamic, At: datetime)[${cells.join(', ')}]`,
    narrowed: 'project KubernetesNamespace, Score, Tags, At',
    relation: {
      columns: columns({ KubernetesNamespace: 'string', Score: 'long', Tags: 'dynamic', At: 'datetime' }),
      rows,
      ordered: false,
      unique: undefined,
    },
  }
}
