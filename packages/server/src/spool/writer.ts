import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { type Log, messageOf } from '../log.ts'
import { encodeRecord, findRecord, HEADER_BYTES, MAX_PAYLOAD_BYTES, scanRecord } from './record.ts'
import { listSegments, segmentPath } from './segments.ts'

export interface SpoolOptions {
  readonly dir: string
  readonly segmentBytes: number
  /** `interval`: fsync at most 50 ms after the write; `always`: before the callback. */
  readonly fsync: 'interval' | 'always'
  readonly log: Log
  /**
   * Positions before this were handed out already: what was stored up to there must not be written again. Only after a
   * power failure does the spool end before it, when the store kept what the disk had not yet.
   */
  readonly notBefore?: number
  /** Calls `flush` soon, when what may come at the same time has come; else at the end of the turn of the event loop. */
  readonly schedule?: (flush: () => void) => void
}

/** Told once the record is in the file (`true`) or could not be written (`false`), and its position when it is. */
type Written = (durable: boolean, seq?: number) => void

const BATCH_BYTES = 1_048_576
const FSYNC_INTERVAL_MS = 50
const RETRY_MS = 1000
/** Records kept in memory while the disk is full; beyond it the oldest are the ones that survive. */
const MAX_PENDING_BYTES = 64 * 1_048_576

/**
 * Append-only log of what happened. Records of one turn of the event loop are written with one system call, then
 * their callbacks run: group commit, so that "written before answered" costs a fraction of a write per click.
 */
