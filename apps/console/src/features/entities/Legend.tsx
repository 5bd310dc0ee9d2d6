import type { EntityGraph } from '@cordon/entities'
import { Button, CheckField, Glyph, NodePicture, type NodeLook, Popover, isGlyph } from '@cordon/ui'
import { Shapes } from 'lucide-react'
import { kindLabel } from '../../signs/EntityName.tsx'
import { useTheme } from '../../signs/theme.ts'

const look = (over: Partial<NodeLook>): NodeLook => ({
  glyph: 'pod',
  role: 'context',
  severity: null,
  seal: 'none',
  ...over,
})
const partRows: [string, NodeLook][] = [
  ['Attacker, command and control', look({ role: 'attacker', severity: 'high' })],
  ['Compromised', look({ role: 'compromised', severity: 'high' })],
  ['Attacked', look({ role: 'attacked', severity: 'medium' })],
  ['Suspicious', look({ role: 'suspicious', severity: 'low' })],
  ['Context from inventory', look({})],
]
const sealRows: [string, NodeLook][] = [
  ['Isolated, verified', look({ seal: 'sealed' })],
  ['Action under way', look({ seal: 'working' })],
  ['Partly in force', look({ seal: 'partly' })],
  ['Not verified', look({ seal: 'unproven' })],
  ['Broken', look({ seal: 'broken' })],
  ['Expired, open again', look({ seal: 'expired' })],
  ['No longer exists', look({ seal: 'gone' })],
]
const kindRows: [string, NodeLook][] = [
  ['Restricted', look({ seal: 'sealed', sealKind: 'restriction' })],
  ['Terminating', look({ seal: 'working', sealKind: 'termination' })],
  ['Scaled to zero', look({ glyph: 'workload', seal: 'sealed', sealKind: 'scale' })],
  ['Suspended', look({ glyph: 'workload', seal: 'sealed', sealKind: 'suspension' })],
]

/** What the signs mean, and which entity types are drawn. */
export function Legend({
  graph,
  hidden,
  onHidden,
}: {
  graph: EntityGraph
  hidden: ReadonlySet<string>
  onHidden: (hidden: Set<string>) => void
}) {
  const theme = useTheme()
  const kinds = [...Map.groupBy(graph.nodes, (node) => node.kind)].toSorted((a, b) => b[1].length - a[1].length)
  return (
    <Popover
      label="Legend and entity types"
      className="w-[30rem] max-w-[92vw]"
      trigger={
        <Button size="sm" look="quiet" icon={<Shapes className="size-3.5" aria-hidden />} title="Entity types">
          <span className="sr-only @2xl:not-sr-only">Entity types</span>
          {hidden.size > 0 ? `${hidden.size} hidden` : ''}
        </Button>
      }
    >
      <div className="grid grid-cols-2 gap-5">
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1.5 text-xs font-medium text-muted">Show</legend>
          {kinds.map(([kind, nodes]) => (
            <CheckField
              key={kind}
              checked={!hidden.has(kind)}
              onChange={() => {
                const next = new Set(hidden)
                if (!next.delete(kind)) next.add(kind)
                onHidden(next)
              }}
              label={
                <span className="flex items-center gap-1.5">
                  {isGlyph(kind) && <Glyph name={kind} className="size-4 text-muted" />}
                  {kindLabel(kind)} <span className="text-xs text-muted">{nodes.length}</span>
                </span>
              }
            />
          ))}
          {hidden.size > 0 && (
            <Button size="sm" className="mt-1 self-start" onClick={() => onHidden(new Set())}>
              Show all
            </Button>
          )}
        </fieldset>
        <div className="flex flex-col gap-3">
          {(
            [
              ['Part in the attack', partRows],
              ['Containment: ring and upper sign', sealRows],
              ['Other than an isolation: lower sign', kindRows],
            ] as const
          ).map(([title, rows]) => (
            <div key={title}>
              <p className="mb-1 text-xs font-medium text-muted">{title}</p>
              <ul className="flex flex-col">
                {rows.map(([label, node]) => (
                  <li key={label} className="flex items-center gap-2 text-xs">
                    <NodePicture look={node} theme={theme} size={rows === partRows ? 30 : 40} />
                    {label}
                  </li>
                ))}
              </ul>
            </div>
          ))}
          <p className="text-xs text-muted">The border tells the highest severity. Red arrows were seen in alerts.</p>
        </div>
      </div>
    </Popover>
  )
}
