import { refuse } from '../translate/context.ts'
import { type Builder, dynamic } from './function.ts'

/** Where an address is; null for what is no address and where no place is known. */
const geoInfo: Builder = (call) => {
  const { addresses } = call.context.query
  if ('missing' in addresses)
    return refuse(call.node, `geo_info_from_ip_address() needs a database of addresses: ${addresses.missing}`)
  const { networks, places } = addresses
  // No network holds `::`, and no place has the number 0 that stands for none. Version 4 is looked up as `::ffff:…`.
  const address = `ifNull(toIPv6OrNull(${call.text(0)}), toIPv6('::'))`
  return dynamic(`dictGetOrNull('${places}', 'info', dictGet('${networks}', 'place', ${address}))`)
}

/** Functions over places. */
export const geoFunctions: Readonly<Record<string, Builder>> = {
  geo_info_from_ip_address: geoInfo,
}
