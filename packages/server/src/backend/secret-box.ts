import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const VERSION = 'v1:'
const IV_BYTES = 12
const TAG_BYTES = 16

/** Seals texts that must not be readable in a copy of the database, such as second factors and tokens of others. */
export interface SecretBox {
  /** '' stays ''. */
  seal(text: string): string
  /** The text that was sealed; texts from before there was a box as they are; null when another key sealed it. */
  open(sealed: string): string | null
}

/**
 * AES-256-GCM with a key derived from the secret of the data directory, which is in no database: whoever gets a copy of
 * the database alone reads nothing.
 */
export function createSecretBox(secret: string): SecretBox {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'trackyard secret box', 32))
  return {
    seal(text) {
      if (text === '') return ''
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return VERSION + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(sealed) {
      if (!sealed.startsWith(VERSION)) return sealed
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url')
      if (bytes.length <= IV_BYTES + TAG_BYTES) return null
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES))
        return Buffer.concat([text, decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}

export const isSealed = (text: string): boolean => text.startsWith(VERSION)
