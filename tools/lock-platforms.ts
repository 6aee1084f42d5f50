import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * Packages with native parts name one package for each platform as optional. A registry that lacks some of them leaves
 * them out of the lock file, and `npm ci` then refuses the whole lock everywhere. This puts them back, with the platform
 * their names tell; they are fetched where they fit only. With `--check` it writes nothing and fails if any is missing.
 */
const entrySchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) })

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

const path = new URL('../package-lock.json', import.meta.url)
const lock = lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
const missing = Object.values(lock.packages).flatMap(({ dev, optionalDependencies = {} }) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !Object.keys(lock.packages).some((key) => key.endsWith(`node_modules/${name}`)))
    .map(([name, version]) => ({ name, version: version.replace(/^[~^]/, ''), dev })),
)

if (process.argv.includes('--check')) {
  for (const { name } of missing) {
    process.stderr.write(`package-lock.json lacks ${name}: run node tools/lock-platforms.ts\n`)
  }
  process.exitCode = missing.length > 0 ? 1 : 0
} else {
  for (const { name, version, dev } of missing) {
    const words = name.split(/[/-]/)
    const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : undefined
    const cpu = PROCESSORS.filter((one) => words.includes(one))
    const os = SYSTEMS.filter((one) => words.includes(one))
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(dev && { dev }),
      ...(libc && { libc }),
      optional: true,
      ...(os.length > 0 && { os }),
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  process.stdout.write(`${missing.length} packages added\n`)
}
