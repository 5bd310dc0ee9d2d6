import type { LabClusterSpec } from './clusters/cluster-spec.ts'
import { sensorFor } from './containers/sensors/sensor-for.ts'
import type { RuntimeSensor } from './ports.ts'

export interface RuntimeSink {
  url: string
  token: string
  /** Overrides the cluster's own sensor product. */
  format?: 'falco' | 'tetragon'
}

/** The cluster's sensor, silent until the cluster is set up, and again while `dropping`. */
export interface SensorGate extends RuntimeSensor {
  open(): void
  dropping: boolean
  flush(): Promise<void>
  close(): void
}

export function openSensorGate(spec: LabClusterSpec, sink: RuntimeSink | undefined): SensorGate {
  const sensor =
    sink && sensorFor({ url: sink.url, token: sink.token, cluster: spec.name, format: sink.format ?? spec.sensor })
  let isOpen = false
  const gate: SensorGate = {
    dropping: false,
    open() {
      isOpen = true
    },
    processStarted(event) {
      if (isOpen && !gate.dropping) sensor?.processStarted(event)
    },
    processEnded(event) {
      if (isOpen && !gate.dropping) sensor?.processEnded(event)
    },
    connectAttempted(event) {
      if (isOpen && !gate.dropping) sensor?.connectAttempted(event)
    },
    flush: async () => sensor?.flush(),
    close: () => sensor?.close(),
  }
  return gate
}
