import type { Output } from '@cordon/contract'
import { scopeText } from '@cordon/rbac'
import { Button, inertString, Menu, MenuItem, MenuLabel, MenuRadio, MenuSeparator, localZone } from '@cordon/ui'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronDown, Filter, LogOut, Moon, Search, Sun } from 'lucide-react'
import { Link } from 'react-router'
import { useApi } from '../../api/query.ts'
import { forgetResults } from '../../features/hunting/kept-results.ts'
import { chooseTheme, useTheme, useThemeChoice } from '../../signs/theme.ts'
import { paths } from '../paths.ts'
import { LiveIndicator } from './LiveIndicator.tsx'
import { Mark } from './Mark.tsx'

export function TopBar({ session, onSearch }: { session: Output<'sessionGet'>; onSearch: () => void }) {
  const choice = useThemeChoice()
  const theme = useTheme()
  const client = useQueryClient()
  const signOut = useApi('sessionDelete')
  const user = session.user
  return (
    <header className="flex print:hidden h-12 shrink-0 items-center gap-3 border-b border-line bg-panel pr-3 pl-4">
      <Link
        to={paths.incidents}
        className="flex items-center gap-2 rounded font-semibold tracking-tight"
        aria-label="Cordon, to incidents"
      >
        <Mark className="size-6" />
        <span className="hidden text-base sm:inline">Cordon</span>
      </Link>
      {session.lab && (
        <span className="hidden rounded border border-line-strong/50 px-1.5 text-xs text-muted md:inline">Lab</span>
      )}
      <button
        type="button"
        onClick={onSearch}
        className="mx-auto flex h-8 w-full max-w-md min-w-0 items-center gap-2 rounded-md border border-line-strong/50 bg-canvas px-2.5 text-left text-xs text-muted hover:border-line-strong"
      >
        <Search className="size-4 shrink-0" aria-hidden />
        <span className="min-w-0 flex-1 truncate">Search incidents and entities</span>
        <kbd className="hidden rounded border border-line px-1 font-sans text-2xs md:inline">Ctrl K</kbd>
      </button>
      {user?.scope && (
        <span
          className="flex max-w-72 min-w-0 items-center gap-1 rounded border border-line-strong/50 px-1.5 text-xs text-muted"
          title={`Your access is limited to ${inertString(scopeText(user.scope))}`}
        >
          <Filter className="size-3 shrink-0" aria-hidden />
          <span className="truncate">{inertString(scopeText(user.scope))}</span>
        </span>
      )}
      <LiveIndicator />
      <span className="hidden text-xs text-muted xl:inline" title="Times are shown in your time zone">
        {localZone}
      </span>
      <Menu
        label="Theme"
        trigger={
          <Button look="quiet" size="sm" aria-label="Theme">
            {theme === 'dark' ? <Moon className="size-4" aria-hidden /> : <Sun className="size-4" aria-hidden />}
          </Button>
        }
      >
        <MenuRadio
          value={choice}
          onChange={chooseTheme}
          options={[
            { value: 'system', label: 'As the system' },
            { value: 'dark', label: 'Dark' },
            { value: 'light', label: 'Light' },
          ]}
        />
      </Menu>
      {user && (
        <Menu
          label="Account"
          trigger={
            <Button look="quiet" size="sm">
              <span
                className="flex size-6 items-center justify-center rounded-full bg-accent-soft text-2xs font-semibold text-accent"
                aria-hidden
              >
                {(user.displayName || user.name).slice(0, 2).toUpperCase()}
              </span>
              <span className="max-w-32 truncate">{user.displayName || user.name}</span>
              <ChevronDown className="size-3.5" aria-hidden />
            </Button>
          }
        >
          <MenuLabel>
            {user.name} · {user.roleLabel}
          </MenuLabel>
          {user.scope && <MenuLabel>Limited to {inertString(scopeText(user.scope))}</MenuLabel>}
          <MenuLabel>Cordon {session.version}</MenuLabel>
          <MenuSeparator />
          <MenuItem
            icon={<LogOut aria-hidden />}
            onSelect={() =>
              signOut.mutate(
                {},
                {
                  onSettled: () => {
                    client.clear()
                    forgetResults()
                    location.assign(paths.signIn)
                  },
                },
              )
            }
          >
            Sign out
          </MenuItem>
        </Menu>
      )}
    </header>
  )
}
