import type { KubeObject } from '../ports.ts'
import type { ResourceDefinition } from './resource-definition.ts'

const served = new WeakMap<KubeObject, KubeObject>()

/** A stored object in the shape of the API group it is read through. Events live in two groups with different fields. */
export function toServed(definition: ResourceDefinition, object: KubeObject): KubeObject {
  if (definition.storage === '/events') return definition.group === 'events.k8s.io' ? toEventsV1(object) : object
  if (!definition.custom) return object
  const apiVersion = `${definition.group}/${definition.version}`
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}

function toEventsV1(event: KubeObject): KubeObject {
  const known = served.get(event)
  if (known) return known
  const {
    metadata,
    involvedObject,
    message,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    reportingInstance,
  } = event
  const { eventTime, series, action, reason, related, type } = event
  const result: KubeObject = {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata,
    eventTime: eventTime ?? null,
    ...(series ? { series } : {}),
    ...(reportingComponent ? { reportingController: reportingComponent } : {}),
    ...(reportingInstance ? { reportingInstance } : {}),
    ...(action ? { action } : {}),
    ...(reason ? { reason } : {}),
    ...(involvedObject ? { regarding: involvedObject } : {}),
    ...(related ? { related } : {}),
    ...(message ? { note: message } : {}),
    ...(type ? { type } : {}),
    ...(source ? { deprecatedSource: source } : {}),
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    ...(count ? { deprecatedCount: count } : {}),
  }
  served.set(event, result)
  return result
}

/** A written event of the group `events.k8s.io` in the stored shape. */
export function toStored(definition: ResourceDefinition, object: KubeObject): KubeObject {
  if (definition.group !== 'events.k8s.io') return object
  const {
    metadata,
    eventTime,
    series,
    reportingController,
    reportingInstance,
    action,
    reason,
    regarding,
    related,
    note,
    type,
  } = object
  const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount } = object
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata,
    involvedObject: regarding ?? {},
    ...(reason ? { reason } : {}),
    ...(note ? { message: note } : {}),
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    ...(deprecatedCount ? { count: deprecatedCount } : {}),
    ...(type ? { type } : {}),
    eventTime: eventTime ?? null,
    ...(series ? { series } : {}),
    ...(action ? { action } : {}),
    ...(related ? { related } : {}),
    reportingComponent: reportingController ?? '',
    reportingInstance: reportingInstance ?? '',
  }
}
