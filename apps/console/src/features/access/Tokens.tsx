import type { Output } from '@cordon/contract'
import { type Role, roles } from '@cordon/rbac'
import {
  Button,
  type Column,
  ConfirmDialog,
  CopyButton,
  DataTable,
  Dialog,
  Empty,
  Inert,
  Notice,
  SelectField,
  Skeleton,
  TextField,
  Time,
  toast,
} from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { problemOf, q, useApi } from '../../api/query.ts'
import { AccessList } from './AccessList.tsx'
import { draftOf, ScopeCell, ScopeFields, scopeOfDraft } from './ScopeFields.tsx'
import { type SortedBy, useSorted } from '../../lists/useSorted.ts'
import { Problem } from '../../signs/Problem.tsx'

type Token = Output<'tokenList'>['items'][number]

const sortedBy: SortedBy<Token> = {
  name: (t) => t.name,
  kind: (t) => t.kind,
  createdAt: (t) => t.createdAt,
  // Those without an end last.
  expiresAt: (t) => (t.expiresAt ? Date.parse(t.expiresAt) : Infinity),
  lastUsedAt: (t) => t.lastUsedAt ?? '',
}

/** API and ingest tokens: make, show once, revoke. */
export function Tokens() {
  const { data, error, refetch } = useQuery(q('tokenList', {}))
  const [dialog, setDialog] = useState<'new' | Token | null>(null)
  const table = useSorted(data?.items ?? [], sortedBy, { key: 'createdAt', dir: 'desc' })
  if (!data) return error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton />
  const columns = tokenColumns(setDialog)
  return (
    <>
      <AccessList
        note="Bearer tokens for automation and for sources that send events."
        add="Make token"
        icon={<Plus className="size-3.5" aria-hidden />}
        onAdd={() => setDialog('new')}
      >
        <DataTable
          label="Tokens"
          {...table}
          columns={columns}
          rowKey={(t) => t.id}
          rowName={(t) => t.name}
          placeholder={
            <Empty icon={<KeyRound aria-hidden />} title="No tokens">
              Make one for a script that calls the API, or for a cluster that sends its events.
            </Empty>
          }
        />
      </AccessList>
      {dialog === 'new' && <NewToken onClose={() => setDialog(null)} />}
      {dialog && dialog !== 'new' && <Revoke token={dialog} onClose={() => setDialog(null)} />}
    </>
  )
}

function tokenColumns(onRevoke: (token: Token) => void): Column<Token>[] {
  return [
    {
      id: 'name',
      header: 'Token',
      sortKey: 'name',
      width: 200,
      grow: true,
      cell: (t) => (
        <span className="font-medium">
          <Inert value={t.name} max={100} />
        </span>
      ),
    },
    { id: 'kind', header: 'Kind', width: 90, sortKey: 'kind', cell: (t) => (t.kind === 'api' ? 'API' : 'Ingest') },
    {
      id: 'may',
      header: 'May',
      width: 190,
      cell: (t) =>
        t.role ? (
          <>
            Act as {roles[t.role].label}
            {t.scope && (
              <>
                , <ScopeCell scope={t.scope} />
              </>
            )}
          </>
        ) : (
          <>
            Send for <Inert value={t.cluster ?? 'any cluster'} max={60} />
          </>
        ),
    },
    { id: 'createdBy', header: 'Created by', width: 120, cell: (t) => <Inert value={t.createdBy} max={60} /> },
    { id: 'createdAt', header: 'Created', width: 148, sortKey: 'createdAt', cell: (t) => <Time value={t.createdAt} /> },
    {
      id: 'expiresAt',
      header: 'Expires',
      width: 148,
      sortKey: 'expiresAt',
      cell: (t) => <Time value={t.expiresAt} fallback="Never" />,
    },
    {
      id: 'lastUsedAt',
      header: 'Last used',
      width: 148,
      sortKey: 'lastUsedAt',
      cell: (t) => <Time value={t.lastUsedAt} fallback="Never" />,
    },
    {
      id: 'revoke',
      header: 'Revoke',
      width: 96,
      cell: (t) => (
        <Button size="sm" onClick={() => onRevoke(t)} aria-label={`Revoke ${t.name}`}>
          Revoke
        </Button>
      ),
    },
  ]
}

