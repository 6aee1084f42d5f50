import type { Command } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'start',
    usage: 'start',
    help: 'Run everything on this machine.',
    run: async ({ config, paths, entry, env }) =>
      (await import('../supervisor/supervise.ts')).supervise(config, paths, entry, env),
  },
  {
    name: 'tracker',
    usage: 'tracker',
    help: 'Run the tracker alone.',
    run: async (context) => (await import('./run-tracker.ts')).runTracker(context),
  },
  {
    name: 'backend',
    usage: 'backend',
    help: 'Run the backend alone.',
    run: async (context) => (await import('./run-backend.ts')).runBackend(context),
  },
  {
    name: 'store',
    usage: 'store',
    help: 'Run the embedded event store alone.',
    run: async (context) => (await import('./run-store.ts')).runStore(context),
  },
  {
    name: 'routes',
    usage: 'routes',
    help: 'Print every route of the Admin API.',
    run: async () => (await import('./routes.ts')).routes(),
  },
  {
    name: 'keys',
    usage: 'keys create <name> [--user login] [--read-only] [--dialect d] [--expires date] [--ip list]',
    help: 'Make an Admin API key and print it once.',
    run: async (context) => (await import('./keys.ts')).keys(context),
  },
  {
    name: 'users',
    usage: 'users create <login> [--admin]',
    help: 'Make a user and print a one-time password.',
    run: async (context) => (await import('./users.ts')).users(context),
  },
  {
    name: 'check',
    usage: 'check',
    help: 'Check the settings and the data directory.',
    run: async (context) => (await import('./check.ts')).check(context),
  },
]
