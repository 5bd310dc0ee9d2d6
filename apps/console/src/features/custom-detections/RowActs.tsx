import type { CustomDetection } from '@cordon/contract'
import { IconButton, inertString, toast } from '@cordon/ui'
import { LoaderCircle, Play, Power } from 'lucide-react'
import { problemOf, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'

/** Switches a detection of the list, and has it run now. */
export function RowActs({ detection }: { detection: CustomDetection }) {
  const { id, name, enabled, isRunning } = detection
  const mayRun = useMay('customDetectionRun')
  const maySwitch = useMay('customDetectionUpdate')
  const run = useApi('customDetectionRun')
  const update = useApi('customDetectionUpdate')
  const shown = inertString(name)
  const tell = (title: string) => ({
    onSuccess: () => toast({ title, description: shown }),
    onError: (error: Error) => toast({ title: 'Not done', description: problemOf(error).detail, kind: 'failed' }),
  })
  return (
    <span className="flex items-center gap-1">
      <IconButton
        label={isRunning ? `${shown} is running` : `Run ${shown} now`}
        title={mayRun.allowed ? (isRunning ? 'Running…' : 'Run now') : mayRun.reason}
        disabled={!mayRun.allowed || isRunning || run.isPending}
        onClick={() => run.mutate({ params: { id } }, tell('It runs now'))}
      >
        {isRunning ? <LoaderCircle className="size-4" aria-hidden /> : <Play className="size-4" aria-hidden />}
      </IconButton>
      <IconButton
        label={`Turn ${shown} ${enabled ? 'off' : 'on'}`}
        title={maySwitch.allowed ? (enabled ? 'Turn off' : 'Turn on') : maySwitch.reason}
        disabled={!maySwitch.allowed || update.isPending}
        onClick={() =>
          update.mutate(
            { params: { id }, body: { enabled: !enabled } },
            tell(enabled ? 'Switched off' : 'Switched on; it runs now'),
          )
        }
      >
        <Power className="size-4" aria-hidden />
      </IconButton>
    </span>
  )
}
