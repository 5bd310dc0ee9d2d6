import { clsx } from 'clsx'
import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'

interface FieldFrame {
  label: string
  help?: ReactNode
  error?: string | null
  hideLabel?: boolean
}

const box =
  'w-full rounded-md border border-line-strong/60 bg-panel px-2.5 text-sm text-ink placeholder:text-muted hover:border-line-strong disabled:opacity-60 aria-invalid:border-failed'

/** Label, help and error of one control, tied to it for assistive technology. */
function Frame({ id, label, help, error, hideLabel, children }: FieldFrame & { id: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-xs font-medium text-muted'}>
        {label}
      </label>
      {children}
      {help && (
        <p id={`${id}-help`} className="text-xs text-muted">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-xs font-medium text-failed">
          {error}
        </p>
      )}
    </div>
  )
}

function described(id: string, { help, error }: FieldFrame) {
  return {
    'aria-invalid': error ? true : undefined,
    'aria-describedby': clsx(help && `${id}-help`, error && `${id}-error`) || undefined,
  }
}

type InputProps = FieldFrame & InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }
export function TextField({ label, help, error, hideLabel, className, ...rest }: InputProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} help={help} error={error} hideLabel={hideLabel}>
      <input id={id} className={clsx(box, 'h-8', className)} {...described(id, { label, help, error })} {...rest} />
    </Frame>
  )
}

type AreaProps = FieldFrame & TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }
export function TextArea({ label, help, error, hideLabel, className, ...rest }: AreaProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} help={help} error={error} hideLabel={hideLabel}>
      <textarea
        id={id}
        className={clsx(box, 'min-h-20 py-1.5', className)}
        {...described(id, { label, help, error })}
        {...rest}
      />
    </Frame>
  )
}

type SelectProps = FieldFrame & SelectHTMLAttributes<HTMLSelectElement>
/** The platform's own select: fully operable everywhere, and the options of a form are short. */
export function SelectField({ label, help, error, hideLabel, className, children, ...rest }: SelectProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} help={help} error={error} hideLabel={hideLabel}>
      <select id={id} className={clsx(box, 'h-8 pr-7', className)} {...described(id, { label, help, error })} {...rest}>
        {children}
      </select>
    </Frame>
  )
}

export function CheckField({
  label,
  help,
  ...rest
}: { label: ReactNode; help?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="flex items-start gap-2 text-sm">
      <input type="checkbox" className="mt-[3px] size-3.5 shrink-0 accent-(--solid)" {...rest} />
      <span className="min-w-0">
        {label}
        {help && <span className="block text-xs text-muted">{help}</span>}
      </span>
    </label>
  )
}
