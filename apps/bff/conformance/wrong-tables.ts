/**
 * Examples of the documentation whose printed table is not what their query gives, by page and number of the query on
 * it, each with the reason. Unless the reason says otherwise, the answer that Microsoft's engine gave to the same query
 * (see `recorded-documentation.ts`) is not the table either.
 */
export const wrongTables: Readonly<Record<string, string>> = {
  'array-iff-function#3': 'the first column shows other values than the query writes down',
  'asin-function#1': 'not the arc sine of 0.5, which is π/6',
  'base64-decode-toguid-function#1': 'the bytes of the third part stand the other way round',
  'bin-function#2': 'days and hours separated by a colon, which is no form of a timespan',
  'geo-geohash-to-central-point-function#3': 'an address shown as a link',
  'geo-h3cell-children-function#3': 'shortened with dots within the object',
  'indexof-function#1': 'third column: the length limits where a match begins, and the page has it limit where it ends',
  'join-innerunique#3': 'which of the rows with one key is kept is arbitrary, as the page itself says',
  'parse-ipv6-mask-function#1': 'an address written with dots behind two colons is shown as if it were an IPv4 address',
  'parse-path-function#1': 'the root of a drive without its separator',
  'parse-url-function#1': 'the path without its leading slash, and the query parameters as text',
  'range-function#2': 'shortened with dots within the array',
  'range-function#4': 'the number of another example stands above the array',
  'range-operator#2': 'seven of the ten days that the two ranges have',
  'replace-regex-function#1': 'whole numbers shown with six decimals',
  'replace-string-function#2': 'whole numbers shown with six decimals',
  'scan-operator#5': 'its columns stand in another order than the query projects them',
  'series-acos-function#1': 'the first column shows other values than the query writes down',
  'series-atan-function#1': 'the first column shows other values than the query writes down',
  'series-cos-function#1': 'the first column shows other values than the query writes down',
  'series-fill-linear-function#1': 'its columns fill the same gaps of whole numbers with different numbers',
  'series-iir-function#1': 'four of the ten rows, without saying so',
  'series-magnitude-function#1': 'three headings above two columns',
  'series-sin-function#1': 'the first column shows other values than the query writes down',
  'series-tan-function#1': 'the first column shows other values than the query writes down',
  'strcat-function#2': 'a text with line breaks shown as a numbered list',
  'toguid-function#1': 'the text of a row is not the one that the query writes down',
  'trim-start-function#1': 'an address shown in angle brackets',
  'url-encode-component-function#1': 'without the slash at the end that the query has',
  'url-encode-function#1': 'with a slash at the end that the query does not have',
  'variancepif-aggregation-function#1': 'the variance of a sample, and the function gives that of a population',
}
