import type { Output } from '@cordon/contract'

/** An entity as its endpoint answers it. */
export type EntityView = Output<'entityGet'>
