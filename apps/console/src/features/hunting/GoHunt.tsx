import { Button, IconButton, inertString, Menu, MenuItem, MenuLabel } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Crosshair } from 'lucide-react'
import { useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { q } from '../../api/query.ts'
import { useOpenBeside } from './beside.ts'

export interface GoHuntProps {
  entityKey: string
  incidentId?: number
}

/** Ready hunts for an entity as menu items; each opens with its query running, beside an incident where there is one. */
export function GoHuntItems({ entityKey, incidentId }: GoHuntProps) {
  const navigate = useNavigate()
  const openBeside = useOpenBeside()
  const { data, isPending, isError } = useQuery({
    ...q('huntingReady', { query: { key: entityKey, incidentId } }),
    staleTime: 60_000,
  })
  return (
    <>
      <MenuLabel>Go hunt</MenuLabel>
      {isPending && <MenuItem disabled>Loading…</MenuItem>}
      {isError && <MenuItem disabled>The ready hunts could not be loaded</MenuItem>}
      {data?.hunts.map(({ id, title, query, timespan }) => (
        <MenuItem
          key={id}
          icon={<Crosshair aria-hidden />}
          onSelect={() =>
            openBeside
              ? openBeside({ query, timespan, title })
              : void navigate(paths.hunting({ query, timespan, run: true }))
          }
        >
          {title}
        </MenuItem>
      ))}
    </>
  )
}

/** The Go hunt button of a pane. */
export function GoHunt(props: GoHuntProps) {
  return (
    <Menu
      label="Go hunt"
      trigger={
        <Button>
          Go hunt
          <ChevronDown className="size-4" aria-hidden />
        </Button>
      }
    >
      <GoHuntItems {...props} />
    </Menu>
  )
}

/** The same as a sign in a row, for the entity of this name. */
export function GoHuntSign({ name, ...props }: GoHuntProps & { name: string }) {
  const label = `Go hunt for ${inertString(name.slice(0, 120))}`
  return (
    <Menu
      label={label}
      trigger={
        <IconButton label={label}>
          <Crosshair className="size-4" aria-hidden />
        </IconButton>
      }
    >
      <GoHuntItems {...props} />
    </Menu>
  )
}
