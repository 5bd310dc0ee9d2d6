import type { Route } from './routes.ts'

const read = ['security-data.read'] as const
const manage = ['detection-tuning.manage'] as const

/** Endpoints of custom detections: queries that raise alerts by themselves. */
export const customDetectionRoutes = {
  customDetectionList: {
    method: 'GET',
    path: '/custom-detections',
    needs: read,
    reads: ['customDetection', 'alert'],
    summary: 'Custom detections with their last and next run, cost and alerts',
  },
  customDetectionGet: {
    method: 'GET',
    path: '/custom-detections/{id}',
    needs: read,
    reads: ['customDetection', 'alert'],
    summary: 'One custom detection with its runs and what it asked for',
  },
  customDetectionCheck: {
    method: 'POST',
    path: '/custom-detections/check',
    needs: manage,
    reads: [],
    summary: 'Whether a query can raise alerts, what is missing, and which entities its columns name',
  },
  customDetectionPreview: {
    method: 'POST',
    path: '/custom-detections/preview',
    needs: manage,
    reads: [],
    summary: 'Alerts it would have raised in the past 30 days; stores nothing',
  },
  customDetectionCreate: {
    method: 'POST',
    path: '/custom-detections',
    needs: manage,
    reads: [],
    summary: 'Store a query that raises alerts',
  },
  customDetectionUpdate: {
    method: 'PATCH',
    path: '/custom-detections/{id}',
    needs: manage,
    reads: [],
    summary: 'Change a custom detection, or switch it on or off',
  },
  customDetectionDelete: {
    method: 'DELETE',
    path: '/custom-detections/{id}',
    needs: manage,
    reads: [],
    summary: 'Delete a custom detection; its alerts stay',
  },
  customDetectionRun: {
    method: 'POST',
    path: '/custom-detections/{id}/run',
    needs: manage,
    reads: [],
    summary: 'Run a custom detection now',
  },
} as const satisfies Record<string, Route>
