import type { CustomDetection } from '@cordon/contract'
import { Button, buttonClass, ConfirmDialog, Inert, toast } from '@cordon/ui'
import { Crosshair, Pencil, Play, Power, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { problemOf, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { paths } from '../../app/paths.ts'
import { Problem } from '../../signs/Problem.tsx'

/** What can be done with a custom detection. */
export function DetectionActs({ detection, onEdit }: { detection: CustomDetection; onEdit: () => void }) {
  const { id, query, enabled, isRunning } = detection
  const may = useMay('customDetectionUpdate')
  const run = useApi('customDetectionRun')
  const update = useApi('customDetectionUpdate')
  const [isDeleting, setIsDeleting] = useState(false)
  const tell = (title: string) => ({
    onSuccess: () => toast({ title }),
    onError: (error: Error) => toast({ title: 'Not done', description: problemOf(error).detail, kind: 'failed' }),
  })
  const allowed = { disabled: !may.allowed, title: may.allowed ? undefined : may.reason }
  return (
    <>
      <Link
        className={buttonClass()}
        to={paths.hunting({ query, timespan: `PT${detection.lookbackMinutes}M`, run: true })}
      >
        <Crosshair className="size-4" aria-hidden /> Open in hunting
      </Link>
      <Button
        {...allowed}
        disabled={!may.allowed || run.isPending || isRunning}
        icon={<Play className="size-4" aria-hidden />}
        onClick={() => run.mutate({ params: { id } }, tell('It runs now'))}
      >
        {isRunning ? 'Running…' : 'Run now'}
      </Button>
      <Button
        {...allowed}
        disabled={!may.allowed || update.isPending}
        icon={<Power className="size-4" aria-hidden />}
        onClick={() =>
          update.mutate(
            { params: { id }, body: { enabled: !enabled } },
            tell(enabled ? 'Switched off' : 'Switched on; it runs now'),
          )
        }
      >
        {enabled ? 'Turn off' : 'Turn on'}
      </Button>
      <Button {...allowed} icon={<Pencil className="size-4" aria-hidden />} onClick={onEdit}>
        Edit
      </Button>
      <Button {...allowed} icon={<Trash2 className="size-4" aria-hidden />} onClick={() => setIsDeleting(true)}>
        Delete
      </Button>
      {isDeleting && <DeleteDetection detection={detection} onClose={() => setIsDeleting(false)} />}
    </>
  )
}

function DeleteDetection({ detection, onClose }: { detection: CustomDetection; onClose: () => void }) {
  const remove = useApi('customDetectionDelete')
  const navigate = useNavigate()
  return (
    <ConfirmDialog
      title="Delete custom detection"
      confirm="Delete"
      isPending={remove.isPending}
      onConfirm={() =>
        remove.mutate(
          { params: { id: detection.id } },
          {
            onSuccess: () => {
              toast({ title: 'Custom detection deleted' })
              void navigate(paths.detections)
            },
          },
        )
      }
      onClose={onClose}
    >
      <p>
        “<Inert value={detection.name} max={100} />” no longer raises alerts. Alerts it has raised, and actions that
        wait for approval, stay as they are.
      </p>
      {remove.isError && <Problem error={remove.error} compact what="Not deleted" />}
    </ConfirmDialog>
  )
}
