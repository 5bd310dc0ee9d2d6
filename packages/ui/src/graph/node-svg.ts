import { type GlyphName, glyphs, silhouetteOf, silhouettes } from './glyphs.ts'

/** Part a node plays in the attack; decides its fill. */
export type NodeRole = 'attacker' | 'compromised' | 'attacked' | 'suspicious' | 'context'
/** Adornment that tells what containment is known to be; `working` is an action under way. */
export type NodeSeal = 'none' | 'working' | 'sealed' | 'partly' | 'unproven' | 'broken' | 'expired' | 'gone'
/** What the containment is; all but an isolation carry a second sign that names it. */
export type SealKind = 'isolation' | 'restriction' | 'termination' | 'scale' | 'suspension'

export interface NodeLook {
  glyph: GlyphName
  role: NodeRole
  severity: 'high' | 'medium' | 'low' | 'informational' | null
  seal: NodeSeal
  /** Default: isolation. */
  sealKind?: SealKind
  /** Entities a collapsed node stands for. */
  count?: number
  /** Part in a change that is planned: what it is done to, a Service left without endpoint, a replacement, any other. */
  plan?: 'target' | 'lost' | 'starts' | 'touched'
}

/** The colours node drawings need, read from the tokens of the theme in force. */
export interface NodePalette {
  panel: string
  line: string
  ink: string
  muted: string
  high: string
  medium: string
  low: string
  info: string
  proof: string
  progress: string
  caution: string
  doubt: string
  broken: string
  accent: string
}

/**
 * One node as an SVG document, 88 units square. Every state is told by form as well as by colour: a closed ring and a
 * lock = cut off and proven; a half ring = partly; a dotted ring with “?” = unproven; a torn ring and an open lock = broken;
 * an hourglass without ring = run out. Ring and upper sign tell how sure it is, the lower sign what it is.
 * `close` leaves out the room for ring and badge where there is none, for small pictures in lists.
 */
export function nodeSvg(look: NodeLook, c: NodePalette, close = false): string {
  const severity = look.severity ? severityColour(look.severity, c) : c.line
  const roleColour = {
    attacker: c.doubt,
    compromised: c.high,
    attacked: c.medium,
    suspicious: c.low,
    context: c.muted,
  }[look.role]
  const body = silhouettes[silhouetteOf(look.glyph)]
  const gone = look.seal === 'gone'
  const box = close && look.seal === 'none' && !look.count && !look.plan ? '-27 -27 54 54' : '-44 -44 88 88'
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="176" height="176" viewBox="${box}">` +
    ring(look, c) +
    `<g opacity="${gone ? 0.5 : 1}">` +
    `<path d="${body}" fill="${c.panel}"/>` +
    `<path d="${body}" fill="${roleColour}" fill-opacity="${look.role === 'context' ? 0.06 : 0.16}" stroke="${look.role === 'context' ? c.line : severity}" ` +
    `stroke-width="${look.role === 'context' ? 1.5 : 2.5}" ${gone ? 'stroke-dasharray="3 3"' : ''}/>` +
    `<g transform="translate(-13.200 -13.200) scale(1.100)" fill="none" stroke="${look.role === 'context' ? c.muted : roleColour}" stroke-width="1.700" stroke-linecap="round" stroke-linejoin="round"><path d="${glyphs[look.glyph]}"/></g></g>` +
    badge(look, c) +
    kindBadge(look, c) +
    planBadge(look.plan, c) +
    `</svg>`
  )
}

export function dataUri(svg: string): string {
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`
}

function severityColour(severity: NonNullable<NodeLook['severity']>, c: NodePalette): string {
  return { high: c.high, medium: c.medium, low: c.low, informational: c.info }[severity]
}

function ring({ seal, sealKind = 'isolation' }: NodeLook, c: NodePalette): string {
  const circle = (colour: string, width: number, extra = '') =>
    `<circle r="33" fill="none" stroke="${colour}" stroke-width="${width}" ${extra}/>`
  switch (seal) {
    case 'sealed':
      // Only an isolation closes the pod off; what is proven of the others gets a thin double line.
      return sealKind === 'isolation'
        ? `<circle r="33" fill="${c.proof}" fill-opacity="0.1"/>` + circle(c.proof, 3.5)
        : circle(c.proof, 1.5) + `<circle r="37" fill="none" stroke="${c.proof}" stroke-width="1.500"/>`
    case 'working':
      return circle(c.progress, 3, 'stroke-dasharray="10 7"')
    case 'partly':
      return circle(c.caution, 1.5, 'opacity="0.5"') + circle(c.caution, 4, 'stroke-dasharray="103.700 103.700"')
    case 'unproven':
      return circle(c.doubt, 3, 'stroke-dasharray="1 7" stroke-linecap="round"')
    case 'broken':
      return circle(c.broken, 4, 'stroke-dasharray="26 12 8 12"')
    default:
      return ''
  }
}

