import { Badge, inertString } from '@cordon/ui'
import { SealIcon } from './SealIcon.tsx'
import { containmentLook } from './containment.ts'

/** Containment of an entity; shows nothing where there is none. */
export function ContainmentBadge({ state, name }: { state: string; name?: string }) {
  if (state === 'none') return null
  const look = containmentLook(state)
  return (
    <Badge
      tone={look.tone}
      icon={<SealIcon seal={look.seal} kind={look.kind} />}
      title={name ? `${look.label}: ${inertString(name)}` : undefined}
    >
      {name ? (
        <>
          {look.label} · <bdi>{inertString(name)}</bdi>
        </>
      ) : (
        look.label
      )}
    </Badge>
  )
}
