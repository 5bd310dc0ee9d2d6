/** A module fetched once, when first needed; `now` is the module as soon as it has arrived. */
export interface Deferred<M> {
  load: () => Promise<M>
  now: () => M | undefined
}

/**
 * Positioned popups weigh about a third of the first load and nobody sees one before the first click, so their code is
 * fetched when a trigger is pointed at or focused.
 */
export function deferred<M>(fetch: () => Promise<M>): Deferred<M> {
  let pending: Promise<M> | undefined
  let arrived: M | undefined
  return {
    load: () =>
      (pending ??= fetch().then(
        (module) => (arrived = module),
        (error: unknown) => {
          pending = undefined // the next try may succeed
          throw error
        },
      )),
    now: () => arrived,
  }
}
