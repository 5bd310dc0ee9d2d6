import type { StylesheetStyle } from 'cytoscape'
import type { NodePalette } from './node-svg.ts'

const palettes = new Map<string, NodePalette>()

/** The palette of the theme in force, which `theme` names; canvas and data URIs can't read CSS variables themselves. */
export function readPalette(theme: string): NodePalette {
  const known = palettes.get(theme)
  if (known) return known
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const palette = {
    panel: read('panel'),
    line: read('line-strong'),
    ink: read('ink'),
    muted: read('muted'),
    high: read('sev-high'),
    medium: read('sev-medium'),
    low: read('sev-low'),
    info: read('sev-info'),
    proof: read('proof'),
    progress: read('progress'),
    caution: read('caution'),
    doubt: read('doubt'),
    broken: read('broken'),
    accent: read('accent'),
  }
  palettes.set(theme, palette)
  return palette
}

/** Looks of nodes and edges; classes are set by the canvas. */
export function canvasStyle(c: NodePalette): StylesheetStyle[] {
  const font = '"Inter Variable", sans-serif'
  return [
    {
      selector: 'node',
      style: {
        // The silhouette is the node, so that edges end at it; ring and badge are drawn outside of it.
        width: 52,
        height: 52,
        shape: 'ellipse',
        'background-opacity': 0,
        'background-image': 'data(image)',
        'background-width': '190%',
        'background-height': '190%',
        'background-clip': 'none',
        'background-image-containment': 'over',
        'bounds-expansion': 26,
        label: 'data(label)',
        'font-family': font,
        'font-size': 13,
        color: c.ink,
        'text-valign': 'bottom',
        'text-margin-y': 6,
        'text-wrap': 'ellipsis',
        'text-max-width': '130px',
        'text-background-color': c.panel,
        'text-background-opacity': 0.6,
        'text-background-padding': '2px',
        'text-background-shape': 'roundrectangle',
        'min-zoomed-font-size': 6,
        'overlay-opacity': 0,
      },
    },
    { selector: 'node.far', style: { 'font-size': 18, 'text-max-width': '150px' } },
    { selector: 'node[noted > 0]', style: { 'text-wrap': 'wrap', 'font-weight': 'bold' } },
    {
      selector: 'edge',
      style: {
        width: 1.4,
        'line-color': c.line,
        'line-opacity': 0.55,
        'target-arrow-color': c.line,
        'target-arrow-shape': 'triangle',
        'arrow-scale': 0.8,
        'curve-style': 'bezier',
        'font-family': font,
        'font-size': 11,
        color: c.muted,
        'text-background-color': c.panel,
        'text-background-opacity': 0.95,
        'text-background-padding': '3px',
        'text-background-shape': 'roundrectangle',
        'text-rotation': 'autorotate',
        'target-distance-from-node': 3,
        'overlay-opacity': 0,
      },
    },
    {
      selector: 'edge.attack',
      style: { 'line-color': c.high, 'target-arrow-color': c.high, width: 1.8, 'line-opacity': 0.75 },
    },
    { selector: 'edge.named', style: { label: 'data(label)' } },
    {
      selector: 'edge.lit',
      style: { 'line-color': c.accent, 'target-arrow-color': c.accent, width: 2.6, 'line-opacity': 1, 'z-index': 8 },
    },
    {
      selector: 'edge.planned',
      style: { label: 'data(label)', 'line-opacity': 1, 'z-index': 12, 'font-size': 12, 'font-weight': 'bold' },
    },
    {
      selector: 'edge.stops',
      style: {
        'line-color': c.progress,
        'target-arrow-color': c.progress,
        color: c.progress,
        'line-style': 'dashed',
        'line-dash-pattern': [7, 6],
        'target-arrow-shape': 'tee',
        width: 2.4,
      },
    },
    {
      selector: 'edge.stays-open',
      style: { 'line-color': c.caution, 'target-arrow-color': c.caution, color: c.caution, width: 4 },
    },
    {
      selector: 'edge.starts',
      style: { 'line-color': c.ink, 'target-arrow-color': c.ink, color: c.ink, 'line-style': 'dotted', width: 2.4 },
    },
    { selector: 'node.lit', style: { 'font-weight': 'bold', 'z-index': 9 } },
    { selector: '.dim', style: { opacity: 0.2 } },
    { selector: '.future', style: { opacity: 0.07 } },
    {
      selector: 'node.chosen',
      style: {
        'underlay-color': c.accent,
        'underlay-opacity': 0.28,
        'underlay-padding': 12,
        'underlay-shape': 'ellipse',
        'font-weight': 'bold',
        'z-index': 10,
      },
    },
    {
      selector: 'node.over',
      style: {
        'underlay-color': c.muted,
        'underlay-opacity': 0.15,
        'underlay-padding': 8,
        'underlay-shape': 'ellipse',
      },
    },
  ]
}
