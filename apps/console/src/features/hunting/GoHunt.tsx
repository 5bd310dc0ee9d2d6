import { Button, Menu, MenuItem, MenuLabel } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Crosshair } from 'lucide-react'
import { useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { q } from '../../api/query.ts'

export interface GoHuntProps {
  entityKey: string
  incidentId?: number
}

/** Ready hunts for an entity as menu items; each opens the hunting page with its query running. */
export function GoHuntItems({ entityKey, incidentId }: GoHuntProps) {
  const navigate = useNavigate()
  const { data, isPending } = useQuery({
    ...q('huntingReady', { query: { key: entityKey, incidentId } }),
    staleTime: 60_000,
  })
  return (
    <>
      <MenuLabel>Go hunt</MenuLabel>
      {isPending && <MenuItem disabled>Loading…</MenuItem>}
      {data?.hunts.map((hunt) => (
        <MenuItem
          key={hunt.id}
          icon={<Crosshair aria-hidden />}
          onSelect={() => void navigate(paths.hunting({ query: hunt.query, timespan: hunt.timespan, run: true }))}
        >
          {hunt.title}
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
