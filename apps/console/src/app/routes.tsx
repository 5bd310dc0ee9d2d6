import { createBrowserRouter, redirect } from 'react-router'
import { paths } from './paths.ts'
import { RouteError } from './shell/RouteError.tsx'
import { Shell } from './shell/Shell.tsx'
import { Starting } from './shell/Starting.tsx'

/** Every page is its own chunk; each module exports its page as `Component`. */
export const router = createBrowserRouter([
  {
    HydrateFallback: Starting,
    ErrorBoundary: RouteError,
    children: [
      { path: '/sign-in', lazy: () => import('../pages/SignInPage.tsx') },
      {
        path: '/',
        Component: Shell,
        children: [
          {
            ErrorBoundary: RouteError,
            children: [
              { index: true, loader: () => redirect(paths.incidents) },
              { path: 'incidents', lazy: () => import('../pages/IncidentQueuePage.tsx') },
              { path: 'incidents/:id/:tab?', lazy: () => import('../pages/IncidentPage.tsx') },
              { path: 'alerts', lazy: () => import('../pages/AlertQueuePage.tsx') },
              { path: 'alerts/:id', lazy: () => import('../pages/AlertPage.tsx') },
              { path: 'actions/:id?', lazy: () => import('../pages/ActionCenterPage.tsx') },
              { path: 'handover', lazy: () => import('../pages/HandoverPage.tsx') },
              { path: 'record', lazy: () => import('../pages/RecordPage.tsx') },
              { path: 'hunting', lazy: () => import('../pages/HuntingPage.tsx') },
              { path: 'hunting/detections', lazy: () => import('../pages/CustomDetectionsPage.tsx') },
              { path: 'hunting/detections/new', lazy: () => import('../pages/NewCustomDetectionPage.tsx') },
              { path: 'hunting/detections/:id', lazy: () => import('../pages/CustomDetectionPage.tsx') },
              { path: 'containment', lazy: () => import('../pages/ContainmentPage.tsx') },
              { path: 'entities/:key', lazy: () => import('../pages/EntityPage.tsx') },
              { path: 'clusters/:name?', lazy: () => import('../pages/ClustersPage.tsx') },
              { path: 'coverage', lazy: () => import('../pages/CoveragePage.tsx') },
              { path: 'detection-rules', lazy: () => import('../pages/DetectionRulesPage.tsx') },
              { path: 'tuning', lazy: () => import('../pages/TuningPage.tsx') },
              { path: 'simulation', lazy: () => import('../pages/SimulationPage.tsx') },
              { path: 'access', lazy: () => import('../pages/AccessPage.tsx') },
              { path: '*', lazy: () => import('../pages/NotFoundPage.tsx') },
            ],
          },
        ],
      },
    ],
  },
])
