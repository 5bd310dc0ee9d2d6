import { Button, Dialog, TextField } from '@cordon/ui'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { clearExpired } from '../../api/expiry.ts'
import { q, useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'

/** The session ended while a page was open: sign in over it, so that nothing typed is lost. */
export function SignInAgain({ name }: { name: string }) {
  const [user, setUser] = useState(name)
  const [password, setPassword] = useState('')
  const client = useQueryClient()
  const passwordBox = useRef<HTMLInputElement>(null)
  const signIn = useApi('sessionCreate')
  return (
    <Dialog
      open
      sticky
      locked
      initialFocus={passwordBox}
      onClose={() => {}}
      width="sm"
      title="Your session ended"
      description="Sign in again to go on. Nothing on this page is lost."
    >
      <form
        className="flex flex-col gap-3 p-5"
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate(
            { body: { name: user, password } },
            {
              onSuccess: (session) => {
                client.setQueryData(q('sessionGet', {}).queryKey, session)
                clearExpired()
                void client.invalidateQueries()
              },
            },
          )
        }}
      >
        <TextField
          label="User name"
          autoComplete="username"
          value={user}
          onChange={(event) => setUser(event.target.value)}
          required
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          required
          ref={passwordBox}
        />
        {signIn.isError && <Problem error={signIn.error} compact />}
        <Button type="submit" look="primary" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
    </Dialog>
  )
}
