import { Badge, Button, Empty, PageHeader, Skeleton } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { FlaskConical, Play } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { RunCard } from '../features/simulation/RunCard.tsx'
import { RunDialog } from '../features/simulation/RunDialog.tsx'
import { Problem } from '../signs/Problem.tsx'

export function Component() {
  const { data, error, refetch } = useQuery({
    ...q('simulationList', {}),
    refetchInterval: ({ state }) => (state.data?.runs.some((run) => run.state === 'running') ? 2000 : false),
  })
  const [chosen, setChosen] = useState<string | null>(null)
  const may = useMay('simulationRun')
  const scenario = data?.scenarios.find((s) => s.id === chosen)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <title>Simulation · Cordon</title>
      <PageHeader
        title="Simulation"
        meta={
          <span className="text-sm text-muted">
            Real attack commands in pods of their own, to see detection and response work.
          </span>
        }
      />
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton />}
      {data && (
        <div className="flex flex-col gap-6 px-5 pb-8">
          {!may.allowed && <p className="text-sm text-muted">{may.reason}</p>}
          <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
            {data.scenarios.map((s) => (
              <li key={s.id} className="flex flex-col rounded-lg border border-line bg-panel p-4">
                <h2 className="text-base font-semibold">{s.title}</h2>
                <p className="mt-1 flex-1 text-muted">{s.description}</p>
                <p className="mt-2 flex flex-wrap gap-1">
                  {s.techniques.map((technique) => (
                    <Badge key={technique}>{technique}</Badge>
                  ))}
                </p>
                <div className="mt-3 flex items-center gap-3">
                  <Button
                    size="sm"
                    icon={<Play className="size-3.5" aria-hidden />}
                    disabled={!may.allowed}
                    title={may.allowed ? undefined : may.reason}
                    aria-label={`Run ${s.title}`}
                    onClick={() => setChosen(s.id)}
                  >
                    Run
                  </Button>
                  <span className="text-xs text-muted">
                    {s.expectedAlerts.length} {s.expectedAlerts.length === 1 ? 'alert' : 'alerts'} expected
                  </span>
                </div>
              </li>
            ))}
          </ul>
          <section aria-labelledby="runs">
            <h2 id="runs" className="mb-2 text-base font-semibold">
              Runs
            </h2>
            {data.runs.length === 0 ? (
              <Empty icon={<FlaskConical aria-hidden />} title="No run yet">
                Choose a scenario above.
              </Empty>
            ) : (
              <ul className="flex flex-col gap-3">
                {data.runs.map((run) => (
                  <RunCard
                    key={run.id}
                    run={run}
                    title={data.scenarios.find((s) => s.id === run.scenario)?.title ?? run.scenario}
                    alertLink={alertLink}
                  />
                ))}
              </ul>
            )}
          </section>
        </div>
      )}
      {scenario && data && <RunDialog scenario={scenario} clusters={data.clusters} onClose={() => setChosen(null)} />}
    </div>
  )
}

function alertLink(id: string, text: string) {
  return (
    <Link to={paths.alert(id)} className="rounded text-accent hover:underline">
      {text}
    </Link>
  )
}
