type Json = any // any: a Swagger 2.0 document, walked generically

/** Field numbers of the published protobuf form of OpenAPI 2 that old clients insist on. */
const DOCUMENT = { swagger: 1, info: 2, definitions: 9 }
const SCHEMA = { ref: 1, additionalProperties: 21, type: 22, items: 23, properties: 25, extension: 31 }

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest >>>= 7
  }
  return Buffer.from([...bytes, rest])
}

/** A length-delimited field. */
const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

function schemaMessage(schema: Json): Buffer {
  const parts: Buffer[] = []
  if (schema.$ref) parts.push(field(SCHEMA.ref, schema.$ref))
  if (schema.additionalProperties)
    parts.push(field(SCHEMA.additionalProperties, field(1, schemaMessage(schema.additionalProperties))))
  if (schema.type) parts.push(field(SCHEMA.type, field(1, schema.type)))
  if (schema.items) parts.push(field(SCHEMA.items, field(1, schemaMessage(schema.items))))
  if (schema.properties) parts.push(field(SCHEMA.properties, namedSchemas(schema.properties)))
  for (const [name, value] of Object.entries(schema))
    // The value of an extension travels as YAML, of which JSON is a part.
    if (name.startsWith('x-'))
      parts.push(field(SCHEMA.extension, Buffer.concat([field(1, name), field(2, field(2, JSON.stringify(value)))])))
  return Buffer.concat(parts)
}

const namedSchemas = (schemas: Record<string, Json>): Buffer =>
  Buffer.concat(
    Object.entries(schemas).map(([name, schema]) =>
      field(1, Buffer.concat([field(1, name), field(2, schemaMessage(schema))])),
    ),
  )

/** The name clients ask with is no valid media type of an answer: clients that check would refuse it. */
export const OPENAPI_PROTOBUF = 'application/octet-stream'

/** Encodes a Swagger 2.0 document (definitions only) in protobuf. */
export const encodeSwagger = (document: Json): Buffer =>
  Buffer.concat([
    field(DOCUMENT.swagger, document.swagger),
    field(DOCUMENT.info, Buffer.concat([field(1, document.info.title), field(2, document.info.version)])),
    field(DOCUMENT.definitions, namedSchemas(document.definitions)),
  ])