function NewToken({ onClose }: { onClose: () => void }) {
  const [kind, setKind] = useState<Token['kind']>('api')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [limit, setLimit] = useState(() => draftOf(null))
  const [cluster, setCluster] = useState('')
  const [days, setDays] = useState('90')
  const create = useApi('tokenCreate')
  const clusters = useQuery(q('clusterList', {}))
  const fields = problemOf(create.error).fields
  const made = create.data
  return (
    <Dialog
      open
      sticky={Boolean(made)}
      onClose={onClose}
      width="sm"
      title={made ? 'Token made' : 'Make token'}
      footer={
        made ? (
          <Button look="primary" onClick={onClose}>
            I have copied it
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              look="primary"
              disabled={name === '' || create.isPending || (kind === 'ingest' && cluster === '')}
              onClick={() =>
                create.mutate({
                  body: {
                    kind,
                    name,
                    ...(kind === 'api'
                      ? { role, scope: role === 'administrator' ? null : scopeOfDraft(limit) }
                      : { cluster }),
                    ...(days ? { expiresInDays: Number(days) } : {}),
                  },
                })
              }
            >
              {create.isPending ? 'Making…' : 'Make token'}
            </Button>
          </>
        )
      }
    >
      {made ? (
        <div className="flex flex-col gap-3 p-5">
          <Notice kind="warning" icon={<TriangleAlert aria-hidden />}>
            Copy it now. It is shown once and stored as a hash only.
          </Notice>
          <p className="flex items-center rounded-md border border-line bg-canvas px-3 py-2">
            <code className="min-w-0 flex-1 font-mono text-sm break-all">{made.secret}</code>
            <CopyButton text={made.secret} label="Copy token" />
          </p>
        </div>
      ) : (
        <div className="flex flex-col gap-4 p-5">
          <TextField
            label="Name"
            help="What it is for."
            value={name}
            maxLength={100}
            error={fields.name}
            onChange={(event) => setName(event.target.value)}
          />
          <SelectField label="Kind" value={kind} onChange={(event) => setKind(event.target.value as Token['kind'])}>
            <option value="api">API: acts with a role</option>
            <option value="ingest">Ingest: sends events of one cluster</option>
          </SelectField>
          {kind === 'api' ? (
            <>
              <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
                {Object.entries(roles).map(([id, r]) => (
                  <option key={id} value={id}>
                    {r.label}
                  </option>
                ))}
              </SelectField>
              <ScopeFields role={role} draft={limit} onChange={setLimit} />
            </>
          ) : (
            <>
              <TextField
                label="Cluster"
                list="token-clusters"
                help="The name events are stored under."
                value={cluster}
                error={fields.cluster}
                onChange={(event) => setCluster(event.target.value)}
              />
              <datalist id="token-clusters">
                {clusters.data?.items.map((c) => (
                  <option key={c.name} value={c.name}>
                    {c.name}
                  </option>
                ))}
              </datalist>
            </>
          )}
          <TextField
            label="Expires in days"
            type="number"
            min={1}
            max={3650}
            help="Leave empty for no expiry."
            value={days}
            error={fields.expiresInDays}
            onChange={(event) => setDays(event.target.value)}
          />
          {create.isError && <Problem error={create.error} compact what="Not made" />}
        </div>
      )}
    </Dialog>
  )
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useApi('tokenDelete')
  return (
    <ConfirmDialog
      title="Revoke token"
      confirm="Revoke"
      isPending={revoke.isPending}
      onConfirm={() =>
        revoke.mutate({ params: { id: token.id } }, { onSuccess: () => (toast({ title: 'Token revoked' }), onClose()) })
      }
      onClose={onClose}
    >
      <p>
        What uses{' '}
        <strong>
          <Inert value={token.name} max={100} />
        </strong>{' '}
        is refused from now on. This can’t be undone.
      </p>
      {revoke.isError && <Problem error={revoke.error} compact what="Not revoked" />}
    </ConfirmDialog>
  )
}
