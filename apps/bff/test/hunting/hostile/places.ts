import { bracketed, quoted } from './texts.ts'

/** One place of a query where a text can stand, with the only value that a text which stays there can have. */
export interface Place {
  name: string
  kql(text: string): string
  value(text: string): unknown
  /** Texts that the language itself cannot hold in this place. */
  except?: (text: string) => boolean
}

const one = (): number => 1
const zero = (): number => 0
const yes = (): boolean => true
const same = (text: string): string => text
const listed = (text: string): string[] => [text]
const verbatim = (text: string): string => `@'${text.replaceAll("'", "''")}'`

/** Places within an expression: asked for together, as columns of one `print`. */
export const expressions: readonly Place[] = [
  { name: 'literal', kql: quoted, value: same },
  { name: 'verbatim literal', kql: verbatim, value: same, except: (text) => /[\r\n\u0085\u2028\u2029]/.test(text) },
  { name: 'equality', kql: (t) => `strcat(${quoted(t)}, "") == ${quoted(t)}`, value: yes },
  { name: 'strlen', kql: (t) => `strlen(${quoted(t)})`, value: (t) => [...t].length },
  { name: 'strcat', kql: (t) => `strcat("<", ${quoted(t)}, ">")`, value: (t) => `<${t}>` },
  { name: 'contains', kql: (t) => `strcat("l", ${quoted(t)}, "r") contains_cs ${quoted(t)}`, value: yes },
  { name: 'startswith', kql: (t) => `strcat(${quoted(t)}, "r") startswith_cs ${quoted(t)}`, value: yes },
  { name: 'endswith', kql: (t) => `strcat("l", ${quoted(t)}) endswith_cs ${quoted(t)}`, value: yes },
  { name: 'list of in', kql: (t) => `strcat(${quoted(t)}, "") in ("-", ${quoted(t)})`, value: yes },
  { name: 'list of !in~', kql: (t) => `"other" !in~ (${quoted(t)})`, value: yes },
  {
    name: 'replace_string',
    kql: (t) => `replace_string(strcat("l", ${quoted(t)}, "r"), ${quoted(t)}, ${quoted(t)})`,
    value: (t) => `l${t}r`,
  },
  {
    name: 'replace_strings',
    kql: (t) =>
      `replace_strings(strcat("l", ${quoted(t)}, "r"), pack_array(${quoted(t)}, "l"), pack_array(${quoted(t)}))`,
    value: (t) => `l${t}r`,
  },
  { name: 'split', kql: (t) => `split(strcat("<<", ${quoted(t)}, ">>"), ${quoted(t)})`, value: () => ['<<', '>>'] },
  { name: 'regular expression', kql: (t) => `${quoted(t)} matches regex regex_quote(${quoted(t)})`, value: yes },
  { name: 'list', kql: (t) => `pack_array(${quoted(t)})`, value: listed },
  { name: 'key of a bag', kql: (t) => `bag_keys(bag_pack(${quoted(t)}, 1))`, value: listed },
  { name: 'member', kql: (t) => `tostring(bag_pack(${quoted(t)}, ${quoted(t)})[${quoted(t)}])`, value: same },
  { name: 'dynamic literal', kql: (t) => `dynamic([${quoted(t)}])`, value: listed },
  { name: 'parse_json', kql: (t) => `parse_json(${quoted(JSON.stringify([t]))})`, value: listed },
  { name: 'case', kql: (t) => `case(1 == 2, "-", 1 == 1, ${quoted(t)}, "-")`, value: same },
]

const unnameable = (text: string): boolean => text === '__proto__'

/** Places in a pipeline: each a query of its own, whose answer is one row with one column. */
export const pipelines: readonly Place[] = [
  { name: 'cell', kql: (t) => `datatable(x: string)[${quoted(t)}, "other"] | where x == ${quoted(t)}`, value: same },
  { name: 'let', kql: (t) => `let v = ${quoted(t)}; print x = v`, value: same },
  {
    name: 'argument of a function',
    kql: (t) => `let f = (a: string) { strcat(a, "!") }; print x = f(${quoted(t)})`,
    value: (t) => `${t}!`,
  },
  { name: 'aggregate', kql: (t) => `print y = ${quoted(t)} | summarize x = make_set(y)`, value: listed },
  { name: 'group', kql: (t) => `print y = ${quoted(t)} | summarize count() by x = y | project x`, value: same },
  {
    name: 'join key',
    kql: (t) => `print x = ${quoted(t)} | join kind=inner (print x = ${quoted(t)}) on x | project x`,
    value: same,
  },
  {
    name: 'parse',
    kql: (t) =>
      `print y = strcat("a", ${quoted(t)}, "b") | parse-where y with p ${quoted(t)} q | project x = strcat(p, q)`,
    value: () => 'ab',
  },
  {
    name: 'event column',
    kql: (t) => `CloudProcessEvents | where ProcessCommandLine == ${quoted(t)} | count`,
    value: zero,
  },
  {
    name: 'packed by find',
    kql: (t) =>
      `let V = view () { print ${bracketed(t)} = ${quoted(t)} }; find in (V) where ${bracketed(t)} == ${quoted(t)} project pack_all() | project x = tostring(pack_[${quoted(t)}])`,
    value: same,
    except: unnameable,
  },
  {
    name: 'event term',
    kql: (t) => `CloudProcessEvents | where ProcessCommandLine has_cs ${quoted(`zz${t}zz`)} | count`,
    value: zero,
  },
  {
    name: 'audit member',
    kql: (t) => `CloudAuditEvents | where tostring(RawEventData[${quoted(t)}]) != "" | count`,
    value: zero,
  },
  {
    name: 'state column',
    kql: (t) => `KubernetesEntities | where EntityName == ${quoted(t)} | count`,
    value: zero,
  },
  {
    name: 'column name',
    kql: (t) => `print ${bracketed(t)} = 1 | where ${bracketed(t)} == 1 | project x = ${bracketed(t)}`,
    value: one,
    except: unnameable,
  },
  {
    name: 'renamed column',
    kql: (t) => `print a = 1 | project-rename ${bracketed(t)} = a | summarize x = max(${bracketed(t)})`,
    value: one,
    except: unnameable,
  },
  {
    name: 'properties of a graph',
    kql: (t) =>
      `print ${bracketed(t)} = ${quoted(t)}, z9 = "z" | make-graph ${bracketed(t)} --> z9 with (print id9 = ${quoted(t)}, ${bracketed(t)} = ${quoted(t)}) on id9 | graph-match (n9)-[e9]->(m9) where n9.${bracketed(t)} == ${quoted(t)} and e9.${bracketed(t)} == ${quoted(t)} project x = n9.${bracketed(t)}`,
    value: same,
    except: unnameable,
  },
]
