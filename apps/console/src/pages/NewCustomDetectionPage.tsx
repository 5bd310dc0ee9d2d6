import { Empty, PageHeader, toast } from '@cordon/ui'
import { Lock } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useApi } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { paths } from '../app/paths.ts'
import { newDraft } from '../features/custom-detections/detection-draft.ts'
import { DetectionEditor } from './detections/DetectionEditor.tsx'

/** A new detection; the address may carry its query. */
export function Component() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const may = useMay('customDetectionCreate')
  const create = useApi('customDetectionCreate')
  const [initial] = useState(() => newDraft(params.get('query')))
  return (
    <>
      <title>New custom detection · Cordon</title>
      <PageHeader title="New custom detection" />
      {may.allowed ? (
        <DetectionEditor
          initial={initial}
          saving={create}
          saveLabel="Save and run"
          onSave={(draft) =>
            create.mutate(
              { body: draft },
              {
                onSuccess: ({ id }) => {
                  toast({ title: 'Custom detection saved', description: 'Its first run has begun.' })
                  void navigate(paths.detection(id))
                },
              },
            )
          }
          onCancel={() => void navigate(paths.detections)}
        />
      ) : (
        <Empty icon={<Lock aria-hidden />} title="You may not make detections">
          {may.reason}
        </Empty>
      )}
    </>
  )
}
