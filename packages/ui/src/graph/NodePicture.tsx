import { useMemo } from 'react'
import { readPalette } from './canvas-style.ts'
import { type NodeLook, dataUri, nodeSvg } from './node-svg.ts'

/** A node as the canvas draws it, for legends and lists; decorative, its meaning stands beside it. */
export function NodePicture({ look, theme, size = 36 }: { look: NodeLook; theme: string; size?: number }) {
  const source = useMemo(() => dataUri(nodeSvg(look, readPalette(theme), true)), [look, theme])
  return <img src={source} width={size} height={size} alt="" className="shrink-0" />
}
