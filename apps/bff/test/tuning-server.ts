import { afterAll, beforeEach } from 'vitest'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { testServer, type TestServer } from './server.ts'

interface TuningServer {
  server: TestServer
  analyst: Awaited<ReturnType<TestServer['as']>>
  record: ReturnType<typeof createDetectionRecorder>
}

/** A server of its own for each test of the file, an analyst on it, and a way to feed it as the correlator does. */
export function tuningServer(): TuningServer {
  const closing: TestServer[] = []
  const current: Partial<TuningServer> = {}
  beforeEach(async () => {
    const server = await testServer()
    closing.push(server)
    current.server = server
    current.analyst = await server.as('analyst')
    current.record = createDetectionRecorder(server.deps, { linkedPods: () => [] })
  })
  afterAll(async () => {
    for (const one of closing) await one.close()
  })
  return current as TuningServer // filled before each test
}
