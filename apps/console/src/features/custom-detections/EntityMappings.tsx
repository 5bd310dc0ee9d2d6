import { mappableKinds, type MappableKind, partLabels } from '@cordon/contract'
import { kindLabels } from '@cordon/entities'
import { Button, IconButton, SelectField, TextField } from '@cordon/ui'
import { Plus, X } from 'lucide-react'
import type { Mapping } from './detection-draft.ts'

type Part = Mapping['parts'][string]

interface Columns {
  columns: readonly { name: string; type: string }[]
}

const fixed = '\0fixed'
const other = '\0other'
// Members of our own tables' JSON columns that name something.
const members: Readonly<Record<string, readonly string[]>> = {
  AdditionalFields: ['ClusterName', 'NodeName'],
  RawEventData: ['User.username', 'ObjectRef.namespace', 'ObjectRef.name'],
}

/** Which columns name the entities of an alert. */
export function EntityMappings({
  entities,
  columns,
  problems,
  onChange,
}: Columns & {
  entities: readonly Mapping[]
  /** By `<index>.<part>`. */
  problems: Readonly<Record<string, string>>
  onChange: (entities: Mapping[]) => void
}) {
  const change = (index: number, mapping: Mapping) => onChange(entities.with(index, mapping))
  return (
    <div className="flex flex-col gap-3">
      {entities.map((mapping, index) => (
        // Mappings have no identity but their place.
        <div key={index} className="rounded-md border border-line p-3">
          <div className="flex items-end gap-2">
            <div className="grid flex-1 grid-cols-2 gap-2">
              <SelectField
                label={`Entity ${index + 1}`}
                value={mapping.kind}
                onChange={(event) => change(index, { ...mapping, kind: event.target.value as MappableKind })} // the options are the kinds
              >
                {Object.keys(mappableKinds).map((kind) => (
                  <option key={kind} value={kind}>
                    {kindLabels[kind as MappableKind]}
                  </option>
                ))}
              </SelectField>
              <SelectField
                label="Part it plays"
                value={mapping.role}
                onChange={(event) => change(index, { ...mapping, role: event.target.value as Mapping['role'] })} // as above
              >
                <option value="impacted">Impacted asset</option>
                <option value="related">Related evidence</option>
              </SelectField>
            </div>
            <IconButton
              label={`Remove entity ${index + 1}`}
              onClick={() => onChange(entities.filter((_one, at) => at !== index))}
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
          <div className="mt-2 grid grid-cols-2 gap-2 xl:grid-cols-3">
            {mappableKinds[mapping.kind].parts.map((name) => (
              <PartField
                key={name}
                label={partLabels[name] ?? name}
                part={mapping.parts[name]}
                columns={columns}
                error={problems[`${index}.${name}`]}
                onChange={(part) => change(index, { ...mapping, parts: { ...mapping.parts, [name]: part } })}
              />
            ))}
          </div>
        </div>
      ))}
      <div>
        <Button
          size="sm"
          disabled={entities.length >= 10}
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => onChange([...entities, { kind: 'pod', role: 'impacted', parts: {} }])}
        >
          Add entity
        </Button>
      </div>
    </div>
  )
}

function PartField({
  label,
  part,
  columns,
  error,
  onChange,
}: Columns & { label: string; part: Part | undefined; error: string | undefined; onChange: (part: Part) => void }) {
  const paths = columns.flatMap(({ name }) => [name, ...(members[name] ?? []).map((member) => `${name}.${member}`)])
  const column = part && 'column' in part ? part.column : undefined
  const isFixed = part !== undefined && 'value' in part
  const isOther = column !== undefined && !paths.includes(column)
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <SelectField
        label={label}
        error={isFixed || isOther ? null : (error ?? null)}
        value={isFixed ? fixed : isOther ? other : (column ?? '')}
        onChange={({ target: { value } }) =>
          onChange(value === fixed ? { value: '' } : { column: value === other ? `${column ?? ''}.` : value })
        }
      >
        <option value="" disabled>
          Choose a column
        </option>
        {paths.map((path) => (
          <option key={path}>{path}</option>
        ))}
        <option value={other}>Member of a JSON column…</option>
        <option value={fixed}>The same for all rows…</option>
      </SelectField>
      {isOther && (
        <TextField
          hideLabel
          label={`${label}: member of a JSON column`}
          placeholder="Column.member"
          value={column}
          error={error ?? null}
          onChange={(event) => onChange({ column: event.target.value })}
        />
      )}
      {isFixed && (
        <TextField
          hideLabel
          label={`${label} of all rows`}
          placeholder="Text"
          value={part.value}
          error={error ?? null}
          onChange={(event) => onChange({ value: event.target.value })}
        />
      )}
    </div>
  )
}
