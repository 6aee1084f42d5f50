import { z } from 'zod'
import { PARAMETER_SLOTS } from '../click/click.ts'
import { customStatus } from '../conversion/custom-status.ts'
import { isStatus } from '../conversion/statuses.ts'
import { isSubId } from './sub-id.ts'

/**
 * What people change about events by the Admin API. It goes through the spool like everything else that happens to a
 * click, so that the spool stays the whole history and a recount of it the truth (docs/adr/0003).
 */
export type AdminEvent =
  | ConversionEditEvent
  | ClickEditEvent
  | ClickRemovalEvent
  | ClickEraseEvent
  | CostsEvent
  | CleanEvent

const atMs = z.int().min(0)
const micros = z.int()
const subId = z.string().refine(isSubId)
const slots: ReadonlySet<string> = new Set(PARAMETER_SLOTS)
const slotName = z.string().refine((name) => slots.has(name))

const conversionEdit = z.object({
  kind: z.literal('conversion_edit'),
  subId,
  atMs,
  /** Ordinal of the conversion on its click; null: the one with `tid`, or a new one. */
  ordinal: z.int().min(1).nullable(),
  tid: z.string(),
  /** What it becomes, whatever it was; null removes it. */
  set: z
    .object({
      status: z.string().optional(),
      /** What the status means when it is one of the user's own. */
      custom: customStatus.optional(),
      originalStatus: z.string().optional(),
      tid: z.string().optional(),
      revenueMicros: micros.optional(),
      /** Currency of it; absent: the base currency of that moment. */
      revenueCurrency: z.string().optional(),
      postbackAtMs: atMs.optional(),
      /** 0: it never was a sale. */
      saleAtMs: atMs.optional(),
      params: z.record(z.string(), z.string()).optional(),
    })
    .refine(({ status, custom }) => status === undefined || isStatus(status) || custom?.name === status)
    .nullable(),
})
/** A conversion set, changed or removed by hand. */
export type ConversionEditEvent = Readonly<z.output<typeof conversionEdit>>

const clickEdit = z.object({
  kind: z.literal('click_edit'),
  subId,
  atMs,
  slots: z.record(slotName, z.string()),
  costMicros: micros.nullable(),
  /** Currency of it; absent: the base currency of that moment. */
  costCurrency: z.string().optional(),
})
/** Slots or cost of a click changed by hand. */
export type ClickEditEvent = Readonly<z.output<typeof clickEdit>>

const clickRemoval = z.object({ kind: z.literal('click_removal'), subId, atMs })
/** A click removed for good, with its conversions. */
export type ClickRemovalEvent = Readonly<z.output<typeof clickRemoval>>

const clickErase = z.object({ kind: z.literal('click_erase'), subId, atMs })
/** What may tell who the visitor was is emptied in a click, its conversions and the logs; counts and money stay. */
export type ClickEraseEvent = Readonly<z.output<typeof clickErase>>

const segment = z.object({
  /** Null: every campaign, those that are no more too. */
  campaignIds: z.array(z.int().min(0)).nullable(),
  /** Clicks that came at `fromMs ≤ t < toMs`. */
  fromMs: atMs,
  toMs: atMs,
})
/** Schema of `ClickSelection`. */
export const clickSelection = segment.extend({
  /** Slot → values, one of which it must hold; every slot must. */
  slots: z.record(slotName, z.array(z.string())),
  /** Amounts, one of which the click must cost now; null: any. */
  costsMicros: z.array(micros).nullable(),
  onlyUniques: z.boolean(),
  withBots: z.boolean(),
})
/** Clicks by what they are: every condition must hold. */
export type ClickSelection = Readonly<z.output<typeof clickSelection>>

const costs = z.object({
  kind: z.literal('costs'),
  atMs,
  selection: clickSelection,
  costMicros: micros.min(0),
  /** Currency of it; absent: the base currency of that moment. */
  costCurrency: z.string().optional(),
})
/** A total spread equally over the clicks of a selection, in place of what they cost before. */
export type CostsEvent = Readonly<z.output<typeof costs>>

const clean = z.object({ kind: z.literal('clean'), atMs, segment })
/** Every click of a stretch of time removed for good, with its conversions. */
export type CleanEvent = Readonly<z.output<typeof clean>>

const adminEvent = z.discriminatedUnion('kind', [conversionEdit, clickEdit, clickRemoval, clickErase, costs, clean])

/** Reads one from outside; null when it is none. */
export function parseAdminEvent(json: string): AdminEvent | null {
  try {
    const parsed = adminEvent.safeParse(JSON.parse(json))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** About many clicks at once: `w` in the spool, where those about one click are `a`. */
export const isSweep = (event: AdminEvent): event is CostsEvent | CleanEvent =>
  event.kind === 'costs' || event.kind === 'clean'

/** The record of an event in the spool, see record.ts of the server. */
export const adminRecord = (event: AdminEvent): string =>
  isSweep(event) ? `w\t-\t${JSON.stringify(event)}` : `a\t${event.subId}\t${JSON.stringify(event)}`

/** Which clicks a sweep is about. */
export const selectionOf = (event: CostsEvent | CleanEvent): ClickSelection =>
  event.kind === 'costs'
    ? event.selection
    : { ...event.segment, slots: {}, costsMicros: null, onlyUniques: false, withBots: true }
