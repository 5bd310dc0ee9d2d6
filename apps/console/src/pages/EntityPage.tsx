import { parseEntityKey } from '@cordon/entities'
import { useNavigate, useParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { EntityPane } from '../features/entities/EntityPane.tsx'
import { entityActions } from './EntityActions.tsx'
import { kindLabel } from '../signs/EntityName.tsx'

export function Component() {
  const { key = '' } = useParams()
  const navigate = useNavigate()
  const parsed = parseEntityKey(key)
  return (
    <div className="flex min-h-0 flex-1 justify-center">
      <title>{`${parsed?.parts.at(-1) ?? 'Entity'} · Cordon`}</title>
      <h1 className="sr-only">{parsed ? kindLabel(parsed.kind) : 'Entity'}</h1>
      <EntityPane
        key={key}
        entityKey={key}
        className="w-full max-w-4xl border-r"
        actions={entityActions()}
        onEntity={(next) => void navigate(paths.entity(next))}
        onAlert={(id) => void navigate(paths.alert(id))}
        onAction={(id) => void navigate(paths.action(id))}
      />
    </div>
  )
}
