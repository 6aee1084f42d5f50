/** A MaxMind file that knows one place for every address, for tests: one node whose both ways lead to the same record. */
export function tinyMmdb(record: Readonly<Record<string, string>>, madeAtSeconds: number): Buffer {
  const nodes = Buffer.from([0, 0, 17, 0, 0, 17])
  const metadata = map({
    binary_format_major_version: number(5, 2),
    binary_format_minor_version: number(5, 0),
    build_epoch: Buffer.concat([Buffer.from([8, 2]), bigEndian(madeAtSeconds, 8)]),
    database_type: text('Test-City'),
    description: map({ en: text('test') }),
    ip_version: number(5, 4),
    languages: Buffer.concat([Buffer.from([1, 4]), text('en')]),
    node_count: number(6, 1),
    record_size: number(5, 24),
  })
  const data = map(Object.fromEntries(Object.entries(record).map(([key, value]) => [key, text(value)])))
  return Buffer.concat([
    nodes,
    Buffer.alloc(16),
    data,
    Buffer.from('abcdef', 'hex'),
    Buffer.from('MaxMind.com'),
    metadata,
  ])
}

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([(2 << 5) | Buffer.byteLength(value)]), Buffer.from(value)])

const number = (type: 5 | 6, value: number): Buffer => {
  const bytes = type === 5 ? 2 : 4
  return Buffer.concat([Buffer.from([(type << 5) | bytes]), bigEndian(value, bytes)])
}

const map = (entries: Readonly<Record<string, Buffer>>): Buffer => {
  const pairs = Object.entries(entries)
  return Buffer.concat([Buffer.from([(7 << 5) | pairs.length]), ...pairs.flatMap(([key, value]) => [text(key), value])])
}

function bigEndian(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64BE(BigInt(value))
  return buffer.subarray(8 - bytes)
}
