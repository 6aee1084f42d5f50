import assert from 'node:assert/strict'

/** Output of a node, one record an item. */
export type Items = readonly Record<string, unknown>[]

/** One action of the node as a workflow would run it; later ones use what earlier ones made. */
export interface Case {
  readonly resource: string
  readonly operation: string
  readonly parameters?: (ids: Readonly<Record<string, unknown>>) => Record<string, unknown>
  /** Keeps a field of the first item under this name, for later cases. */
  readonly keeps?: readonly [name: string, field: string]
  readonly check?: (items: Items) => void
  /** The tracker refuses it, in these words. */
  readonly refusal?: RegExp
}

/** Value of a resource locator. */
export const picked = (id: unknown): object => ({ __rl: true, mode: 'id', value: String(id) })

const first =
  (check: (item: Record<string, unknown>) => void) =>
  (items: Items): void =>
    check(items[0] ?? {})
const has = (field: string, value: unknown) => first((item) => assert.equal(item[field], value))
const some = (items: Items): void => assert.ok(items.length > 0, 'no items')
const holds = (field: string) => first((item) => assert.ok(field in item, `no ${field} in ${JSON.stringify(item)}`))
const gone = has('deleted', true)

/** Create, Get, Get Many and Update of a kind. */
function crud(resource: string, required: Record<string, unknown>, changes: Record<string, unknown>): Case[] {
  const [field = '', value] = Object.entries(changes)[0] ?? []
  return [
    { resource, operation: 'create', parameters: () => required, keeps: [resource, 'id'], check: holds('id') },
    { resource, operation: 'get', parameters: byId(resource), check: holds('id') },
    { resource, operation: 'getAll', check: some },
    {
      resource,
      operation: 'update',
      parameters: (ids) => ({ ...byId(resource)(ids), updateFields: changes }),
      check: has(field, value),
    },
  ]
}

const byId =
  (resource: string) =>
  (ids: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ [`${resource}Id`]: picked(ids[resource]) })
const act = (resource: string, operation: string, more: Partial<Case> = {}): Case => ({
  resource,
  operation,
  parameters: byId(resource),
  check: some,
  ...more,
})
const deletion = (resource: string): Case => act(resource, 'delete', { check: gone })

const PERIOD = { start_date: '2020-01-01', end_date: '2099-01-01' }
const campaignOf = (ids: Readonly<Record<string, unknown>>) => picked(ids.campaign)

