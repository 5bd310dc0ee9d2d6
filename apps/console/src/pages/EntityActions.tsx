import { GoHunt } from '../features/hunting/GoHunt.tsx'
import { TargetActions } from '../features/response/TargetActions.tsx'
import type { EntityView } from '../features/entities/entity-view.ts'

/** Draws the commands of an entity's pane, for an incident where it is looked at in one. */
export function entityActions(incidentId?: number) {
  return (entity: EntityView) => <EntityActions entity={entity} incidentId={incidentId} />
}

/** Hunt for it, act on it. */
function EntityActions({ entity, incidentId }: { entity: EntityView; incidentId?: number }) {
  return (
    <>
      <GoHunt entityKey={entity.key} incidentId={incidentId} />
      <TargetActions
        source="entity-pane"
        incidentId={incidentId}
        target={{
          key: entity.key,
          kind: entity.kind,
          name: entity.name,
          uid: entity.uid ?? undefined,
          cluster: entity.cluster ?? undefined,
          namespace: entity.namespace ?? undefined,
          containment: entity.containment,
        }}
      />
    </>
  )
}
