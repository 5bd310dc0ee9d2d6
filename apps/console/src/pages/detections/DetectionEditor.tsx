import { lazy } from 'react'
import { DetectionForm, type DetectionFormProps } from '../../features/custom-detections/DetectionForm.tsx'

const QueryEditor = lazy(async () => ({
  default: (await import('../../features/hunting/QueryEditor.tsx')).QueryEditor,
}))

/** The form of a detection with the editor of hunting in it. */
export function DetectionEditor(props: Omit<DetectionFormProps, 'Editor'>) {
  return <DetectionForm {...props} Editor={QueryEditor} />
}
