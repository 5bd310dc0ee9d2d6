import type { RuntimeSensor } from '../../ports.ts'
import { falcoSensor } from './falco-sensor.ts'
import { tetragonSensor } from './tetragon-sensor.ts'

export interface SensorOptions {
  /** Where events are posted. */
  url: string
  /** Sent as `Authorization: Bearer`. */
  token: string
  /** Name the sensor puts on its events where its format has a place for it. */
  cluster: string
  fetch?: typeof globalThis.fetch
}

/** A sensor that ships what it sees over HTTP. */
export interface ShippingSensor extends RuntimeSensor {
  /** Resolves when everything seen so far was sent or given up. */
  flush(): Promise<void>
  /** Gives up what is not sent yet. */
  close(): void
  stats(): { sent: number; dropped: number }
}

/** The runtime sensor product of a cluster. */
export function sensorFor(options: SensorOptions & { format: 'falco' | 'tetragon' }): ShippingSensor {
  return options.format === 'falco' ? falcoSensor(options) : tetragonSensor(options)
}
