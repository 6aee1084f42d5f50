import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { findRecord, parsePayload, type SpoolRecord, scanRecord } from './record.ts'
import { listSegments, type Segment } from './segments.ts'

export interface SpoolBatch {
  readonly records: readonly SpoolRecord[]
  /** Position to read on from. */
  readonly next: number
  /** There was more than was asked for. */
  readonly isFull: boolean
  /** Bytes that no record could be made of, skipped. */
  readonly damagedBytes: number
}

interface SpoolLimits {
  /** Records of this kind come in batches of their own. */
  readonly alone?: string
  /** Most records that are not clicks: what they change has to be looked up, so each is the work of many clicks. */
  readonly maxLaterEvents?: number
}

/**
 * Reads complete records from `from` on, at most about `maxBytes` of them. A record that is still being written is
 * left for the next call. A damaged stretch inside a closed segment is skipped to the segment's end and reported.
 */
export function readSpool(dir: string, from: number, maxBytes: number, limits: SpoolLimits = {}): SpoolBatch {
  const segments = listSegments(dir)
  const index = segments.findLastIndex((segment) => segment.base <= from)
  // Everything before the first segment was stored and discarded, so reading starts there.
  const first = segments[Math.max(index, 0)]
  if (!first) return { records: [], next: from, isFull: false, damagedBytes: 0 }
  const following = segments[Math.max(index, 0) + 1]
  const start = Math.max(from, first.base)
  const batch = readSegment(first, start, maxBytes, limits)
  if (!following || batch.isFull) return batch
  // The segment is closed: what is left of it can never become a record.
  const damagedBytes = batch.damagedBytes + Math.max(0, following.base - batch.next)
  return { records: batch.records, next: following.base, isFull: true, damagedBytes }
}

const CLICK = 'c'

function readSegment(segment: Segment, from: number, maxBytes: number, limits: SpoolLimits): SpoolBatch {
  const { alone = '', maxLaterEvents = Number.POSITIVE_INFINITY } = limits
  const buffer = readFully(segment.path, from - segment.base, maxBytes)
  try {
    const records: SpoolRecord[] = []
    let offset = 0
    let damagedBytes = 0
    let isCut = false
    let laterEvents = 0
    let scan = scanRecord(buffer, 0)
    while (scan.kind !== 'incomplete') {
      if (scan.kind === 'record') {
        const record = parsePayload(from + offset, scan.payload)
        const [firstOne] = records
        isCut = firstOne !== undefined && (firstOne.kind === alone) !== (record.kind === alone)
        if (isCut) break
        records.push(record)
        offset += scan.length
        if (record.kind !== CLICK) laterEvents++
        isCut = laterEvents >= maxLaterEvents
        if (isCut) break
      } else {
        const sound = findRecord(buffer, offset + 1)
        // Nothing sound follows yet: at the end of the spool that is a tail being written or torn.
        if (sound === -1) break
        damagedBytes += sound - offset
        offset = sound
      }
      scan = scanRecord(buffer, offset)
    }
    return {
      records,
      next: from + offset,
      isFull: isCut || (buffer.length === maxBytes && offset > 0),
      damagedBytes,
    }
  } finally {
    // Records are texts of their own; megabytes a second would wait here for the collector.
    buffer.buffer.transfer(0)
  }
}

/** A buffer with memory of its own. */
function readFully(path: string, position: number, maxBytes: number): Buffer<ArrayBuffer> {
  const fd = openSync(path, 'r')
  try {
    // Looked at many times a second, and mostly there is nothing: a buffer for all there might be would keep the collector busy.
    const size = Math.min(maxBytes, Math.max(0, fstatSync(fd).size - position))
    const buffer = Buffer.allocUnsafeSlow(size)
    let length = 0
    while (length < size) {
      const read = readSync(fd, buffer, length, size - length, position + length)
      if (read === 0) break
      length += read
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}
