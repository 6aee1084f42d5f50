import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type BackupLabel, LABEL_FILE, MANIFEST_FILE } from './manifest.ts'
import { TAR_END, tarHeader, tarPadding } from './tar.ts'

const COPY_BYTES = 1_048_576

/** A backup while it is being written. */
export interface ArchiveWriter {
  addBytes(path: string, bytes: Buffer): Promise<void>
  /** Copies as much of the file as it has now; what is appended meanwhile is left out. Closes the handle. */
  addFile(path: string, file: FileHandle): Promise<void>
  /** Writes the manifest and makes everything durable; answers the size of the archive. */
  finish(): Promise<number>
  close(): Promise<void>
}

/** Starts an archive that only its owner may read. `stop` ends it with an error between two pieces. */
export async function createArchive(target: string, label: BackupLabel, stop: AbortSignal): Promise<ArchiveWriter> {
  const output = await open(target, 'wx', 0o600)
  const files: { path: string; size: number; sha256: string }[] = []
  const nowMs = Date.now()
  let written = 0
  const write = async (bytes: Buffer): Promise<void> => {
    stop.throwIfAborted()
    await output.writeFile(bytes)
    written += bytes.length
  }
  const addBytes = async (path: string, bytes: Buffer): Promise<void> => {
    await write(tarHeader(path, bytes.length, nowMs))
    await write(bytes)
    await write(tarPadding(bytes.length))
    files.push({ path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  await addBytes(LABEL_FILE, Buffer.from(`${JSON.stringify(label, null, 2)}\n`))
  return {
    addBytes,
    async addFile(path, file) {
      try {
        const { size, mtimeMs } = await file.stat()
        const hash = createHash('sha256')
        await write(tarHeader(path, size, mtimeMs))
        for (let position = 0; position < size; ) {
          const { bytesRead, buffer } = await file.read(
            Buffer.allocUnsafe(Math.min(COPY_BYTES, size - position)),
            0,
            Math.min(COPY_BYTES, size - position),
            position,
          )
          if (bytesRead === 0) throw new Error(`${path} became shorter while it was copied; make the backup again`)
          const piece = buffer.subarray(0, bytesRead)
          hash.update(piece)
          await write(piece)
          position += bytesRead
        }
        await write(tarPadding(size))
        files.push({ path, size, sha256: hash.digest('hex') })
      } finally {
        await file.close()
      }
    },
    async finish() {
      await addBytes(MANIFEST_FILE, Buffer.from(JSON.stringify({ ...label, files })))
      await write(TAR_END)
      await output.sync()
      return written
    },
    close: () => output.close(),
  }
}
