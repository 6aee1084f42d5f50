import { eventStoreSuite } from './contract.ts'
import { createMemoryEvents } from './memory.ts'

eventStoreSuite('memory', async () => createMemoryEvents())
