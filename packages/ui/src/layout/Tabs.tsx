import { Tabs as Base } from '@base-ui/react/tabs'
import { clsx } from 'clsx'
import type { ReactNode } from 'react'

export interface TabsProps<T extends string> {
  value: T
  onChange: (value: T) => void
  label: string
  tabs: { value: T; label: string; count?: number }[]
  /** Right of the tabs, on the same line. */
  aside?: ReactNode
  small?: boolean
  className?: string
  children: ReactNode
}

/** Tabs of which only the chosen panel is rendered; `children` is that panel. */
export function Tabs<T extends string>({
  value,
  onChange,
  label,
  tabs,
  aside,
  small,
  className,
  children,
}: TabsProps<T>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next: T) => onChange(next)}
      className={clsx('flex min-h-0 flex-1 flex-col', className)}
    >
      <div className={clsx('flex items-center gap-3 border-b border-line', small ? 'px-3' : 'px-5')}>
        <Base.List aria-label={label} className="flex min-w-0 gap-1 overflow-x-auto">
          {tabs.map((tab) => (
            <Base.Tab
              key={tab.value}
              value={tab.value}
              className={clsx(
                'focus-inset relative flex cursor-pointer items-center gap-1.5 px-2.5 font-medium whitespace-nowrap text-muted hover:text-ink data-active:text-ink',
                'after:absolute after:inset-x-1.5 after:-bottom-px after:h-0.5 after:rounded-full data-active:after:bg-accent',
                small ? 'h-9 text-xs' : 'h-10 text-sm',
              )}
            >
              {tab.label}
              {tab.count !== undefined && (
                <span className="rounded-full bg-hover px-1.5 text-2xs text-muted">{tab.count.toLocaleString()}</span>
              )}
            </Base.Tab>
          ))}
        </Base.List>
        {aside && <div className="ml-auto flex items-center gap-2">{aside}</div>}
      </div>
      <Base.Panel value={value} className="focus-inset flex min-h-0 flex-1 flex-col">
        {children}
      </Base.Panel>
    </Base.Root>
  )
}
