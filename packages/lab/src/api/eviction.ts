import type { KubeObject } from '../ports.ts'
import { isDryRun, objectAnswer, timestamp, type Answer, type ApiContext, type Call } from './call.ts'
import { deleteStored } from './delete-handlers.ts'
import { parseBody } from './object-decoder.ts'
import { readObject } from './read-handlers.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { labelSelectorMatcher } from './selectors.ts'
import { badRequest, StatusError, type Status } from './status-error.ts'

const BUDGETS = 'policy/poddisruptionbudgets'
const SUCCESS: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

/** `pods/eviction`: deletes the pod unless its disruption budget forbids it. */
export function evictPod(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const eviction = parseBody(call.body, call.headers['content-type'] ?? 'application/json', 'Eviction')
  call.audit.setRequestObject(eviction)
  const { name } = call.info
  if (eviction?.metadata?.name && eviction.metadata.name !== name)
    throw badRequest(`name in URL does not match name in Eviction object: BadRequest`)
  const pod = readObject(context, definition, call)
  const options = {
    ...eviction?.deleteOptions,
    ...(isDryRun(call) || eviction?.deleteOptions?.dryRun?.length ? { dryRun: ['All'] } : {}),
  }
  if (needsBudget(pod)) spendBudget(context, pod, options.dryRun !== undefined)
  deleteStored(context, definition, pod, options)
  return objectAnswer(201, SUCCESS)
}

/** Pods that are finished, not started or already leaving do not count as healthy. */
const needsBudget = (pod: KubeObject): boolean =>
  !['Succeeded', 'Failed', 'Pending'].includes(pod.status?.phase) && !pod.metadata.deletionTimestamp

function spendBudget(context: ApiContext, pod: KubeObject, dryRun: boolean): void {
  const { namespace = '', name, labels } = pod.metadata
  const budgets = [...context.store.scan(BUDGETS, `${namespace}/`)]
    .map(([, budget]) => budget)
    .filter((budget) => budget.spec?.selector && labelSelectorMatcher(budget.spec.selector)(labels))
  if (budgets.length > 1)
    throw new StatusError(
      500,
      undefined,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  const [budget] = budgets
  if (!budget) return
  const { status = {}, spec } = budget
  const ready = pod.status?.conditions?.some(
    (c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True',
  )
  if (
    !ready &&
    (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
      (status.desiredHealthy > 0 && status.currentHealthy >= status.desiredHealthy))
  )
    return
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0) && (status.expectedPods ?? 0) === 0)
    throw budgetRefusal(`The disruption budget ${budget.metadata.name} is still being processed by the server.`, 10)
  if (!(status.disruptionsAllowed > 0))
    throw budgetRefusal(
      `The disruption budget ${budget.metadata.name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
    )
  if (dryRun) return
  context.store.put(BUDGETS, `${namespace}/${budget.metadata.name}`, {
    ...budget,
    metadata: { ...budget.metadata },
    status: {
      ...status,
      disruptionsAllowed: status.disruptionsAllowed - 1,
      disruptedPods: { ...status.disruptedPods, [name]: timestamp(context.now()) },
    },
  })
}

const budgetRefusal = (message: string, retryAfterSeconds?: number): StatusError =>
  new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: { causes: [{ reason: 'DisruptionBudget', message }], ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
  })
