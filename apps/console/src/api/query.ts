import { type EndpointName, type Input, type Output, ProblemError, createClient, routes, urlOf } from '@cordon/contract'
import {
  type DefaultError,
  MutationCache,
  QueryCache,
  QueryClient,
  infiniteQueryOptions,
  queryOptions,
  useMutation,
} from '@tanstack/react-query'
import { markExpired } from './expiry.ts'

const base = '/api/v1'
export const call = createClient({ base })

/** A read of any endpoint as a value for `useQuery` and prefetching; keys are never written by hand. */
export function q<N extends EndpointName>(name: N, input: Input<N>) {
  return queryOptions<Output<N>, DefaultError, Output<N>, readonly [N, Input<N>]>({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, input, { signal }),
  })
}

type ListName = 'incidentList' | 'alertList' | 'actionList' | 'setAsideList' | 'ledgerList' | 'findingList'

/** A list read page by page; `data.pages` hold `items`, `nextCursor` and, on lists that count, `total`. */
export function qPages<N extends ListName>(name: N, query: Omit<NonNullable<Input<N>['query']>, 'cursor'>) {
  return infiniteQueryOptions({
    queryKey: [name, { query, paged: true }] as const,
    queryFn: ({ pageParam, signal }): Promise<Output<N>> =>
      call(name, { query: { ...query, cursor: pageParam } } as Input<N>, { signal }), // the query is N's own, less its cursor
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Output<N>) => (last as { nextCursor: string | null }).nextCursor ?? undefined, // every list answers with nextCursor
    placeholderData: (before) => before,
  })
}

/** The one mutation hook. Pass `key` for endpoints that take an Idempotency-Key, so that a repeated click is one request. */
export function useApi<N extends EndpointName>(name: N) {
  return useMutation<Output<N>, Error, Input<N> & { key?: string }>({
    mutationFn: ({ key, ...input }) =>
      call(name, input as unknown as Input<N>, key ? { headers: { 'idempotency-key': key } } : {}), // Input<N> less the key
    onSuccess: () =>
      refresh(
        [...new Set(Object.values(routes).flatMap((route) => [...route.reads]))].filter((noun) => touches(name, noun)),
      ),
  })
}

/** Address of an endpoint that a link opens, e.g. a CSV export. */
export function linkTo(name: EndpointName, params?: Record<string, unknown>, query?: Record<string, unknown>): string {
  return base + urlOf(name, params, query)
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: expire }),
  mutationCache: new MutationCache({ onError: expire }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ProblemError && error.problem.status >= 400 && error.problem.status < 500),
      retryDelay: (attempt) => 600 * 2 ** attempt,
    },
    mutations: { retry: false },
  },
})

function expire(error: Error) {
  if (error instanceof ProblemError && error.problem.status === 401) markExpired()
}

/** Refetches what depends on a noun; called by live hints and after own changes. */
export function refresh(nouns: readonly string[]): void {
  if (nouns.length === 0) return
  void queryClient.invalidateQueries({
    predicate: ({ queryKey: [name] }) => {
      const route = routes[name as EndpointName] as (typeof routes)[EndpointName] | undefined
      return route?.reads.some((noun) => nouns.includes(noun)) ?? false
    },
  })
}

// A change by this browser refetches at once, without waiting for the hint; the noun is the endpoint's first word.
function touches(name: EndpointName, noun: string): boolean {
  return (
    name.startsWith(noun) ||
    (name.startsWith('incident') && noun === 'alert') ||
    (name.startsWith('alert') && noun === 'incident')
  )
}

/** Title, detail and request id of anything thrown, for showing where it happened. */
export function problemOf(error: unknown): {
  title: string
  detail: string
  requestId?: string
  status: number
  fields: Record<string, string>
} {
  if (error instanceof ProblemError) {
    const { title, detail, requestId, status, errors } = error.problem
    return {
      title,
      detail,
      requestId,
      status,
      fields: Object.fromEntries((errors ?? []).map((e) => [e.path.replace(/^body\./, ''), e.message])),
    }
  }
  return {
    title: 'Something went wrong',
    detail: error instanceof Error ? error.message : String(error),
    status: 0,
    fields: {},
  }
}
