import { Button, buttonClass, toast } from '@cordon/ui'
import { BellPlus, Link2, Play, Save, Square } from 'lucide-react'
import { Link } from 'react-router'
import { useMay } from '../../api/session.ts'
import { paths } from '../../app/paths.ts'
import { longestLink } from '../../features/hunting/hunt-tabs.ts'
import { TimePicker, type TimePickerProps } from '../../features/hunting/TimePicker.tsx'

export interface HuntBarProps {
  query: string
  timespan: string
  running: boolean
  around: TimePickerProps['around']
  onRun: () => void
  onCancel: () => void
  onTimespan: (timespan: string) => void
  onSave: () => void
}

/** What is done with a query as a whole. */
export function HuntBar({ query, timespan, running, around, onRun, onCancel, onTimespan, onSave }: HuntBarProps) {
  const mayDetect = useMay('customDetectionCreate')
  const share = () => {
    const link = new URL(paths.hunting({ query, timespan, run: true }), location.href).href
    if (link.length > longestLink) {
      toast({
        title: 'Too long for a link',
        description: 'Save the query and share it under its name.',
        kind: 'failed',
      })
      return
    }
    navigator.clipboard.writeText(link).then(
      () => toast({ title: 'Link copied', description: 'It opens this query with its time range and runs it.' }),
      () => toast({ title: 'Could not copy', kind: 'failed' }),
    )
  }
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line bg-panel px-3 py-2">
      {running ? (
        <Button look="danger" icon={<Square className="size-4" aria-hidden />} onClick={onCancel}>
          Cancel
        </Button>
      ) : (
        <Button
          look="primary"
          icon={<Play className="size-4" aria-hidden />}
          title="Ctrl+Enter; runs the selected part where there is one"
          onClick={onRun}
        >
          Run query
        </Button>
      )}
      <TimePicker value={timespan} around={around} onChange={onTimespan} />
      <span className="ml-auto flex items-center gap-1">
        <Button look="quiet" icon={<Save className="size-4" aria-hidden />} onClick={onSave}>
          Save
        </Button>
        <Button look="quiet" icon={<Link2 className="size-4" aria-hidden />} onClick={share}>
          Copy link
        </Button>
        {mayDetect.allowed && query.trim() !== '' && (
          <Link to={paths.newDetection(query)} className={buttonClass('quiet')}>
            <BellPlus className="size-4" aria-hidden />
            Create detection rule
          </Link>
        )}
      </span>
    </div>
  )
}
