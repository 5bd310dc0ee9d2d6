import type { HuntResult } from '@cordon/contract'
import { IconButton, Inert } from '@cordon/ui'
import { MoreHorizontal } from 'lucide-react'
import { cellText } from './hunt-text.ts'
import { JsonTree } from './JsonTree.tsx'
import type { Pointed } from './kql-edit.ts'
import { jsonOf, type Row } from './result-rows.ts'

export interface RecordFieldsProps {
  schema: HuntResult['schema']
  row: Row
  onMenu: (pointed: Pointed, at: { x: number; y: number }) => void
  /** Fields without a value are left out. */
  dense?: boolean
}

/** Every field of a row with its whole value; JSON as a tree. */
export function RecordFields({ schema, row, onMenu, dense }: RecordFieldsProps) {
  const shown = dense ? schema.filter(({ name }) => cellText(row[name]) !== '') : schema
  return (
    <dl
      className={
        dense
          ? 'grid gap-x-6 gap-y-1 [grid-template-columns:repeat(auto-fill,minmax(22rem,1fr))]'
          : 'flex flex-col gap-2.5'
      }
    >
      {shown.map((column) => {
        const value = row[column.name]
        const json = jsonOf(value)
        return (
          <div key={column.name} className={dense ? 'flex min-w-0 gap-2' : 'min-w-0'}>
            <dt
              className={`flex items-center gap-1 text-xs text-muted ${dense ? 'w-40 shrink-0 items-start pt-0.5' : ''}`}
            >
              <span className="min-w-0 truncate">
                <Inert value={column.name} max={80} />
              </span>
              {!dense && (
                <IconButton
                  label={`Refine by ${column.name}`}
                  className="ml-auto size-6"
                  onClick={(event) => {
                    const box = event.currentTarget.getBoundingClientRect()
                    onMenu({ column, value }, { x: box.left, y: box.bottom })
                  }}
                >
                  <MoreHorizontal className="size-3.5" aria-hidden />
                </IconButton>
              )}
            </dt>
            <dd className="min-w-0 flex-1 break-words">
              {json ? (
                <JsonTree
                  value={json}
                  open={dense ? 1 : 2}
                  onMenu={(path, inner, at) => onMenu({ column, path, value: inner }, at)}
                />
              ) : (
                <Inert value={cellText(value) || '–'} max={dense ? 2000 : 20_000} block />
              )}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
