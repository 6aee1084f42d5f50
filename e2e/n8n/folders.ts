import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The published package. */
export const PACKAGE = fileURLToPath(new URL('../../packages/n8n-nodes-keitaro', import.meta.url))
const HOST_LOCK = fileURLToPath(new URL('./host', import.meta.url))

const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const PREFIX = 'trackyard-n8n'
const INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund']

/** Folder with a whole n8n, installed when no earlier one of this lock is there. About 2 GB and some minutes, once. */
export const n8nHost = (): string =>
  installed(
    'host',
    HOST_LOCK,
    [...INSTALL, '--legacy-peer-deps'],
    // Without install scripts its database has no native part; of them all, n8n needs this one alone.
    (folder) => npm(folder, ['rebuild', 'sqlite3', '--foreground-scripts']),
    'node_modules/sqlite3/build/Release/node_sqlite3.node',
  )

/** Folder with the tools that the package is built and checked by. */
const packageTools = (): string =>
  installed('tools', PACKAGE, INSTALL, () => undefined, 'node_modules/@n8n/scan-community-package/package.json')

/** Builds the package in a folder of its own, as its author would, and answers that folder. */
export function buildPackage(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(PACKAGE))
    if (name !== 'node_modules' && name !== 'dist') cpSync(join(PACKAGE, name), join(folder, name), { recursive: true })
  const tools = join(folder, 'node_modules')
  if (!existsSync(tools)) symlinkSync(join(packageTools(), 'node_modules'), tools)
  tool(folder, 'build')
  return folder
}

/** Runs a command of the tool that n8n gives authors; throws with what it said. */
export const tool = (folder: string, command: string): string =>
  say(process.execPath, [join(folder, 'node_modules/@n8n/node-cli/bin/n8n-node.mjs'), command], folder)

/** Packs the built package and unpacks it where n8n's own installer would. */
export function installPackage(built: string, userFolder: string): string {
  const target = join(userFolder, '.n8n/nodes/node_modules/n8n-nodes-keitaro')
  mkdirSync(target, { recursive: true })
  const archive =
    npm(built, ['pack', '--ignore-scripts', '--pack-destination', userFolder]).trim().split('\n').at(-1) ?? ''
  say('tar', ['xzf', join(userFolder, archive), '--strip-components=1', '-C', target], userFolder)
  return target
}

function installed(
  kind: string,
  lockFolder: string,
  install: readonly string[],
  finish: (folder: string) => unknown,
  proof: string,
): string {
  const lock = readFileSync(join(lockFolder, 'package-lock.json'))
  const folder = join(CACHE, `${PREFIX}-${kind}-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`)
  const isComplete = (one: string): boolean => existsSync(join(one, proof))
  const earlier = [folder, ...otherFolders()].find(
    (one) => isComplete(one) && readFileSync(join(one, 'package-lock.json')).equals(lock),
  )
  if (earlier !== undefined) return earlier
  mkdirSync(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(lockFolder, name), join(folder, name))
  process.stderr.write(`Installing what the n8n tests need into ${folder}: some minutes, once.\n`)
  npm(folder, install)
  finish(folder)
  // The install may have added to the lock; the folder is known by the one of the checkout.
  copyFileSync(join(lockFolder, 'package-lock.json'), join(folder, 'package-lock.json'))
  if (!isComplete(folder)) throw new Error(`${proof} is missing in ${folder} after the install.`)
  return folder
}

const otherFolders = (): string[] =>
  existsSync(CACHE)
    ? readdirSync(CACHE)
        .filter((name) => name.startsWith(PREFIX))
        .map((name) => join(CACHE, name))
        .filter((folder) => existsSync(join(folder, 'package-lock.json')))
    : []

const npm = (folder: string, args: readonly string[]): string => say('npm', args, folder)

function say(command: string, args: readonly string[], cwd: string): string {
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
    // A package among the tools asks npx a question on install.
    npm_config_yes: 'true',
  }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${withoutSpinner(stdout)}${stderr}`)
  return stdout
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told to draw by them.
const withoutSpinner = (text: string): string => text.replace(/[◐◓◑◒].*?(?=[│■])|\x1b\[[?\d]*\w/gs, '')
