import type { Output } from '@cordon/contract'
import { Button, CheckField, Dialog, Inert, Notice, toast } from '@cordon/ui'
import { Info } from 'lucide-react'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { Problem } from '../../signs/Problem.tsx'

type Overview = Output<'simulationList'>

/** Where to run a scenario; clusters that don't allow it say why. */
export function RunDialog({
  scenario,
  clusters,
  onClose,
}: {
  scenario: Overview['scenarios'][number]
  clusters: Overview['clusters']
  onClose: () => void
}) {
  const [cluster, setCluster] = useState(clusters.find((c) => c.allowed)?.name ?? '')
  const [keep, setKeep] = useState(true)
  const run = useApi('simulationRun')
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Run: ${scenario.title}`}
      description={scenario.description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!cluster || run.isPending}
            onClick={() =>
              run.mutate(
                { body: { scenario: scenario.id, cluster, keep } },
                {
                  onSuccess: () => {
                    toast({
                      title: 'Simulation started',
                      description: 'Expected alerts tick in below as they are raised.',
                    })
                    onClose()
                  },
                },
              )
            }
          >
            {run.isPending ? 'Starting…' : 'Run scenario'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-xs font-medium text-muted">Cluster</legend>
          {clusters.map((c) => (
            <label key={c.name} className="flex items-start gap-2">
              <input
                type="radio"
                name="cluster"
                className="mt-[3px] accent-(--solid)"
                value={c.name}
                disabled={!c.allowed}
                checked={cluster === c.name}
                onChange={() => setCluster(c.name)}
              />
              <span className="min-w-0">
                <span className={c.allowed ? undefined : 'text-muted'}>
                  <Inert value={c.name} max={80} />
                </span>
                {c.reason && (
                  <span className="block text-xs text-muted">
                    <Inert value={c.reason} max={300} />
                  </span>
                )}
              </span>
            </label>
          ))}
        </fieldset>
        <CheckField
          label="Keep the pods afterwards"
          help="So that they can be investigated and isolated. Otherwise everything is removed when the run ends."
          checked={keep}
          onChange={(event) => setKeep(event.target.checked)}
        />
        <Notice icon={<Info aria-hidden />}>
          Real pods are created through the Kubernetes API and run the attacker’s commands inside their own namespace.
        </Notice>
        {run.isError && <Problem error={run.error} compact what="Not started" />}
      </div>
    </Dialog>
  )
}
