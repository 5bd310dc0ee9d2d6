import { Toasts } from '@cordon/ui'
import { Suspense, lazy, useEffect, useState } from 'react'
import { Navigate, Outlet, useLocation, useNavigation } from 'react-router'
import { useExpired } from '../../api/expiry.ts'
import { startLive } from '../../api/live.ts'
import { useSession } from '../../api/session.ts'
import { ActionDialogHost } from '../../features/response/ActionDialogHost.tsx'
import { paths } from '../paths.ts'
import { Nav } from './Nav.tsx'
import { Starting } from './Starting.tsx'
import { TopBar } from './TopBar.tsx'
import { Unreachable } from './Unreachable.tsx'

const SignInAgain = lazy(async () => ({ default: (await import('./SignInAgain.tsx')).SignInAgain }))
const SearchDialog = lazy(async () => ({ default: (await import('./SearchDialog.tsx')).SearchDialog }))

/** Frame of every page after sign-in. */
export function Shell() {
  const session = useSession()
  const expired = useExpired()
  const location = useLocation()
  const navigation = useNavigation()
  const [isSearching, setSearching] = useState(false)
  const user = session.data?.user
  const isSignedIn = Boolean(user)

  useEffect(() => (isSignedIn && !expired ? startLive() : undefined), [isSignedIn, expired])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setSearching(true)
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  if (session.isPending) return <Starting />
  if (!session.data) return <Unreachable error={session.error} onRetry={() => void session.refetch()} />
  if (!user && !expired)
    return <Navigate to={`${paths.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`} replace />
  return (
    <ActionDialogHost>
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-solid px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <div className="flex h-full flex-col">
        <TopBar onSearch={() => setSearching(true)} session={session.data} />
        <div className="flex min-h-0 flex-1">
          <Nav user={user} />
          <main
            id="main"
            tabIndex={-1}
            aria-busy={navigation.state === 'loading'}
            className="relative flex min-h-0 min-w-0 flex-1 flex-col outline-none"
          >
            {navigation.state === 'loading' && (
              <div
                aria-hidden
                className="absolute inset-x-0 top-0 z-30 h-0.5 animate-[breathe_0.9s_ease-in-out_infinite] bg-accent"
              />
            )}
            <Outlet />
          </main>
        </div>
      </div>
      <Suspense fallback={null}>
        {expired && <SignInAgain name={user?.name ?? ''} />}
        {isSearching && <SearchDialog onClose={() => setSearching(false)} />}
      </Suspense>
      <Toasts />
    </ActionDialogHost>
  )
}
