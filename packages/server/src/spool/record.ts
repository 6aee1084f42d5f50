import { crc32 } from 'node:zlib'

/**
 * A record on disk: u32 payload length, u32 CRC-32 of the payload, payload. Big endian. The payload is text:
 * tab-separated fields, kind first, sub id second, then JSON (which never holds a raw tab). Docs: docs/adr/0002.
 *
 * | kind | fields after the sub id |
 * |---|---|
 * | `c` click | visit JSON, row JSON (ready for the store) |
 * | `v` visit that is not stored as a click | visit JSON |
 * | `l` landing click, `p` postback, `u` update | event JSON |
 * | `a` change by hand of one click or its conversions | event JSON |
 * | `w` change by hand of many clicks; the sub id is `-` | event JSON |
 */
export const HEADER_BYTES = 8
/** Longer records are refused by the writer and taken for damage by the reader. */
export const MAX_PAYLOAD_BYTES = 1_048_576

export interface SpoolRecord {
  /** Position of the record's first byte in the whole spool: its place in history. */
  readonly seq: number
  readonly kind: string
  readonly subId: string
  /** Everything after the sub id, still joined by tabs. */
  readonly rest: string
}

/** Writes a record at `offset`; returns its length in bytes, or 0 if it does not fit into the buffer. */
export function encodeRecord(payload: string, into: Buffer, offset: number): number {
  if (offset + HEADER_BYTES + payload.length > into.length) return 0
  const start = offset + HEADER_BYTES
  const written = into.write(payload, start, 'utf8')
  // write stops quietly at the end of the buffer, so a full buffer may hold a cut record.
  if (start + written >= into.length) return 0
  into.writeUInt32BE(written, offset)
  into.writeUInt32BE(crc32(into.subarray(start, start + written)), offset + 4)
  return HEADER_BYTES + written
}

export type Scan =
  | { readonly kind: 'record'; readonly payload: Buffer; readonly length: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'damaged' }

/** Looks at the record that starts at `offset`. */
export function scanRecord(buffer: Buffer, offset: number): Scan {
  if (offset + HEADER_BYTES > buffer.length) return { kind: 'incomplete' }
  const length = buffer.readUInt32BE(offset)
  if (length === 0 || length > MAX_PAYLOAD_BYTES) return { kind: 'damaged' }
  const start = offset + HEADER_BYTES
  if (start + length > buffer.length) return { kind: 'incomplete' }
  const payload = buffer.subarray(start, start + length)
  if (crc32(payload) !== buffer.readUInt32BE(offset + 4)) return { kind: 'damaged' }
  return { kind: 'record', payload, length: HEADER_BYTES + length }
}

/**
 * Where the next whole record begins at or after `offset`, -1 when there is none in the buffer. Used after damage: what
 * came later is sound and must not be lost with it.
 */
export function findRecord(buffer: Buffer, offset: number): number {
  for (let at = offset; at + HEADER_BYTES < buffer.length; at++) {
    // Lengths are below 2^24, so most places are ruled out by their first byte.
    if (buffer[at] === 0 && scanRecord(buffer, at).kind === 'record') return at
  }
  return -1
}

/** Splits a payload into its fields. */
export function parsePayload(seq: number, payload: Buffer): SpoolRecord {
  const text = payload.toString('utf8')
  const first = text.indexOf('\t')
  const second = text.indexOf('\t', first + 1)
  return { seq, kind: text.slice(0, first), subId: text.slice(first + 1, second), rest: text.slice(second + 1) }
}
