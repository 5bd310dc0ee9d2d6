import { lazy } from 'react'

/** The canvas with its drawing library, fetched when it is first shown. */
export const LazyGraphCanvas = lazy(async () => ({ default: (await import('./GraphCanvas.tsx')).GraphCanvas }))
