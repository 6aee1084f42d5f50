import type { Command } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'start',
    usage: [{ line: 'start', help: 'Run everything on this machine.' }],
    notes: [
      'GET /readyz answers 200 while visitors are served; GET /readyz/api while the Admin API and reports answer too.',
    ],
    run: async ({ config, paths, entry, env }) =>
      (await import('../supervisor/supervise.ts')).supervise(config, paths, entry, env),
  },
  {
    name: 'tracker',
    usage: [{ line: 'tracker', help: 'Run the tracker alone.' }],
    run: async (context) => (await import('./run-tracker.ts')).runTracker(context),
  },
  {
    name: 'backend',
    usage: [{ line: 'backend', help: 'Run the backend alone.' }],
    run: async (context) => (await import('./run-backend.ts')).runBackend(context),
  },
  {
    name: 'store',
    usage: [{ line: 'store', help: 'Run the embedded event store alone.' }],
    run: async (context) => (await import('./run-store.ts')).runStore(context),
  },
  {
    name: 'routes',
    usage: [{ line: 'routes', help: 'Print every route of the Admin API.' }],
    run: async () => (await import('./routes.ts')).routes(),
  },
  {
    name: 'keys',
    usage: [
      { line: 'keys create <name>', help: 'Make an Admin API key and print it, this once.' },
      { line: 'keys list', help: 'List the keys: owner, limits, last use.' },
      { line: 'keys revoke <id>', help: 'Delete a key; it stops working at once.' },
    ],
    options: {
      user: { type: 'string', value: 'login', help: 'create: whose key it is (admin)' },
      'read-only': { type: 'boolean', help: 'create: it can look at everything its user may, and change nothing' },
      dialect: { type: 'string', value: '2017|modern', help: 'create: shapes of the answers (the installation’s)' },
      expires: { type: 'string', value: 'date', help: 'create: until when it works, such as 2030-12-31, in UTC' },
      ip: { type: 'string', value: 'list', help: 'create: addresses and CIDR blocks it works from, with commas' },
    },
    run: async (context) => (await import('./keys.ts')).keys(context),
  },
  {
    name: 'users',
    usage: [
      { line: 'users create <login>', help: 'Make a user and print a password, this once.' },
      { line: 'users list', help: 'List the users.' },
      { line: 'users set-password <login>', help: 'Give a user a new password and print it, this once.' },
      { line: 'users disable <login>', help: 'Lock a user and all keys of theirs out.' },
      { line: 'users enable <login>', help: 'Let a disabled user in again.' },
    ],
    options: {
      admin: { type: 'boolean', help: 'create: an administrator' },
      stdin: { type: 'boolean', help: 'create, set-password: read the password from standard input, print nothing' },
    },
    run: async (context) => (await import('./users.ts')).users(context),
  },
  {
    name: 'backup',
    usage: [{ line: 'backup <file or directory>', help: 'Save everything into one .tar file, running or not.' }],
    notes: [
      'Visitors, reports and the API go on meanwhile. The cache and the snapshot are left out: they are made anew.',
      'The file holds the secrets and password hashes of the installation. Only its owner may read it (mode 0600).',
    ],
    run: async (context) => (await import('./backup.ts')).backup(context),
  },
  {
    name: 'restore',
    usage: [{ line: 'restore <file>', help: 'Unpack a backup into an empty data directory.' }],
    options: {
      'data-dir': { type: 'string', value: 'directory', help: 'where to; TRACKYARD_DATA_DIR unless given' },
    },
    run: async (context) => (await import('./restore.ts')).restore(context),
  },
  {
    name: 'check',
    usage: [{ line: 'check', help: 'Check the settings and the data directory.' }],
    run: async (context) => (await import('./check.ts')).check(context),
  },
]
