// oxlint-disable-next-line typescript/triple-slash-reference -- consumers' programs don't see ambient declarations otherwise
/// <reference path="./extensions.d.ts" />
import cytoscape, { type Core, type EventObject } from 'cytoscape'
import dagre from 'cytoscape-dagre'
import fcose from 'cytoscape-fcose'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { inertString } from '../text/inert-text.ts'
import { type GraphLayout, arrange, fitAll, place, sizeLabels } from './canvas-layout.ts'
import { canvasStyle, readPalette } from './canvas-style.ts'
import type { CanvasGraph, CanvasNode } from './graph-model.ts'
import { type NodePalette, dataUri, nodeSvg } from './node-svg.ts'

cytoscape.use(fcose)
cytoscape.use(dagre)

export interface GraphHandle {
  zoom: (factor: number) => void
  fit: () => void
  /** Client position of a node, for menus opened by keyboard. */
  pointOf: (id: string) => { x: number; y: number } | undefined
}

export interface GraphCanvasProps {
  graph: CanvasGraph
  layout: GraphLayout
  selected: string | null
  /** Tag whose nodes and edges are brought forward. */
  lit: string | null
  /** When set, nodes without one of these tags are not reached yet (playback). */
  reached: ReadonlySet<string> | null
  /** A planned change is drawn: what it doesn't touch steps back. */
  planned?: boolean
  /** Changes when colours do. */
  theme: string
  label: string
  onSelect: (id: string | null) => void
  onMenu: (id: string, at: { x: number; y: number }) => void
  handle?: Ref<GraphHandle>
}

// Edge labels are readable from here on; below they appear on hover.
const labelZoom = 1.25

/**
 * The incident graph on a canvas. It is hidden from assistive technology: the caller shows the same entities as a list
 * with the same commands.
 */
export function GraphCanvas(props: GraphCanvasProps) {
  const { graph, layout, selected, lit, reached, planned = false, theme, label, onSelect, onMenu, handle } = props
  const box = useRef<HTMLDivElement>(null)
  const core = useRef<Core | null>(null)
  const calls = useRef({ onSelect, onMenu })
  const arranged = useRef<GraphLayout | null>(null)
  useEffect(() => {
    calls.current = { onSelect, onMenu }
  })

  useEffect(() => {
    const cy = cytoscape({
      container: box.current,
      minZoom: 0.08,
      maxZoom: 3.5,
      boxSelectionEnabled: false,
      autounselectify: true,
    })
    core.current = cy
    cy.on('tap', (event: EventObject) =>
      calls.current.onSelect(event.target === cy ? null : event.target.isNode() ? event.target.id() : null),
    )
    cy.on('cxttap', 'node', (event: EventObject) => {
      const point = event.target.renderedPosition()
      const rect = box.current?.getBoundingClientRect()
      calls.current.onMenu(event.target.id(), {
        x: (rect?.left ?? 0) + point.x + 14,
        y: (rect?.top ?? 0) + point.y + 14,
      })
    })
    cy.on('mouseover', 'node', (event: EventObject) => {
      event.target.addClass('over')
      event.target.connectedEdges().addClass('named')
    })
    cy.on('mouseover', 'edge', (event: EventObject) => event.target.addClass('named'))
    cy.on('mouseout', 'node, edge', (event: EventObject) => {
      cy.nodes().removeClass('over')
      if (cy.zoom() < labelZoom) cy.edges().not('.lit').removeClass('named')
      else event.target.removeClass('over')
    })
    cy.on('zoom', () =>
      cy
        .edges()
        .not('.lit')
        .toggleClass('named', cy.zoom() >= labelZoom),
    )
    cy.on('zoom add', () => sizeLabels(cy))
    const noMenu = (event: Event) => event.preventDefault()
    const element = box.current
    element?.addEventListener('contextmenu', noMenu)
    const observer = new ResizeObserver(() => cy.resize())
    if (box.current) observer.observe(box.current)
    return () => {
      observer.disconnect()
      element?.removeEventListener('contextmenu', noMenu)
      cy.destroy()
      core.current = null
      arranged.current = null
    }
  }, [])

  useEffect(() => {
    const cy = core.current
    if (!cy) return
    const fresh = synchronise(cy, graph, readPalette(theme))
    const first = arranged.current === null
    if (first || arranged.current !== layout || fresh.size > cy.nodes().length / 3) {
      arranged.current = layout
      if (cy.nodes().length > 0) arrange(cy, layout)
    } else if (fresh.size > 0) place(cy, fresh)
  }, [graph, layout, theme])

  useEffect(() => {
    const cy = core.current
    if (!cy) return
    cy.style(canvasStyle(readPalette(theme)))
  }, [theme])

  useEffect(() => {
    if (core.current && graph.nodes.length > 0) mark(core.current, { selected, lit, reached, planned })
  }, [selected, lit, reached, planned, graph])

  useEffect(() => {
    const cy = core.current
    if (!cy || !planned) return
    const look = () => {
      const touched = cy.edges('.planned')
      if (touched.nonempty()) cy.fit(touched.union(touched.connectedNodes()), 90)
    }
    look()
    cy.on('layoutstop', look) // newcomers are still being placed
    return () => {
      cy.off('layoutstop', look)
      if (!cy.destroyed()) fitAll(cy)
    }
  }, [planned])

  useImperativeHandle(handle, () => ({
    zoom: (factor) => {
      const cy = core.current
      cy?.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } })
    },
    fit: () => core.current && fitAll(core.current),
    pointOf: (id) => {
      const rect = box.current?.getBoundingClientRect()
      const node = core.current?.getElementById(id)
      if (!rect || !node?.length) return undefined
      const { x, y } = node.renderedPosition()
      return { x: rect.left + x, y: rect.top + y }
    },
  }))

  return (
    <div className="absolute inset-0" role="img" aria-label={label}>
      <div ref={box} aria-hidden className="size-full" />
    </div>
  )
}

