import { arrayFunctions } from './array-functions.ts'
import { bagFunctions } from './bag-functions.ts'
import { conversionFunctions } from './conversion-functions.ts'
import { dynamicFunctions } from './dynamic-functions.ts'
import { encodingFunctions } from './encoding-functions.ts'
import type { Builder } from './function.ts'
import { geoFunctions } from './geo-functions.ts'
import { geoPointFunctions } from './geo-point-functions.ts'
import { h3Functions } from './h3-functions.ts'
import { hashFunctions } from './hash-functions.ts'
import { searchInTextFunctions } from './search-in-text-functions.ts'
import { addressTextFunctions } from './address-text-functions.ts'
import { ipv6Functions } from './ipv6-functions.ts'
import { networkFunctions } from './network-functions.ts'
import { numberFunctions } from './number-functions.ts'
import { punycodeFunctions } from './punycode-functions.ts'
import { s2Functions } from './s2-functions.ts'
import { rowWindowSession } from './session-function.ts'
import { seriesFunctions } from './series-functions.ts'
import { textFunctions } from './text-functions.ts'
import { timeFunctions } from './time-functions.ts'
import { timeZoneFunctions } from './time-zone-functions.ts'
import { windowFunctions } from './window-functions.ts'
import { xmlFunctions } from './xml-functions.ts'

/** Every supported scalar function by its name. */
export const functions: Readonly<Record<string, Builder>> = {
  ...textFunctions,
  ...encodingFunctions,
  ...punycodeFunctions,
  ...numberFunctions,
  ...timeFunctions,
  ...timeZoneFunctions,
  ...dynamicFunctions,
  ...networkFunctions,
  ...ipv6Functions,
  ...geoFunctions,
  ...geoPointFunctions,
  ...h3Functions,
  ...s2Functions,
  ...conversionFunctions,
  ...windowFunctions,
  row_window_session: rowWindowSession,
  ...xmlFunctions,
  ...seriesFunctions,
  ...arrayFunctions,
  ...bagFunctions,
  ...hashFunctions,
  ...searchInTextFunctions,
  ...addressTextFunctions,
}
