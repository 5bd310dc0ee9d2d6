import { podsOfRows } from '@cordon/entities'
import { actionLabels, actionTargets, actionTypes, type ActionType } from '@cordon/response'
import { Button, Menu, MenuItem, MenuLabel } from '@cordon/ui'
import { ShieldBan } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useMay } from '../../api/session.ts'
import type { Row } from '../../features/hunting/result-rows.ts'
import { useRequestMany } from '../../features/response/action-request.ts'
import type { HuntResultsProps } from './HuntResults.tsx'

const ClusterQuestion = lazy(async () => ({ default: (await import('./ClusterQuestion.tsx')).ClusterQuestion }))

const podActions = actionTypes.filter((type) => actionTargets[type] === 'pod')
/** As many as one request takes. */
const most = 100

/** Response actions on the pods that chosen rows name: one target each, through the same checks as everywhere. */
export function TakeAction({
  result,
  rows,
  cluster,
  clusters,
  incidentId,
}: Pick<HuntResultsProps, 'result' | 'cluster' | 'clusters' | 'incidentId'> & { rows: readonly Row[] }) {
  const request = useRequestMany()
  const may = useMay('actionRequestMany')
  const [asking, setAsking] = useState<ActionType | null>(null)
  const pods = podsOfRows(result.schema, rows, cluster)
  // Rows may tell namespace and pod, but not in which cluster.
  const wouldBe = pods.length === 0 ? podsOfRows(result.schema, rows, '?') : pods
  const refusal = !may.allowed
    ? may.reason
    : rows.length === 0
      ? 'Select rows first.'
      : wouldBe.length === 0
        ? 'The chosen rows name no pod: they need columns for namespace and pod.'
        : wouldBe.length > most
          ? `The chosen rows name ${wouldBe.length} pods; ${most} is the most at once.`
          : undefined
  const ask = (type: ActionType, of: string | undefined) => {
    const targets = of === undefined ? pods : podsOfRows(result.schema, rows, of)
    request({ type, targets: targets.map(({ key, name, uid }) => ({ key, name, uid })), source: 'hunting', incidentId })
  }
  if (refusal !== undefined)
    return (
      <Button size="sm" icon={<ShieldBan className="size-3.5" aria-hidden />} aria-disabled title={refusal}>
        Take action
      </Button>
    )
  return (
    <>
      <Menu
        label="Take action"
        trigger={
          <Button size="sm" icon={<ShieldBan className="size-3.5" aria-hidden />}>
            Take action
          </Button>
        }
      >
        <MenuLabel>{wouldBe.length === 1 ? 'On 1 pod' : `On ${wouldBe.length} pods`}</MenuLabel>
        {podActions.map((type) => (
          <MenuItem key={type} onSelect={() => (pods.length > 0 ? ask(type, undefined) : setAsking(type))}>
            {actionLabels[type]}
          </MenuItem>
        ))}
      </Menu>
      {asking && (
        <Suspense fallback={null}>
          <ClusterQuestion
            clusters={clusters}
            onClose={() => setAsking(null)}
            onAnswer={(of) => {
              setAsking(null)
              ask(asking, of)
            }}
          />
        </Suspense>
      )}
    </>
  )
}
