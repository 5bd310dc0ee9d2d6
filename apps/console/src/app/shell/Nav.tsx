import { type EndpointName, mayCall, type Output } from '@cordon/contract'
import { everything } from '@cordon/rbac'
import { IconButton } from '@cordon/ui'
import {
  BellOff,
  BookLock,
  Boxes,
  Crosshair,
  FlaskConical,
  Handshake,
  KeyRound,
  Lock,
  PanelLeftClose,
  PanelLeftOpen,
  Radar,
  ScrollText,
  SearchCode,
  ShieldCheck,
  Siren,
  TriangleAlert,
} from 'lucide-react'
import { clsx } from 'clsx'
import { type ReactNode, useState, useSyncExternalStore } from 'react'
import { NavLink } from 'react-router'
import { paths } from '../paths.ts'

interface Entry {
  to: string
  label: string
  icon: ReactNode
  /** What the page can't do without; it is left out for those who may not call that. */
  needs: EndpointName
}

const groups: { title: string; entries: Entry[] }[] = [
  {
    title: 'Investigation & response',
    entries: [
      { to: paths.incidents, label: 'Incidents', icon: <TriangleAlert aria-hidden />, needs: 'incidentList' },
      { to: paths.alerts, label: 'Alerts', icon: <Siren aria-hidden />, needs: 'alertList' },
      { to: paths.hunting(), label: 'Hunting', icon: <Crosshair aria-hidden />, needs: 'huntingQuery' },
      { to: paths.containment, label: 'Containment', icon: <Lock aria-hidden />, needs: 'containmentList' },
      { to: paths.actions, label: 'Action center', icon: <ShieldCheck aria-hidden />, needs: 'actionList' },
      { to: paths.handover, label: 'Hand-over', icon: <Handshake aria-hidden />, needs: 'handoverGet' },
    ],
  },
  {
    title: 'Assets',
    entries: [{ to: paths.clusters, label: 'Clusters', icon: <Boxes aria-hidden />, needs: 'clusterList' }],
  },
  {
    title: 'Detection',
    entries: [
      { to: paths.rules, label: 'Detection rules', icon: <ScrollText aria-hidden />, needs: 'ruleList' },
      {
        to: paths.detections,
        label: 'Custom detections',
        icon: <SearchCode aria-hidden />,
        needs: 'customDetectionList',
      },
      { to: paths.tuning, label: 'Alert tuning', icon: <BellOff aria-hidden />, needs: 'tuningList' },
      { to: paths.coverage, label: 'Coverage', icon: <Radar aria-hidden />, needs: 'setAsideList' },
      { to: paths.simulation, label: 'Simulation', icon: <FlaskConical aria-hidden />, needs: 'simulationList' },
    ],
  },
  {
    title: 'System',
    entries: [
      { to: paths.record, label: 'Record', icon: <BookLock aria-hidden />, needs: 'ledgerList' },
      { to: paths.access, label: 'Access', icon: <KeyRound aria-hidden />, needs: 'accountList' },
    ],
  },
]

// Below this width the words of the navigation would cost the graph its room.
const wide = matchMedia('(min-width: 1600px)')
const subscribe = (listener: () => void) => {
  wide.addEventListener('change', listener)
  return () => wide.removeEventListener('change', listener)
}

export function Nav({ user }: { user: Output<'sessionGet'>['user'] | undefined }) {
  const isWide = useSyncExternalStore(subscribe, () => wide.matches)
  const [chosen, setChosen] = useState<boolean | null>(null)
  const isOpen = chosen ?? isWide
  return (
    <nav
      aria-label="Main"
      className={clsx(
        'flex shrink-0 flex-col overflow-y-auto print:hidden border-r border-line bg-panel py-2',
        isOpen ? 'w-52' : 'w-13',
      )}
    >
      {groups.map((group) => {
        const entries = group.entries.filter(
          ({ needs }) => user && mayCall(needs, { ...user, scope: user.scope ?? everything }).allowed,
        )
        if (entries.length === 0) return null
        return (
          <div key={group.title} className="mb-1 px-2">
            {isOpen ? (
              <p className="px-2 pt-2 pb-1 text-2xs font-medium text-muted">{group.title}</p>
            ) : (
              <div className="mx-1 my-1.5 h-px bg-line first:hidden" aria-hidden />
            )}
            <ul className="flex flex-col gap-px">
              {entries.map((entry) => (
                <li key={entry.to}>
                  <NavLink
                    to={entry.to}
                    // Custom detections lie below its address and have an entry of their own.
                    end={entry.to === paths.hunting()}
                    title={isOpen ? undefined : entry.label}
                    className={({ isActive }) =>
                      clsx(
                        'relative flex h-8 items-center gap-2.5 rounded-md px-2 font-medium [&>svg]:size-4 [&>svg]:shrink-0',
                        isActive
                          ? 'bg-accent-soft text-ink [&>svg]:text-accent'
                          : 'text-muted hover:bg-hover hover:text-ink',
                      )
                    }
                  >
                    {entry.icon}
                    <span className={isOpen ? undefined : 'sr-only'}>{entry.label}</span>
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        )
      })}
      <div className="mt-auto px-3 pt-2">
        <IconButton label={isOpen ? 'Collapse navigation' : 'Expand navigation'} onClick={() => setChosen(!isOpen)}>
          {isOpen ? (
            <PanelLeftClose className="size-4" aria-hidden />
          ) : (
            <PanelLeftOpen className="size-4" aria-hidden />
          )}
        </IconButton>
      </div>
    </nav>
  )
}