function labelOf({ label, note }: CanvasNode): string {
  if (!note) return inertString(label.slice(0, 80))
  // Two lines are wrapped, not cut by the canvas, so the name is cut here.
  return `${inertString(label.length > 20 ? `${label.slice(0, 19)}…` : label)}\n${inertString(note)}`
}

/** Makes the drawing equal to the data; returns the ids that are new. */
function synchronise(cy: Core, graph: CanvasGraph, palette: NodePalette): Set<string> {
  const fresh = new Set<string>()
  cy.batch(() => {
    const ids = new Set([...graph.nodes.map((n) => n.id), ...graph.edges.map((e) => `${e.from}→${e.to}`)])
    cy.elements()
      .filter((element) => !ids.has(element.id()))
      .remove()
    for (const node of graph.nodes) {
      const data = {
        id: node.id,
        label: labelOf(node),
        noted: node.note ? 1 : 0,
        image: dataUri(nodeSvg(node.look, palette)),
        tags: node.tags,
      }
      const known = cy.getElementById(node.id)
      if (known.length) known.data(data)
      else {
        cy.add({ group: 'nodes', data })
        fresh.add(node.id)
      }
    }
    for (const edge of graph.edges) {
      const id = `${edge.from}→${edge.to}`
      const [name = ''] = edge.labels
      const data = {
        id,
        source: edge.from,
        target: edge.to,
        tags: edge.tags,
        label: edge.labels.length > 1 ? `${name} +${edge.labels.length - 1}` : name,
      }
      const known = cy.getElementById(id)
      if (known.length) known.data(data)
      else cy.add({ group: 'edges', data })
      const drawn = cy.getElementById(id)
      drawn.toggleClass('attack', edge.tags.length > 0 && !edge.effect)
      drawn.removeClass('planned stops stays-open starts')
      if (edge.effect && edge.effect !== 'unchanged') drawn.addClass(`planned ${edge.effect}`)
    }
  })
  return fresh
}

interface Marking extends Pick<GraphCanvasProps, 'selected' | 'lit' | 'reached'> {
  planned: boolean
}

function mark(cy: Core, { selected, lit, reached, planned }: Marking): void {
  const tagsOf = (element: { data: (name: string) => unknown }) => element.data('tags') as readonly string[]
  cy.batch(() => {
    cy.elements().removeClass('lit dim future chosen')
    if (planned) {
      const touched = cy.edges('.planned')
      cy.elements().not(touched.union(touched.connectedNodes())).addClass('dim')
      return
    }
    if (cy.zoom() < labelZoom) cy.edges().removeClass('named')
    if (reached) {
      cy.elements()
        .filter((e) => tagsOf(e).length > 0 && !tagsOf(e).some((tag) => reached.has(tag)))
        .addClass('future')
      const seen = cy.nodes().filter((n) => tagsOf(n).some((tag) => reached.has(tag)))
      cy.nodes()
        .filter((n) => tagsOf(n).length === 0 && n.neighborhood('node').intersection(seen).empty())
        .addClass('future')
    }
    if (lit) {
      const tagged = cy.elements().filter((e) => tagsOf(e).includes(lit))
      if (tagged.nonempty()) {
        tagged.addClass('lit')
        tagged.edges().addClass('named')
        // While the story plays, what was reached before stays in full view.
        if (!reached) cy.elements().not(tagged).addClass('dim')
      }
    } else if (selected) {
      const node = cy.getElementById(selected)
      const near = node.closedNeighborhood()
      if (near.nonempty()) cy.elements().not(near).not('.future').addClass('dim')
      node.connectedEdges().addClass('lit named')
    }
    if (selected) cy.getElementById(selected).removeClass('dim').addClass('chosen')
  })
}
