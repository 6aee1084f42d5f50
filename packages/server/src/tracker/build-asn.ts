import { buildAsn } from './asn.ts'

/** Run as a process of its own, so that turning CSV into the compact file never holds up a visitor. */
// Whoever wanted the file is gone.
process.once('disconnect', () => process.exit(1))
const [cacheDir = '.', asnDir = '.'] = process.argv.slice(2)
await buildAsn(asnDir, cacheDir)
process.exit(0)