function badge(look: NodeLook, c: NodePalette): string {
  const plate = (colour: string, inner: string) =>
    `<g transform="translate(24 -24)"><circle r="12" fill="${c.panel}" stroke="${colour}" stroke-width="2"/>` +
    `<g fill="none" stroke="${colour}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</g></g>`
  const lock = '<path d="M-4.500 -0.500h9v6h-9zM-2.800 -0.500v-2.500a2.800 2.800 0 0 1 5.600 0v2.500"/>'
  const openLock =
    '<path d="M-4.500 -0.500h9v6h-9zM-2.800 -0.500v-2.500a2.800 2.800 0 0 1 5.200 -1.500M3.500 -6.500l3 -2"/>'
  switch (look.seal) {
    case 'sealed':
      return plate(
        c.proof,
        look.sealKind && look.sealKind !== 'isolation' ? '<path d="M-4.500 0l3.200 3.500l6 -7"/>' : lock,
      )
    case 'working':
      return plate(c.progress, '<path d="M0 -5v5l3.500 2"/>')
    case 'partly':
      return plate(c.caution, '<path d="M0 -5v6M0 4.500v.01"/>')
    case 'unproven':
      return plate(c.doubt, '<path d="M-2.500 -3a2.700 2.700 0 1 1 3.700 3.100c-.9.4-1.200 1-1.200 1.900M0 5v.01"/>')
    case 'broken':
      return plate(c.broken, openLock)
    case 'expired':
      return plate(c.caution, '<path d="M-4 -5.500h8M-4 5.500h8M-3 -5.500c0 4 6 7 6 11M3 -5.500c0 4 -6 7 -6 11"/>')
    case 'gone':
      return plate(c.muted, '<path d="M-4 -4l8 8M4 -4l-8 8"/>')
    case 'none':
      return look.count ? countPlate(look.count, c) : ''
  }
}

const kindSigns: Record<SealKind, string> = {
  isolation: '',
  restriction: '<path d="M0 -6l5 2v3.500c0 3 -2 5 -5 6.500c-3 -1.500 -5 -3.500 -5 -6.500v-3.500zM-2.200 0h4.400"/>',
  termination:
    '<path d="M-2.300 -5.500h4.600l3.200 3.200v4.600l-3.200 3.200h-4.600l-3.200 -3.200v-4.600zM-1.800 -1.800l3.600 3.600M1.800 -1.800l-3.600 3.600"/>',
  scale: '<path d="M0 -5.500v7M-3.200 -1.500l3.200 3.200l3.200 -3.200M-4.500 5.200h9"/>',
  suspension: '<path d="M-2.200 -4.500v9M2.200 -4.500v9"/>',
}

function kindBadge({ seal, sealKind = 'isolation' }: NodeLook, c: NodePalette): string {
  if (seal === 'none' || seal === 'gone' || !kindSigns[sealKind]) return ''
  return (
    `<g transform="translate(24 24)"><circle r="11" fill="${c.panel}" stroke="${c.ink}" stroke-width="1.500"/>` +
    `<g fill="none" stroke="${c.ink}" stroke-width="1.800" stroke-linecap="round" stroke-linejoin="round">${kindSigns[sealKind]}</g></g>`
  )
}

/** At the upper left, so that it never hides the state in force at the upper right. */
function planBadge(plan: NodeLook['plan'], c: NodePalette): string {
  const plate = (colour: string, inner: string) =>
    `<g transform="translate(-24 -24)"><circle r="12" fill="${colour}"/>` +
    `<g fill="none" stroke="${c.panel}" stroke-width="2.200" stroke-linecap="round" stroke-linejoin="round">${inner}</g></g>`
  switch (plan) {
    case 'target':
      return (
        `<rect x="-31" y="-31" width="62" height="62" rx="12" fill="none" stroke="${c.progress}" stroke-width="2.500" stroke-dasharray="6 5"/>` +
        plate(c.progress, '<path d="M-4.500 -4.500l9 9M4.500 -4.500l-9 9"/>')
      )
    case 'lost':
      return plate(c.high, '<circle r="5.500"/><path d="M-4 4l8 -8"/>')
    case 'starts':
      return plate(c.caution, '<path d="M0 -5v10M-5 0h10"/>')
    default:
      return ''
  }
}

function countPlate(count: number, c: NodePalette): string {
  const text = count > 99 ? '99+' : String(count)
  return (
    `<g transform="translate(24 -24)"><rect x="-14" y="-10" width="28" height="20" rx="10" fill="${c.ink}"/>` +
    `<text y="5" text-anchor="middle" font-family="sans-serif" font-size="13" font-weight="700" fill="${c.panel}">${text}</text></g>`
  )
}
