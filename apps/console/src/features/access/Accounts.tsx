import type { Output } from '@cordon/contract'
import { type Role, permissions, roles } from '@cordon/rbac'
import {
  Badge,
  Button,
  CheckField,
  type Column,
  DataTable,
  Dialog,
  Inert,
  SelectField,
  Skeleton,
  TextField,
  Time,
  toast,
} from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Lock, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { problemOf, q, useApi } from '../../api/query.ts'
import { AccessList } from './AccessList.tsx'
import { draftOf, ScopeCell, ScopeFields, scopeOfDraft } from './ScopeFields.tsx'
import { type SortedBy, useSorted } from '../../lists/useSorted.ts'
import { Problem } from '../../signs/Problem.tsx'

type Account = Output<'accountList'>['items'][number]

const columns: Column<Account>[] = [
  {
    id: 'name',
    header: 'User name',
    sortKey: 'name',
    width: 180,
    grow: true,
    cell: (a) => (
      <span className="font-medium">
        <Inert value={a.name} max={80} />
      </span>
    ),
  },
  { id: 'displayName', header: 'Name', width: 180, cell: (a) => <Inert value={a.displayName || '–'} max={80} /> },
  { id: 'role', header: 'Role', width: 130, sortKey: 'role', cell: (a) => roles[a.role].label },
  { id: 'scope', header: 'Limited to', width: 240, cell: (a) => <ScopeCell scope={a.scope} /> },
  {
    id: 'state',
    header: 'State',
    sortKey: 'state',
    width: 110,
    cell: (a) =>
      a.locked ? (
        <Badge tone="caution" icon={<Lock aria-hidden />}>
          Locked
        </Badge>
      ) : (
        'Active'
      ),
  },
  {
    id: 'lastSignInAt',
    header: 'Last sign-in',
    sortKey: 'lastSignInAt',
    width: 150,
    cell: (a) => <Time value={a.lastSignInAt} fallback="Never" />,
  },
  { id: 'createdAt', header: 'Created', width: 150, sortKey: 'createdAt', cell: (a) => <Time value={a.createdAt} /> },
]

const sortedBy: SortedBy<Account> = {
  name: (a) => a.name,
  role: (a) => roles[a.role].label,
  state: (a) => (a.locked ? 'locked' : 'active'),
  lastSignInAt: (a) => a.lastSignInAt ?? '',
  createdAt: (a) => a.createdAt,
}

/** Local accounts: add, change role or password, lock. */
export function Accounts() {
  const { data, error, refetch } = useQuery(q('accountList', {}))
  const [editing, setEditing] = useState<Account | 'new' | null>(null)
  const table = useSorted(data?.items ?? [], sortedBy, { key: 'name', dir: 'asc' })
  if (!data) return error ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton />
  return (
    <>
      <AccessList
        note="Local accounts of this installation."
        add="Add account"
        icon={<UserPlus className="size-3.5" aria-hidden />}
        onAdd={() => setEditing('new')}
      >
        <DataTable
          label="Accounts"
          {...table}
          columns={columns}
          rowKey={(a) => a.name}
          rowName={(a) => a.name}
          onOpen={(a) => setEditing(a)}
        />
      </AccessList>
      {editing && <AccountDialog account={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </>
  )
}

function AccountDialog({ account, onClose }: { account: Account | null; onClose: () => void }) {
  const [name, setName] = useState(account?.name ?? '')
  const [displayName, setDisplayName] = useState(account?.displayName ?? '')
  const [role, setRole] = useState<Role>(account?.role ?? 'viewer')
  const [limit, setLimit] = useState(() => draftOf(account?.scope ?? null))
  const [password, setPassword] = useState('')
  const [locked, setLocked] = useState(account?.locked ?? false)
  const create = useApi('accountCreate')
  const update = useApi('accountUpdate')
  const call = account ? update : create
  const fields = problemOf(call.error).fields
  const done = { onSuccess: () => (toast({ title: account ? 'Account changed' : 'Account added' }), onClose()) }
  const scope = role === 'administrator' ? null : scopeOfDraft(limit)
  const save = () =>
    account
      ? update.mutate(
          {
            params: { name: account.name },
            body: { role, scope, locked, displayName, ...(password ? { password } : {}) },
          },
          done,
        )
      : create.mutate({ body: { name, displayName, role, scope, password } }, done)
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title={account ? `Account ${account.name}` : 'Add account'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={call.isPending || (!account && (name === '' || password === ''))}
            onClick={save}
          >
            {call.isPending ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        {!account && (
          <TextField
            label="User name"
            help="Lower-case letters, digits, dot, dash and underscore."
            value={name}
            error={fields.name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="off"
          />
        )}
        <TextField
          label="Name"
          value={displayName}
          error={fields.displayName}
          onChange={(event) => setDisplayName(event.target.value)}
          autoComplete="off"
        />
        <SelectField
          label="Role"
          value={role}
          help={roles[role].permissions.map((p) => permissions[p]).join(', ')}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {Object.entries(roles).map(([id, r]) => (
            <option key={id} value={id}>
              {r.label}
            </option>
          ))}
        </SelectField>
        <ScopeFields role={role} draft={limit} onChange={setLimit} />
        <TextField
          label={account ? 'New password' : 'Password'}
          type="password"
          autoComplete="new-password"
          help={account ? 'Leave empty to keep the present one. At least 12 characters.' : 'At least 12 characters.'}
          value={password}
          error={fields.password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {account && (
          <CheckField
            label="Locked"
            help="Ends its sessions and refuses sign-in."
            checked={locked}
            onChange={(event) => setLocked(event.target.checked)}
          />
        )}
        {call.isError && <Problem error={call.error} compact what="Not saved" />}
      </div>
    </Dialog>
  )
}
