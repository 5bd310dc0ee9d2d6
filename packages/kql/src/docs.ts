import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { supported } from './supported.ts'

const file = join(import.meta.dirname, '../../../docs/kql.md')

/**
 * Measured by hand against answers of Microsoft's engine that a public project recorded (self-contained queries with a
 * deterministic answer: names, types, rows). The queries are not part of this repository.
 */
const measured = { at: '2026-11-21', usable: 1495, equal: 1487, refused: 2, wrong: 6 }
/** The same for the examples of Kusto's documentation, whose answers another public project recorded. */
const recorded = { usable: 736, equal: 538, refused: 198, relevant: 333, relevantEqual: 324 }
/** The tables printed in the documentation, for the examples made of what public hunts use. */
const documentation = { relevant: 345, wrongTables: 17, equal: 322, refused: 6 }
const percent = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`
const share = (count: number): string => percent(count, measured.usable)
const names = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ')

/** The text of `docs/kql.md`. */
export function document(): string {
  return `# KQL in Cordon

Written by \`packages/kql/src/docs.ts\` from what the translator knows; run \`npm run docs -w @cordon/kql\` after a change.

A query is parsed and bound by Microsoft's own language service, so names, types, default column names and most messages are the official ones. The translation to ClickHouse SQL is ours. What is not supported is refused by name with its place, and where there is one, another way to write it. Nothing leaves the tables: \`externaldata\`, other databases, commands and plugins that run code are refused.

## Conformance

Against recorded answers of Microsoft's engine to ${measured.usable} queries (${measured.at}): ${measured.equal} equal (${share(measured.equal)}), ${measured.refused} refused by name (${share(measured.refused)}), ${measured.wrong} different (${share(measured.wrong)}). What differs is the order of groups within lists made of them, and the last digit of some numbers as text. Its recorded answers to ${recorded.usable} examples of Kusto's documentation, the ones about geography, graphs and units included: ${recorded.equal} equal, ${recorded.refused} refused by name, none different; of the ${recorded.relevant} that use nothing but what public hunts use, ${recorded.relevantEqual} equal (${percent(recorded.relevantEqual, recorded.relevant)}). Against the tables that the documentation itself prints, ${documentation.relevant} examples are made of what public hunts use and ${documentation.wrongTables} of them print a table that is not what their query gives (named with the reason in \`apps/bff/conformance/wrong-tables.ts\`); of the other ${documentation.relevant - documentation.wrongTables}, ${documentation.equal} are equal (${percent(documentation.equal, documentation.relevant - documentation.wrongTables)}), ${documentation.refused} refused by name, none different. Of 2,238 public hunting queries 1,549 bind to the known tables, \`externaldata\` aside: 1,525 of them run (98.5 %; 12 of these need a database of addresses, here a made-up one), 24 are refused by name, 12 of them for anomalies of series. Of 3,325 more, from ten collections looked at only once the rest was built, 2,399 bind; 66 of these are templates with a mark where a date belongs, and of the other 2,333 there run 2,320 (99.4 %), 95.5 % before what they showed to be missing was built (graphs, lists of hundreds of words, code points in patterns). \`npm run kql:conformance -- --answers <folder>\` repeats the measurement over a folder with such records; \`--recorded\` reads answers to the documentation's examples, \`--features\` writes down what public hunts use (here those of both sets), \`--documentation\` and \`--queries\` read Markdown with result tables and public hunting queries.

Every operator, function, aggregate, join and plugin named below has cases with their expected rows in \`apps/bff/test/hunting/golden\`. Generated pipelines, each written in several ways (a filter moved, the pipeline split by \`let\` or \`materialize\`, a condition asked as three), are held against plain loops over the same rows: \`npm run bench generated-hunts\`. Of 10,010 none was refused and none was wrong (an earlier run found that the engine loses constants when it reorders an outer join; that reordering is switched off). 77 hostile texts in 35 places of a query, and 607 attempts at the engine's own functions, tables and statements, stay where they stand or are refused: \`apps/bff/test/hunting/hostile\`.

## Supported

| Kind | |
| --- | --- |
| Operators | ${names(supported.operators)} |
| Join kinds | ${names(supported.joinKinds)} |
| Plugins | ${names(supported.plugins)} |
| Within expressions | ${names(supported.expressionOperators)} |
| Aggregates | ${names(supported.aggregates)} |
| Functions | ${names(supported.functions)} |

## Differences

| What | Here |
| --- | --- |
| \`has\` on \`ProcessCommandLine\` | Answered by the text index, for which every character outside ASCII belongs to a term: a term directly beside a typographic dash or quote is not found. Elsewhere terms end at every character that is neither letter nor digit. |
| \`make_set\` | Has no order in Kusto; sorted here, so that answers repeat. |
| \`dcount\` | An estimate as in Kusto, by another algorithm; exact for small sets. |
| \`hash()\` | Of texts and datetimes; refused for other types. |
| Functions over seasons and anomalies | Refused: \`series_decompose\` and its like, \`autocluster\`, \`basket\`, \`reduce\` have parameters of Kusto's own. |
| \`top-hitters\` | Exact; an estimate in Kusto. |
| \`scan\` | At most 20,000 rows for each partition; \`output=last\` is refused. |
| \`top-nested … with others\` | Refused. |
| Regular expressions | \`\\w\` with a counted repetition knows ASCII only; look-around is refused. |
| \`datetime_local_to_utc\`, \`datetime_utc_to_local\` | Of a local time that a change of clocks repeats, the later instant. A row with an unknown time zone gives null. |
| \`estimate_data_size\` | Bytes of texts, 8 for numbers and times, 4 for \`int\`, 1 for \`bool\`, 16 for \`guid\`; refused for dynamic and decimal values. |
| Lists of groups | \`summarize\` gives its groups in no defined order; Kusto mostly keeps that of their first row. |
| \`tostring\` of real numbers | The shortest digits that read back as the number; Kusto shows others for some. |
| \`ingestion_time()\` | The event's own \`Timestamp\`. |
| Numbers in dynamic values | Written as the engine does: \`1.0\` becomes \`1\`. |
| \`dynamic_to_json\` | Keys are sorted four levels deep. |
| \`decimal\` | 17 digits after the point. |
| Members copied at ingest (\`ObjectRef.namespace\`, \`.resource\`, \`.subresource\`, \`.name\`, \`User.username\`, \`Stage\`, \`ResponseStatus.code\`) | An empty text and the code 0 count as absent. |
| \`activity_counts_metrics\` | Windows count from the start that is given; distinct ids are exact. |
| \`ipv4_lookup\` | An address is looked up by itself, without the length of a prefix it may have. |
| \`ipv6_compare\`, \`ipv6_is_match\` | The documentation does not say among how many bits a third value up to 32 counts: refused; a prefix behind an address says it. \`::10.0.0.1\` counts as \`10.0.0.1\`. |
| \`ipv6_lookup\` | Refused for a table with a column of the input's names. |
| \`geo_distance_2points\` | On the sphere; refused on the spheroid. |
| \`geo_point_to_geohash\`, \`geo_point_to_h3cell\` | The length and the resolution are constants; geohashes have at most 12 characters. |
| \`row_window_session\` | At most 20,000 rows without a gap, a restart or a missing time between them. |
| \`covariance\` and its like | Of one row 0, as the variance. |
| \`punycode_…\` | By RFC 3492: \`abc\` becomes \`abc-\`. Domains are neither folded nor normalised. |
| \`declare pattern\` | With definitions only; texts are the same when they are equal to the letter. |
| \`geo_h3cell_rings\` | Fails where one of the cells is a pentagon, of which a resolution has twelve. |
| \`parse_xml\` | Numbers in elements stay texts, which are trimmed; an element without anything is null. |
| \`series_fit_2lines\`, \`series_periods_detect\` | Refused: how they choose is not documented. |
| \`geo_info_from_ip_address\` | Knows what the operator's database knows ([hunting.md](hunting.md#places-of-addresses)), and is refused while there is none. What the database doesn't name is left out of the answer; the state is the most specific subdivision. IPv6 addresses that carry an IPv4 one (6to4, Teredo) have no place, except \`::ffff:\`. |
| \`parse_user_agent\` | Refused: there is no table of programs here. |
| \`find\` | Takes tables and views, and as terms texts without \`*\`. A column that all tables have, in several types, gives one column for each type, and ends the query: the language service knows the first only. Refused where the documentation doesn't say what happens: a predicate over a column with several types in the tables (\`project\` takes it with a type, as \`x: string\`), a table of which nothing is left for \`pack_\`, a query within the predicate, \`project-away\`. A column that a table lacks is empty or null there, as with \`union\`. |
| \`make-graph\` | Nodes of one table; where several rows have a node's id, one of them. \`partitioned-by\` is refused. |
| \`graph-match\`, \`graph-shortest-paths\` | Edges of up to 10 steps, asked for length by length (at most 40 combinations). A loop matches an edge of any direction once. Refused: patterns without an edge, paths of no step, a condition on an array of a path's properties, \`graph-to-table\`, \`graph-mark-components\`, functions over nodes such as \`labels()\`. |
| \`facet\`, \`fork\` | Refused: an answer is one table; one query for each. |
| \`bag_unpack\`, \`pivot\` | Ask the data for the columns first, at most 200. |

## Tables of the state

\`AlertInfo\`, \`AlertEvidence\`, \`IncidentInfo\`, \`ResponseActions\` and \`KubernetesEntities\` live in the state database. A query that names one gets its rows handed in with the statement, as they are at that moment: at most 20,000 rows or 3 MB, the newest; the answer says when there are more.

## Limits

By role: rows, time, memory, queries at once and engine time; see [hunting.md](hunting.md).
`
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, document())