/** Every action of the node once, in an order that works on an installation with one click and one conversion. */
export const cases: readonly Case[] = [
  ...crud('source', { name: 'Push Planet' }, { notes: 'good' }),
  ...crud('affiliateNetwork', { name: 'Acme Leads' }, { notes: 'pays' }),
  ...crud(
    'offer',
    { name: 'Tea', additionalFields: { action_payload: 'https://tea.example/?c={subid}' } },
    { notes: 'hot' },
  ),
  ...crud('landing', { name: 'Quiz', additionalFields: { action_payload: 'https://quiz.example/' } }, { notes: 'new' }),
  ...crud('group', { name: 'Europe', type: 'campaigns' }, { name: 'EU' }),
  ...crud('campaign', { name: 'Tea EU', alias: 'tea-eu' }, { notes: 'by n8n' }),
  {
    resource: 'stream',
    operation: 'create',
    parameters: (ids) => ({
      campaign_id: campaignOf(ids),
      additionalFields: {
        name: 'All',
        schema: 'landings',
        offers: `[{"offer_id": ${String(ids.offer)}, "share": 100}]`,
      },
    }),
    keeps: ['stream', 'id'],
    check: has('name', 'All'),
  },
  act('stream', 'get', { check: has('name', 'All') }),
  {
    resource: 'stream',
    operation: 'getAll',
    parameters: (ids) => ({ filterBy: { campaign_id: ids.campaign } }),
    check: some,
  },
  act('stream', 'update', {
    parameters: (ids) => ({ ...byId('stream')(ids), updateFields: { comments: 'by n8n' } }),
    check: has('comments', 'by n8n'),
  }),
  ...crud('domain', { name: 'go.n8n-test.example' }, { notes: 'spare' }),
  ...crud(
    'user',
    { login: 'n8nuser', type: 'USER', new_password: 'Passw0rd-n8n', new_password_confirmation: 'Passw0rd-n8n' },
    { state: 'disabled' },
  ),
  ...crud('blacklist', { value: '203.0.113.7', inputMode: 'form' }, { notes: 'spy' }),
  ...crud('bot', { value: '198.51.100.0/24' }, { notes: 'data centre' }),
  ...crud(
    'filter',
    { name: 'Tier 1', filters: '[{"name": "country", "mode": "accept", "payload": ["DE", "US"]}]' },
    { notes: 'usual' },
  ),
  {
    resource: 'postback',
    operation: 'create',
    parameters: (ids) => ({
      name: 'To CRM',
      url: 'http://127.0.0.1:9/hook?s={sub_id_1}&st={status}&r={revenue}',
      additionalFields: {
        status: 'active',
        trigger: 'sales',
        method: 'POST',
        lead_statuses: 'hold, wait',
        sale_statuses: 'approved',
        rejected_statuses: 'spam',
        registration_statuses: 'reg',
        deposit_statuses: 'dep',
        key: 'receiver-key',
        currency: 'USD',
        timeout: 1,
        retries: 0,
        retry_delay: 1,
        campaigns: String(ids.campaign),
        countries: 'mx, de',
        headers: { pair: [{ name: 'X-From', value: 'n8n' }] },
        params: { pair: [{ name: 'kind', value: '{status}' }] },
      },
    }),
    keeps: ['postback', 'id'],
    check: first((item) => {
      assert.equal(item.countries, 'MX,DE')
      assert.equal(item.lead_statuses, 'hold,wait')
      assert.deepEqual(item.headers, { 'X-From': 'n8n' })
      assert.deepEqual(item.params, { kind: '{status}' })
    }),
  },
  act('postback', 'get', { check: has('name', 'To CRM') }),
  { resource: 'postback', operation: 'getAll', check: some },
  act('postback', 'update', {
    parameters: (ids) => ({ ...byId('postback')(ids), updateFields: { name: 'To the CRM' } }),
    check: has('name', 'To the CRM'),
  }),
  act('postback', 'test', { check: has('success', false) }),

  act('campaign', 'getStreams'),
  act('campaign', 'disable', { check: has('state', 'disabled') }),
  act('campaign', 'enable', { check: has('state', 'active') }),
  act('campaign', 'clone', { keeps: ['copy', 'id'], check: has('name', 'Copy of Tea EU') }),
  act('campaign', 'simulate', {
    parameters: (ids) => ({
      ...byId('campaign')(ids),
      options: { country: 'DE', user_agent: 'Mozilla/5.0 Chrome/120' },
    }),
    check: holds('summary'),
  }),
  act('campaign', 'updateCosts', {
    parameters: (ids) => ({ ...byId('campaign')(ids), ...PERIOD, cost: 1.5 }),
    check: has('success', true),
  }),
  act('stream', 'disable', { check: has('state', 'disabled') }),
  act('stream', 'enable', { check: has('state', 'active') }),
  act('stream', 'clone'),
  { resource: 'stream', operation: 'search', parameters: () => ({ query: 'All' }), check: some },
  {
    resource: 'stream',
    operation: 'copy',
    parameters: (ids) => ({ options: { stream_ids: String(ids.stream), target_campaign_id: ids.copy } }),
    keeps: ['copied', 'id'],
    check: some,
  },
  {
    resource: 'stream',
    operation: 'move',
    parameters: (ids) => ({ options: { stream_ids: String(ids.copied), target_campaign_id: ids.campaign } }),
    check: some,
  },
  act('stream', 'getEvents'),
  { resource: 'stream', operation: 'getActions', check: some },
  { resource: 'stream', operation: 'getSchemas', check: some },
  { resource: 'stream', operation: 'getTypes', check: some },
  act('offer', 'clone'),
  act('landing', 'clone'),
  act('source', 'clone'),
  { resource: 'source', operation: 'getTemplates', check: some },
  act('affiliateNetwork', 'clone'),
  { resource: 'affiliateNetwork', operation: 'getTemplates', check: some },
  act('domain', 'check', { check: has('name', 'go.n8n-test.example') }),
  { resource: 'domain', operation: 'getServerIp', check: holds('ipv4') },
  { resource: 'user', operation: 'getCurrent', check: some },
  act('user', 'updateAccess', {
    parameters: (ids) => ({ ...byId('user')(ids), access_data: '{"reports": []}' }),
  }),
  act('blacklist', 'disable', { check: has('state', 'disabled') }),
  act('blacklist', 'enable', { check: has('state', 'active') }),
  {
    resource: 'bot',
    operation: 'addToList',
    parameters: () => ({ value: '192.0.2.1\n192.0.2.2' }),
    check: holds('count'),
  },
  { resource: 'bot', operation: 'removeFromList', parameters: () => ({ value: '192.0.2.2' }), check: holds('count') },
  { resource: 'bot', operation: 'getList', check: holds('value') },
  act('bot', 'delete', { check: gone }),
  { resource: 'bot', operation: 'replaceList', parameters: () => ({ value: '192.0.2.9' }), check: has('count', 1) },
  { resource: 'bot', operation: 'clearList', check: holds('count') },
  act('filter', 'clone'),
  { resource: 'filter', operation: 'getTypes', check: some },

  { resource: 'click', operation: 'getAll', keeps: ['click', 'sub_id'], check: holds('sub_id') },
  { resource: 'click', operation: 'get', parameters: (ids) => ({ clickId: ids.click }), check: holds('sub_id') },
  { resource: 'click', operation: 'explain', parameters: (ids) => ({ clickId: ids.click }), check: holds('summary') },
  {
    resource: 'click',
    operation: 'update',
    parameters: (ids) => ({ clickId: ids.click, updateFields: { keyword: 'tea', cost: 0.25 } }),
    check: holds('sub_id'),
  },
  {
    resource: 'click',
    operation: 'updateCosts',
    parameters: (ids) => ({ campaign_ids: String(ids.visited), ...PERIOD, cost: 2 }),
    check: has('success', true),
  },
  {
    resource: 'conversion',
    operation: 'create',
    parameters: (ids) => ({
      inputMode: 'json',
      jsonData: JSON.stringify({ click_id: ids.click, status: 'sale', revenue: 12.5, tid: 'order-1' }),
    }),
    keeps: ['conversion', 'conversion_id'],
    check: has('tid', 'order-1'),
  },
  {
    resource: 'conversion',
    operation: 'create',
    parameters: (ids) => ({
      inputMode: 'form',
      click_id: ids.click,
      additionalFields: { status: 'lead', revenue: 3, tid: 'order-2', comment: 'by form' },
    }),
    check: has('status', 'lead'),
  },
  {
    resource: 'conversion',
    operation: 'get',
    parameters: (ids) => ({ conversionId: ids.conversion }),
    check: holds('status'),
  },
  { resource: 'conversion', operation: 'getAll', check: holds('conversion_id') },
  {
    resource: 'conversion',
    operation: 'update',
    parameters: (ids) => ({ conversionId: ids.conversion, updateFields: { status: 'rejected' } }),
    check: has('status', 'rejected'),
  },
  { resource: 'stats', operation: 'getAll', check: holds('clicks') },
  { resource: 'traffic', operation: 'getAll', check: holds('clicks') },
  {
    resource: 'report',
    operation: 'build',
    parameters: () => ({ options: { interval: 'all_time', grouping: 'campaign', metrics: 'clicks,roi' } }),
    check: holds('campaign'),
  },
  {
    resource: 'report',
    operation: 'build',
    parameters: () => ({ options: { interval: 'today', metrics: 'clicks', compare: 'previous_day' } }),
    check: holds('clicks_previous'),
  },
  { resource: 'report', operation: 'getDefinition', check: holds('metrics') },
  {
    resource: 'report',
    operation: 'setLabels',
    parameters: (ids) => ({
      campaign_id: campaignOf(ids),
      ref_name: 'source',
      items: { pair: [{ name: 'zone-7', value: 'blacklist' }] },
    }),
    check: has('success', true),
  },
  {
    resource: 'report',
    operation: 'getLabels',
    parameters: (ids) => ({ campaign_id: campaignOf(ids), ref_name: 'source' }),
    check: has('zone-7', 'blacklist'),
  },
  { resource: 'log', operation: 'getTypes', check: holds('value') },
  { resource: 'log', operation: 'getAll', check: some },
  { resource: 'log', operation: 'get', parameters: () => ({ logName: 'audit' }), check: some },
  {
    resource: 'log',
    operation: 'update',
    parameters: () => ({ logName: 'system', jsonData: '{"a": 1}' }),
    refusal: /cannot be changed/i,
  },
  { resource: 'log', operation: 'delete', parameters: () => ({ logName: 'system' }), check: gone },
  { resource: 'settings', operation: 'create', parameters: () => ({ jsonData: '{"n8n_note": "hello"}' }), check: some },
  {
    resource: 'settings',
    operation: 'get',
    parameters: () => ({ settingKey: 'n8n_note' }),
    check: has('value', 'hello'),
  },
  { resource: 'settings', operation: 'getAll', check: some },
  {
    resource: 'settings',
    operation: 'update',
    parameters: () => ({ settingKey: 'n8n_note', value: 'changed' }),
    check: has('value', 'changed'),
  },
  { resource: 'settings', operation: 'delete', parameters: () => ({ settingKey: 'n8n_note' }), check: gone },

  { resource: 'conversion', operation: 'delete', parameters: (ids) => ({ conversionId: ids.conversion }), check: gone },
  { resource: 'click', operation: 'delete', parameters: (ids) => ({ clickId: ids.click }), check: gone },
  { resource: 'click', operation: 'clean', parameters: () => PERIOD, check: has('success', true) },
  ...['stream', 'offer', 'landing', 'source', 'affiliateNetwork', 'domain', 'campaign'].flatMap((resource) => [
    deletion(resource),
    { resource, operation: 'getDeleted', check: some },
    act(resource, 'restore'),
  ]),
  ...['campaign', 'offer', 'landing'].map((resource) => ({
    resource,
    operation: 'cleanArchive',
    check: has('success', true),
  })),
  ...['postback', 'filter', 'blacklist', 'group', 'user'].map(deletion),
]
