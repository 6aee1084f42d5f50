import { buildAsn } from './asn.ts'
import { dataPackage } from './geo.ts'

/** Run as a process of its own, so that turning CSV into the compact file never holds up a visitor. */
// Whoever wanted the file is gone.
process.once('disconnect', () => process.exit(1))
await buildAsn(dataPackage('@ip-location-db/asn'), process.argv[2] ?? '.')
process.exit(0)
