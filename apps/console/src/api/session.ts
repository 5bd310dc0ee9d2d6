import { type EndpointName, mayCall, routes } from '@cordon/contract'
import { everything } from '@cordon/rbac'
import { useQuery } from '@tanstack/react-query'
import { q } from './query.ts'

export function useSession() {
  return useQuery({ ...q('sessionGet', {}), staleTime: 60_000 })
}

/** May the signed-in person call this endpoint? A refusal says what to ask for. */
export function useMay(name: EndpointName): { allowed: true } | { allowed: false; reason: string } {
  const { data } = useSession()
  if (routes[name].needs === 'public') return { allowed: true }
  if (!data?.user) return { allowed: false, reason: 'You are not signed in.' }
  return mayCall(name, { role: data.user.role, scope: data.user.scope ?? everything })
}
