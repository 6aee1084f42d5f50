import { eventStoreSuite } from './contract.ts'
import { createMemoryEvents } from './memory.ts'

eventStoreSuite(
  'memory',
  async () => createMemoryEvents(),
  async (store, ...subIds) =>
    store
      .postbackLog()
      .filter(({ sub_id }) => subIds.includes(String(sub_id)))
      .map(({ sub_id, ip = '', params = '' }) => [sub_id, ip, params]),
)