export class SpoolWriter {
  readonly #options: SpoolOptions
  readonly #schedule: (flush: () => void) => void
  readonly #batch = Buffer.allocUnsafe(BATCH_BYTES + MAX_PAYLOAD_BYTES)
  #used = 0
  #waiting: Written[] = []
  /** Where each of them begins in the batch. */
  #offsets: number[] = []
  #scheduled = false
  #fd: number
  #base: number
  #position: number
  #dirty = false
  #syncing = false
  /** When the segment was begun that is written now. */
  #begunAtMs: number
  #timer: NodeJS.Timeout | null = null
  /** Records that could not be written because the disk refused. */
  #pending: Buffer[] = []
  #pendingBytes = 0
  #failure = ''
  #lostRecords = 0
  #discarding = false
  #closed = false

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#schedule = options.schedule ?? setImmediate
    const last = listSegments(options.dir).at(-1)
    this.#base = last?.base ?? 0
    const path = last?.path ?? segmentPath(options.dir, 0)
    this.#fd = openSync(path, 'a')
    const validBytes = last ? validLength(path) : 0
    const torn = fstatSync(this.#fd).size - validBytes
    if (torn > 0) {
      ftruncateSync(this.#fd, validBytes)
      options.log.warn('a torn record at the end of the spool was cut', { bytes: torn })
    }
    this.#position = this.#base + validBytes
    this.#begunAtMs = fstatSync(this.#fd).birthtimeMs || Date.now()
    const { notBefore = 0 } = options
    if (this.#position < notBefore) {
      options.log.warn('the spool ends before what was stored and goes on after it', {
        position: this.#position,
        notBefore,
      })
      this.#position = notBefore
      this.#rotate()
    }
  }

  /** Position after the last written record. */
  get position(): number {
    return this.#position
  }

  /** Why the spool cannot write now, or '' when it can. */
  get failure(): string {
    return this.#failure
  }

  get lostRecords(): number {
    return this.#lostRecords
  }

  /** Adds a record; `written` runs after this turn's group write. Payload: see record.ts. */
  append(payload: string, written: Written): void {
    let length = encodeRecord(payload, this.#batch, this.#used)
    if (length === 0) {
      this.#flush()
      length = encodeRecord(payload, this.#batch, 0)
    }
    if (length === 0 || length - HEADER_BYTES > MAX_PAYLOAD_BYTES) {
      this.#lostRecords++
      written(false)
      return
    }
    this.#offsets.push(this.#used)
    this.#used += length
    this.#waiting.push(written)
    if (this.#used >= BATCH_BYTES) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#schedule(() => this.#flush())
    }
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#used === 0) return
    const waiting = this.#waiting
    const offsets = this.#offsets
    const used = this.#used
    const start = this.#position
    this.#waiting = []
    this.#offsets = []
    this.#used = 0
    const durable = this.#pendingBytes === 0 && this.#write(this.#batch, used)
    if (!durable) this.#keep(Buffer.from(this.#batch.subarray(0, used)), waiting.length)
    if (durable && this.#options.fsync === 'always') {
      fdatasync(this.#fd, (error) => {
        for (const [index, written] of waiting.entries()) written(!error, start + (offsets[index] ?? 0))
      })
      return
    }
    this.#dirty ||= durable
    this.#timer ??= this.#dirty ? setTimeout(() => this.#sync(), FSYNC_INTERVAL_MS) : null
    for (let index = 0; index < waiting.length; index++) waiting[index]?.(durable, start + (offsets[index] ?? 0))
  }

  /** All of it or, when the disk refuses, none: what a failed write left behind is cut off again. */
  #write(buffer: Buffer, length: number): boolean {
    try {
      if (this.#position - this.#base >= this.#options.segmentBytes) this.#rotate()
      let done = 0
      while (done < length) done += writeSync(this.#fd, buffer, done, length - done)
      this.#position += length
      if (this.#failure) this.#options.log.info('the spool can write again')
      this.#failure = ''
      return true
    } catch (error) {
      if (!this.#failure)
        this.#options.log.error('the spool cannot write; visitors are still redirected', { error: messageOf(error) })
      this.#failure = messageOf(error)
      try {
        ftruncateSync(this.#fd, this.#position - this.#base)
      } catch {
        // The next start cuts the torn record.
      }
      return false
    }
  }

  #keep(records: Buffer, count: number): void {
    if (this.#pendingBytes + records.length > MAX_PENDING_BYTES) {
      this.#lostRecords += count
      return
    }
    if (this.#pendingBytes === 0) setTimeout(() => this.#retry(), RETRY_MS)
    this.#pending.push(records)
    this.#pendingBytes += records.length
  }

  #retry(): void {
    if (this.#closed) return
    while (this.#pending.length > 0) {
      const records = this.#pending[0] as Buffer
      if (!this.#write(records, records.length)) {
        setTimeout(() => this.#retry(), RETRY_MS)
        return
      }
      this.#pending.shift()
      this.#pendingBytes -= records.length
      this.#dirty = true
      this.#timer ??= setTimeout(() => this.#sync(), FSYNC_INTERVAL_MS)
    }
  }

  #rotate(): void {
    const next = openSync(segmentPath(this.#options.dir, this.#position), 'a')
    const old = this.#fd
    this.#fd = next
    this.#base = this.#position
    this.#begunAtMs = Date.now()
    fdatasync(old, () => closeSync(old))
  }

  #sync(): void {
    this.#timer = null
    if (!this.#dirty || this.#syncing) return
    this.#dirty = false
    this.#syncing = true
    fdatasync(this.#fd, (error) => {
      this.#syncing = false
      // EBADF: the segment was rotated away meanwhile, and rotation syncs it.
      if (error && error.code !== 'EBADF') {
        this.#failure = error.message
        this.#options.log.error('fsync of the spool failed', { error: error.message })
      }
      if (this.#dirty) this.#timer ??= setTimeout(() => this.#sync(), FSYNC_INTERVAL_MS)
    })
  }

  /**
   * Begins a new segment when the present one was begun so long ago, so that where little happens what was stored leaves
   * the disk all the same.
   */
  closeOld(ageMs: number, nowMs: number): void {
    if (this.#position === this.#base || this.#failure !== '' || nowMs - this.#begunAtMs < ageMs) return
    try {
      this.#rotate()
    } catch (error) {
      this.#options.log.warn('a new spool segment could not be begun', { error: messageOf(error) })
    }
  }

  /**
   * Deletes segments that end at or before `position` and were last written more than `keepMs` before `nowMs`, oldest
   * first. Not in one go: a full segment takes the disk 20 ms, in which a synchronous call would hold up every visitor.
   */
  async discardBefore(position: number, keepMs: number, nowMs: number): Promise<void> {
    if (this.#discarding) return
    this.#discarding = true
    try {
      const segments = listSegments(this.#options.dir)
      for (const [index, segment] of segments.entries()) {
        const next = segments[index + 1]
        if (!next || next.base > position) break
        // The clock gives whole milliseconds, the file system parts of them: a file of this moment is not of the future.
        if (nowMs - Math.floor(statSync(segment.path).mtimeMs) >= keepMs) await unlink(segment.path)
      }
    } catch (error) {
      this.#options.log.warn('a stored spool segment could not be deleted', { error: messageOf(error) })
    }
    this.#discarding = false
  }

  /** Writes what is left and makes it durable. */
  async close(): Promise<void> {
    this.#flush()
    this.#retry()
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#pendingBytes > 0) {
      this.#options.log.error('records that waited for the disk are lost', { bytes: this.#pendingBytes })
    }
    await new Promise<void>((resolve) => fdatasync(this.#fd, () => resolve()))
    closeSync(this.#fd)
  }
}

/** End of the last whole record: only what no record follows is a torn tail. */
function validLength(path: string): number {
  const bytes = readFileSync(path)
  let end = 0
  for (let at = 0; at !== -1; ) {
    const scan = scanRecord(bytes, at)
    if (scan.kind === 'record') {
      at += scan.length
      end = at
    } else at = findRecord(bytes, at + 1)
  }
  return end
}
