import type { EntityGraph, GraphNode } from '@cordon/entities'
import {
  Button,
  type GraphHandle,
  type GraphLayout,
  IconButton,
  LazyGraphCanvas,
  Menu,
  MenuRadio,
  Notice,
  drawnAs,
  groupSimilar,
  withoutKinds,
} from '@cordon/ui'
import { Boxes, Maximize, Minus, Pause, Play, Plus, Shapes, SkipBack, Waypoints } from 'lucide-react'
import { Suspense, useMemo, useRef, useState } from 'react'
import type { WhatIf } from '../../signs/impact.ts'
import { useTheme } from '../../signs/theme.ts'
import { drawImpact } from './draw-impact.ts'
import { Legend } from './Legend.tsx'
import { toCanvas } from './to-canvas.ts'

export interface EntityGraphViewProps {
  graph: EntityGraph
  selectedKey: string | null
  /** Alert whose entities are brought forward. */
  alertId: string | null
  /** Playback: alerts reached so far; null = not playing. */
  reached: readonly string[] | null
  /** An action's consequences to draw, before it is confirmed. */
  whatIf: WhatIf | null
  playing: boolean
  onPlay: () => void
  onRestart: () => void
  onSelect: (node: GraphNode | null) => void
  onGroup: (members: GraphNode[]) => void
  onMenu: (node: GraphNode, at: { x: number; y: number }) => void
}

// Above this many nodes single look-alikes hide the story, so folding starts switched on.
const foldFrom = 40

/** The graph with its controls. The same entities stand in the entity list, which is the way by keyboard. */
export function EntityGraphView(props: EntityGraphViewProps) {
  const { graph, selectedKey, alertId, reached, whatIf, playing, onPlay, onRestart, onSelect, onGroup, onMenu } = props
  const [layout, setLayout] = useState<GraphLayout>('force')
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [folded, setFolded] = useState(graph.nodes.length >= foldFrom)
  const handle = useRef<GraphHandle>(null)
  const theme = useTheme()
  const drawn = useMemo(() => {
    const canvas = withoutKinds(toCanvas(graph), hidden)
    const planned = whatIf ? drawImpact(canvas, whatIf) : canvas
    return folded ? groupSimilar(planned) : planned
  }, [graph, hidden, folded, whatIf])
  const reachedTags = useMemo(() => (reached ? new Set(reached) : null), [reached])
  const byKey = useMemo(() => new Map(graph.nodes.map((node) => [node.key, node])), [graph])
  const membersOf = (id: string) =>
    drawn.nodes.find((node) => node.id === id)?.members?.flatMap((key) => byKey.get(key) ?? [])
  return (
    <div className="@container relative flex min-h-80 min-w-0 flex-1 flex-col bg-canvas">
      <div
        className="flex flex-wrap items-center gap-1 border-b border-line bg-panel px-2 py-1.5"
        role="toolbar"
        aria-label="Graph controls"
      >
        <Button
          size="sm"
          look="quiet"
          onClick={onPlay}
          icon={playing ? <Pause className="size-3.5" aria-hidden /> : <Play className="size-3.5" aria-hidden />}
        >
          {playing ? 'Pause' : 'Play attack story'}
        </Button>
        {reached && (
          <IconButton label="Back to the whole story" onClick={onRestart}>
            <SkipBack className="size-4" aria-hidden />
          </IconButton>
        )}
        <span className="mx-1 h-4 w-px bg-line" aria-hidden />
        <Menu
          label="Layout"
          trigger={
            <Button size="sm" look="quiet" icon={<Waypoints className="size-3.5" aria-hidden />} title="Layout">
              <Word>Layout</Word>
            </Button>
          }
        >
          <MenuRadio
            value={layout}
            onChange={setLayout}
            options={[
              { value: 'force', label: 'By relations' },
              { value: 'tree', label: 'Left to right' },
              { value: 'rings', label: 'Rings' },
            ]}
          />
        </Menu>
        <Button
          size="sm"
          look="quiet"
          aria-pressed={folded}
          className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
          onClick={() => setFolded(!folded)}
          icon={<Boxes className="size-3.5" aria-hidden />}
          title="Group similar"
        >
          <Word>Group similar</Word>
        </Button>
        <Legend graph={graph} hidden={hidden} onHidden={setHidden} />
        <span className="ml-auto flex items-center gap-0.5">
          <span className="mr-1 text-xs text-muted">
            {whatIf ? 'Preview' : `${drawn.nodes.length.toLocaleString()} of ${graph.nodes.length.toLocaleString()}`}
            {!whatIf && <span className="sr-only"> entities drawn</span>}
          </span>
          <IconButton label="Zoom out" onClick={() => handle.current?.zoom(1 / 1.3)}>
            <Minus className="size-4" aria-hidden />
          </IconButton>
          <IconButton label="Zoom in" onClick={() => handle.current?.zoom(1.3)}>
            <Plus className="size-4" aria-hidden />
          </IconButton>
          <IconButton label="Fit to view" onClick={() => handle.current?.fit()}>
            <Maximize className="size-4" aria-hidden />
          </IconButton>
        </span>
      </div>
      {graph.truncated && (
        <Notice kind="warning" icon={<Shapes aria-hidden />} className="m-2 mb-0">
          The graph was cut at its size limit. The alerts list every entity.
        </Notice>
      )}
      <div className="relative min-h-72 flex-1">
        <Suspense
          fallback={
            <p className="p-6 text-sm text-muted" role="status">
              Drawing the graph…
            </p>
          }
        >
          <LazyGraphCanvas
            handle={handle}
            graph={drawn}
            layout={layout}
            theme={theme}
            selected={selectedKey ? (drawnAs(drawn, selectedKey) ?? null) : null}
            lit={alertId}
            reached={reachedTags}
            planned={whatIf !== null}
            label={`Entity graph with ${graph.nodes.length} entities. The tab Entities lists them for keyboard and screen reader.`}
            onSelect={(id) => {
              const members = id ? membersOf(id) : undefined
              if (members) onGroup(members)
              else onSelect(id ? (byKey.get(id) ?? null) : null)
            }}
            onMenu={(id, at) => {
              const node = byKey.get(id)
              if (node) onMenu(node, at)
            }}
          />
        </Suspense>
      </div>
    </div>
  )
}

/** A button's word, seen where there is room and always spoken. */
function Word({ children }: { children: string }) {
  return <span className="sr-only @2xl:not-sr-only">{children}</span>
}
