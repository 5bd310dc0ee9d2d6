import { inertString, Menu, MenuItem, MenuLabel, MenuSeparator, toast } from '@cordon/ui'
import { ChevronsRight, Columns3, Copy, Equal, EqualNot, ExternalLink, PanelRight, Search, SearchX } from 'lucide-react'
import { cellText } from './hunt-text.ts'
import type { Pointed, Refinement } from './kql-edit.ts'

export interface MenuRequest {
  pointed: Pointed
  at: { x: number; y: number }
  entity?: { key: string; name: string } | undefined
  onInspect?: (() => void) | undefined
  onExpand?: (() => void) | undefined
}

export interface RefineMenuProps {
  request: MenuRequest | null
  onClose: () => void
  onRefine: (pointed: Pointed, how: Refinement) => void
  onEntity: (key: string) => void
}

/** What can be done with a value of the results: most of it goes into the query. */
export function RefineMenu({ request, onClose, onRefine, onEntity }: RefineMenuProps) {
  const pointed = request?.pointed
  const text = pointed ? cellText(pointed.value) : ''
  const name = pointed ? [pointed.column.name, ...(pointed.path ?? [])].join('.') : ''
  const short = inertString(text.slice(0, 40)) + (text.length > 40 ? '…' : '')
  const refine = (how: Refinement) => pointed && onRefine(pointed, how)
  const isObject = typeof pointed?.value === 'object' && pointed.value !== null
  const isInJson = pointed?.column.type === 'dynamic' || (pointed?.path?.length ?? 0) > 0
  return (
    <Menu
      open={request !== null}
      onOpenChange={(open) => !open && onClose()}
      at={request?.at ?? { x: 0, y: 0 }}
      label="Refine by this value"
    >
      {request && (
        <>
          <MenuLabel>
            <bdi>{inertString(name.slice(0, 60))}</bdi>
          </MenuLabel>
          {!isObject && (
            <>
              <MenuItem icon={<Equal aria-hidden />} onSelect={() => refine('equals')}>
                Equals <bdi>{short || '(empty)'}</bdi>
              </MenuItem>
              <MenuItem icon={<EqualNot aria-hidden />} onSelect={() => refine('not-equals')}>
                Not equals <bdi>{short || '(empty)'}</bdi>
              </MenuItem>
            </>
          )}
          {text !== '' && !isObject && (
            <>
              <MenuItem icon={<Search aria-hidden />} onSelect={() => refine('contains')}>
                Contains <bdi>{short}</bdi>
              </MenuItem>
              <MenuItem icon={<SearchX aria-hidden />} onSelect={() => refine('not-contains')}>
                Doesn’t contain <bdi>{short}</bdi>
              </MenuItem>
            </>
          )}
          {isInJson && (
            <MenuItem icon={<Columns3 aria-hidden />} onSelect={() => refine('extend')}>
              Extend into a column
            </MenuItem>
          )}
          <MenuSeparator />
          <MenuItem icon={<Copy aria-hidden />} onSelect={() => copyValue(text)}>
            Copy value
          </MenuItem>
          {request.entity && (
            <MenuItem icon={<ExternalLink aria-hidden />} onSelect={() => onEntity(request.entity?.key ?? '')}>
              Open <bdi>{inertString(request.entity.name.slice(0, 40))}</bdi>
            </MenuItem>
          )}
          {request.onExpand && (
            <MenuItem icon={<ChevronsRight aria-hidden />} onSelect={request.onExpand}>
              Expand in place
            </MenuItem>
          )}
          {request.onInspect && (
            <MenuItem icon={<PanelRight aria-hidden />} onSelect={request.onInspect}>
              Inspect record
            </MenuItem>
          )}
        </>
      )}
    </Menu>
  )
}

/** Copies with invisible characters written out, so that pasting is harmless. */
export function copyValue(text: string): void {
  navigator.clipboard.writeText(inertString(text, true)).then(
    () => toast({ title: 'Copied' }),
    () => toast({ title: 'Could not copy', kind: 'failed' }),
  )
}
