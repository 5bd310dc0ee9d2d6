import { Button, TextField } from '@cordon/ui'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { Mark } from '../app/shell/Mark.tsx'
import { Starting } from '../app/shell/Starting.tsx'
import { Unreachable } from '../app/shell/Unreachable.tsx'
import { clearExpired } from '../api/expiry.ts'
import { problemOf, q, useApi } from '../api/query.ts'
import { useSession } from '../api/session.ts'
import { Problem } from '../signs/Problem.tsx'

export function Component() {
  const session = useSession()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useApi('sessionCreate')
  const nameBox = useRef<HTMLInputElement>(null)
  const isReady = session.data !== undefined
  useEffect(() => {
    if (isReady) nameBox.current?.focus()
  }, [isReady])
  // Only addresses of this console: a link must not lead elsewhere after sign-in.
  const next = params.get('next') ?? ''
  const target = /^\/(?![/\\])/.test(next) ? next : paths.incidents
  if (session.isPending) return <Starting />
  if (!session.data) return <Unreachable error={session.error} onRetry={() => void session.refetch()} />
  if (session.data.user) return <Navigate to={target} replace />
  const wrong = problemOf(signIn.error).status === 401
  return (
    <main className="flex min-h-full items-center justify-center bg-canvas p-6">
      <title>Sign in · Cordon</title>
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-3">
          <Mark className="size-10" />
          <div>
            <h1 className="text-xl font-semibold tracking-tight">Cordon</h1>
            <p className="text-sm text-muted">Console for container threats</p>
          </div>
        </div>
        <form
          className="flex flex-col gap-4 rounded-xl border border-line bg-panel p-6 shadow-pop"
          onSubmit={(event) => {
            event.preventDefault()
            signIn.mutate(
              { body: { name: name.trim(), password } },
              {
                onSuccess: (answer) => {
                  client.setQueryData(q('sessionGet', {}).queryKey, answer)
                  clearExpired()
                  void navigate(target, { replace: true })
                },
              },
            )
          }}
        >
          <TextField
            label="User name"
            name="username"
            autoComplete="username"
            ref={nameBox}
            required
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            error={wrong ? 'The user name or the password is wrong.' : null}
          />
          {signIn.isError && !wrong && <Problem error={signIn.error} compact />}
          <Button type="submit" look="primary" disabled={signIn.isPending}>
            {signIn.isPending ? 'Signing in…' : 'Sign in'}
          </Button>
        </form>
        {session.data.lab && session.data.labAccounts.length > 0 && (
          <div className="mt-4 rounded-lg border border-line px-4 py-3 text-sm">
            <p className="text-muted">
              This installation runs the embedded lab. Its accounts share the password printed when Cordon started:
            </p>
            <p className="mt-2 flex flex-wrap gap-1.5">
              {session.data.labAccounts.map((account) => (
                <Button key={account} size="sm" onClick={() => setName(account)}>
                  {account}
                </Button>
              ))}
            </p>
          </div>
        )}
        <p className="mt-4 text-xs text-muted">Version {session.data.version}</p>
      </div>
    </main>
  )
}
