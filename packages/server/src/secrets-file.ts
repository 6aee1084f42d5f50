import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/** Secrets that processes of one installation share before any database is open. */
export interface SharedSecrets {
  /** Password of the embedded store. */
  readonly storePassword: string
}

const schema = z.object({ storePassword: z.string().min(16) })

/** Reads the secrets of a data directory, making them at the first start. Throws if the file is damaged. */
export function sharedSecrets(path: string): SharedSecrets {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    const secrets = { storePassword: randomBytes(24).toString('hex') }
    const temporary = `${path}.${process.pid}.tmp`
    writeFileSync(temporary, JSON.stringify(secrets), { mode: 0o600 })
    renameSync(temporary, path)
    return secrets
  }
  return schema.parse(JSON.parse(text))
}
