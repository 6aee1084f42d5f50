/** Who may know whom. Each rule says why, so that a refusal teaches the design. */
export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment:
        'core decides, the shell acts: it imports itself, the schema library and the regex engine, nothing else.',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^packages/core/src', 'node_modules/(zod|re2js)/'] },
    },
    {
      name: 'click-path-never-imports-admin-side',
      comment: 'Visitors are served from memory and the spool; nothing of the backend may be needed for it.',
      severity: 'error',
      from: { path: '^packages/server/src/(tracker|spool|stores/visitors)' },
      to: { path: '^packages/server/src/(backend|store|stores/config|stores/events|supervisor|cli)/' },
    },
    {
      name: 'admin-side-never-imports-tracker',
      comment: 'The two sides meet in the snapshot file and in the spool.',
      severity: 'error',
      from: { path: '^packages/server/src/(backend|store|stores)/' },
      to: { path: '^packages/server/src/tracker/' },
    },
    {
      name: 'store-stands-alone',
      comment: 'The embedded store is an ordinary ClickHouse to everyone else: only its own process knows it.',
      severity: 'error',
      from: { path: '^packages/server/src/store/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/server/src/(backend|stores|spool|tracker)/' },
    },
    {
      name: 'ports-before-adapters',
      comment: 'The backend is given stores by its start file; everything else sees ports only.',
      severity: 'error',
      from: {
        path: '^packages/server/src/backend/',
        pathNot: [
          '\\.test\\.ts$',
          '^packages/server/src/backend/start\\.ts$',
          '^packages/server/src/backend/testing\\.ts$',
        ],
      },
      to: { path: '^packages/server/src/stores/(config|events)/', pathNot: '/(port|line)\\.ts$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Published on its own, with its own tools and rules.
    exclude: { path: '^packages/n8n-nodes-keitaro' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
