/** Outlines on a 24 × 24 field, drawn for this console; stroked with the current colour. */
export const glyphs = {
  cluster:
    'M12 3v3M12 18v3M4.2 7.5l2.6 1.5M17.2 15l2.6 1.5M4.2 16.5l2.6-1.5M17.2 9l2.6-1.5M12 6a6 6 0 1 0 0 12a6 6 0 1 0 0-12M12 10a2 2 0 1 0 0 4a2 2 0 1 0 0-4',
  namespace: 'M8 4H5v16h3M16 4h3v16h-3M9 9h6M9 12h6M9 15h3',
  node: 'M4 5h16v6H4zM4 13h16v6H4zM7 8h.01M7 16h.01M11 8h6M11 16h6',
  pod: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5l8-4.5M12 12v9',
  container: 'M3 7h18v10H3zM7 7v10M12 7v10M17 7v10',
  image: 'M12 3l9 4.5l-9 4.5l-9-4.5zM3 12l9 4.5l9-4.5M3 16.5L12 21l9-4.5',
  registry:
    'M5 6c0-1.7 3.1-3 7-3s7 1.3 7 3s-3.1 3-7 3s-7-1.3-7-3zM5 6v12c0 1.7 3.1 3 7 3s7-1.3 7-3V6M5 12c0 1.7 3.1 3 7 3s7-1.3 7-3',
  service: 'M12 4v5M12 9l-6 6M12 9l6 6M9.5 3h5v3h-5zM3.5 15h5v5h-5zM15.5 15h5v5h-5z',
  workload: 'M8 8h12v12H8zM16 8V4H4v12h4M12 14h4M14 12v4',
  'service-account':
    'M12 4a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M5 20c.5-3.5 3.4-5.5 7-5.5M16.5 14.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M19 17h2.5',
  user: 'M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20.5c.6-3.9 3.6-6 7.500-6s6.900 2.100 7.500 6',
  process: 'M3 5h18v14H3zM7 10l3 2.500l-3 2.500M12.500 15h4.500',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  ip: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c-3 2.600-4 5.600-4 9s1 6.400 4 9c3-2.600 4-5.600 4-9s-1-6.400-4-9',
  domain: 'M4 9h16M4 15h16M9 4L7 20M17 4l-2 16',
  secret: 'M8 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 12h9M18 12v3.500M21 12v2.500',
  role: 'M12 3l8 3v5.500c0 4.500-3.200 8-8 9.500c-4.800-1.500-8-5-8-9.500V6zM9 12l2 2l4-4',
  'role-binding': 'M9 8H7a4 4 0 0 0 0 8h2M15 8h2a4 4 0 0 1 0 8h-2M8 12h8',
} as const

export type GlyphName = keyof typeof glyphs

export function isGlyph(name: string): name is GlyphName {
  return name in glyphs
}

/** Silhouette of a glyph's family: platform (hexagon), what runs (tile), who (circle), what is reached or used (octagon). */
export type Silhouette = 'hexagon' | 'tile' | 'circle' | 'octagon'

const families: Partial<Record<GlyphName, Silhouette>> = {
  cluster: 'hexagon',
  namespace: 'hexagon',
  node: 'hexagon',
  'service-account': 'circle',
  user: 'circle',
  role: 'circle',
  'role-binding': 'circle',
  ip: 'octagon',
  domain: 'octagon',
  image: 'octagon',
  registry: 'octagon',
  file: 'octagon',
  secret: 'octagon',
}

export function silhouetteOf(name: GlyphName): Silhouette {
  return families[name] ?? 'tile'
}

/** SVG paths of the silhouettes around (0, 0), 22 units from centre to edge. */
export const silhouettes: Record<Silhouette, string> = {
  tile: 'M-14 -21H14A7 7 0 0 1 21 -14V14A7 7 0 0 1 14 21H-14A7 7 0 0 1 -21 14V-14A7 7 0 0 1 -14 -21Z',
  hexagon: 'M0 -24L21 -12V12L0 24L-21 12V-12Z',
  circle: 'M0 -22A22 22 0 1 1 0 22A22 22 0 1 1 0 -22Z',
  octagon: 'M-9.500 -22H9.500L22 -9.500V9.500L9.500 22H-9.500L-22 9.500V-9.500Z',
}
