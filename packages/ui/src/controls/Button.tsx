import { clsx } from 'clsx'
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'primary' | 'danger' | 'plain' | 'quiet'
  size?: 'sm' | 'md'
  icon?: ReactNode
  ref?: Ref<HTMLButtonElement>
}

const looks = {
  primary: 'bg-solid text-on-accent border-transparent hover:brightness-110',
  danger: 'bg-danger-solid text-white border-transparent hover:brightness-110',
  plain: 'bg-panel text-ink border-line hover:bg-hover hover:border-line-strong',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-hover',
}

/** A button. Pass `aria-disabled` instead of `disabled` where it must stay focusable to say why. */
export function Button({
  look = 'plain',
  size = 'md',
  icon,
  className,
  children,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button type={type} className={clsx(buttonClass(look, size), className)} {...rest}>
      {icon}
      {children}
    </button>
  )
}

/** The button's look, for links that act as buttons. */
export function buttonClass(look: NonNullable<ButtonProps['look']> = 'plain', size: 'sm' | 'md' = 'md'): string {
  return clsx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-60',
    size === 'sm' ? 'h-7 px-2.5 text-xs' : 'h-8 px-3 text-sm',
    looks[look],
  )
}

/** A square button with an icon only; `label` names it and is its tooltip. */
export function IconButton({ label, className, children, ...rest }: ButtonProps & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={clsx(
        'inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-ink',
        'disabled:cursor-not-allowed disabled:opacity-40 aria-pressed:bg-accent-soft aria-pressed:text-accent',
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  )
}
