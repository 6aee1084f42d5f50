import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const STEP_MS = 30_000
const DIGITS = 6
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret of 160 random bits in base32. */
export const createTotpSecret = (): string =>
  Array.from(randomBytes(32), (byte) => ALPHABET[byte % ALPHABET.length]).join('')

/** What authenticator apps read as a QR code. */
export const totpUri = (secret: string, login: string): string =>
  `otpauth://totp/Trackyard:${encodeURIComponent(login)}?secret=${secret}&issuer=Trackyard&digits=${DIGITS}&period=30`

/** The code of a moment (RFC 6238: SHA-1, 30 seconds, 6 digits). */
export const totpCode = (secret: string, nowMs: number): string => codeOfStep(secret, Math.floor(nowMs / STEP_MS))

/**
 * The time step that a code belongs to, null when it is wrong. One step early or late is allowed, as clocks differ;
 * steps up to `lastStep` were used before and do not count again.
 */
export function matchTotp(secret: string, code: string, nowMs: number, lastStep: number): number | null {
  const given = Buffer.from(code.replace(/\s/g, ''))
  const now = Math.floor(nowMs / STEP_MS)
  for (const step of [now - 1, now, now + 1]) {
    const expected = Buffer.from(codeOfStep(secret, step))
    if (step > lastStep && given.length === expected.length && timingSafeEqual(given, expected)) return step
  }
  return null
}

function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const hash = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = hash.readUInt8(hash.length - 1) & 15
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = bits.match(/[01]{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}
