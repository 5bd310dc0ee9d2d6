import type { ReactNode } from 'react'
import { Button } from '../controls/Button.tsx'
import { Dialog } from './Dialog.tsx'

export interface ConfirmDialogProps {
  title: string
  /** What the button says, and does for good. */
  confirm: string
  isPending: boolean
  onConfirm: () => void
  onClose: () => void
  /** What it means, and why it wasn't done where it failed. */
  children: ReactNode
}

/** Asks before something is taken away. */
export function ConfirmDialog({ title, confirm, isPending, onConfirm, onClose, children }: ConfirmDialogProps) {
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title={title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" disabled={isPending} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-5">{children}</div>
    </Dialog>
  )
}
