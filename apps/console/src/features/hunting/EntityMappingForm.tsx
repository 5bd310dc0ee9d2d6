import { keyParts, kindLabels, type RowKind, rowKinds, type RowMapping, type RowPart } from '@cordon/entities'
import { Button, IconButton, inertString } from '@cordon/ui'
import { Plus, Trash2 } from 'lucide-react'

export interface EntityMappingFormProps {
  mappings: readonly RowMapping[]
  /** Columns and members that a part can come from. */
  paths: readonly string[]
  clusters: readonly string[]
  onChange: (mappings: RowMapping[]) => void
}

const partLabels: Readonly<Record<string, string>> = {
  workloadKind: 'Workload kind',
  serviceAccount: 'Service account',
  ip: 'Address',
}
const select = 'h-8 min-w-0 flex-1 rounded-md border border-line-strong/60 bg-panel px-2 text-sm text-ink'

/** Which columns name which entities. A cluster can also be the same for all rows. */
export function EntityMappingForm({ mappings, paths, clusters, onChange }: EntityMappingFormProps) {
  const set = (at: number, next: RowMapping) => onChange(mappings.map((one, index) => (index === at ? next : one)))
  return (
    <div className="flex flex-col gap-2">
      <ul className="flex flex-col gap-2">
        {mappings.map((mapping, at) => (
          // Mappings have no name of their own; their order is what the person sees.
          <li key={at} className="rounded-md border border-line p-2.5">
            <div className="flex items-center gap-2">
              <select
                aria-label={`Entity ${at + 1}: kind`}
                className={select}
                value={mapping.kind}
                onChange={(event) =>
                  set(at, {
                    ...mapping,
                    kind: event.target.value as RowKind,
                    parts: kept(event.target.value as RowKind, mapping.parts),
                  })
                } // the options are these
              >
                {rowKinds.map((kind) => (
                  <option key={kind} value={kind}>
                    {kindLabels[kind]}
                  </option>
                ))}
              </select>
              <select
                aria-label={`Entity ${at + 1}: part it played`}
                className={`${select} max-w-44`}
                value={mapping.role}
                onChange={(event) => set(at, { ...mapping, role: event.target.value as RowMapping['role'] })} // the options are these
              >
                <option value="impacted">Impacted asset</option>
                <option value="related">Related evidence</option>
              </select>
              <IconButton
                label={`Remove entity ${at + 1}`}
                onClick={() => onChange(mappings.filter((_, index) => index !== at))}
              >
                <Trash2 className="size-4" aria-hidden />
              </IconButton>
            </div>
            <div className="mt-2 flex flex-wrap gap-2">
              {keyParts[mapping.kind].map((name) => (
                <Part
                  key={name}
                  label={partLabels[name] ?? name.charAt(0).toUpperCase() + name.slice(1)}
                  part={mapping.parts[name]}
                  paths={paths}
                  fixed={name === 'cluster' ? clusters : []}
                  onChange={(part) => set(at, { ...mapping, parts: withPart(mapping.parts, name, part) })}
                />
              ))}
            </div>
          </li>
        ))}
      </ul>
      <Button
        size="sm"
        className="self-start"
        icon={<Plus className="size-3.5" aria-hidden />}
        onClick={() => onChange([...mappings, { kind: 'pod', role: 'related', parts: mappings[0]?.parts ?? {} }])}
      >
        Add entity
      </Button>
    </div>
  )
}

function Part({
  label,
  part,
  paths,
  fixed,
  onChange,
}: {
  label: string
  part: RowPart | undefined
  paths: readonly string[]
  fixed: readonly string[]
  onChange: (part: RowPart | undefined) => void
}) {
  const value = part === undefined ? '' : 'column' in part ? `column:${part.column}` : `value:${part.value}`
  const known =
    value === '' || paths.some((path) => `column:${path}` === value) || fixed.some((one) => `value:${one}` === value)
  return (
    <label className="flex min-w-40 flex-1 flex-col gap-1 text-xs text-muted">
      {label}
      <select
        className={`${select} flex-none`}
        aria-invalid={part === undefined || undefined}
        value={value}
        onChange={(event) => {
          const [type, ...rest] = event.target.value.split(':')
          const text = rest.join(':')
          onChange(text === '' ? undefined : type === 'column' ? { column: text } : { value: text })
        }}
      >
        <option value="">Choose…</option>
        {!known && <option value={value}>{inertString(value.replace(/^\w+:/, ''))}</option>}
        {fixed.length > 0 && (
          <optgroup label="The same for all rows">
            {fixed.map((one) => (
              <option key={one} value={`value:${one}`}>
                {inertString(one)}
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label="Column">
          {paths.map((path) => (
            <option key={path} value={`column:${path}`}>
              {inertString(path)}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  )
}

function kept(kind: RowKind, parts: RowMapping['parts']): RowMapping['parts'] {
  const names: readonly string[] = keyParts[kind]
  return Object.fromEntries(Object.entries(parts).filter(([name]) => names.includes(name)))
}

function withPart(parts: RowMapping['parts'], name: string, part: RowPart | undefined): RowMapping['parts'] {
  const { [name]: _, ...others } = parts
  return part === undefined ? others : { ...others, [name]: part }
}
