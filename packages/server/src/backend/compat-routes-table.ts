import { zipOf } from './files/testing.ts'

/**
 * What an answer looks like in the modern dialect: `object` with the keys that clients read, `list`, `one` for a list of
 * exactly one, `log` for rows with total and meta, `success`, `bytes` for what is no JSON, or a status for what is
 * refused by design.
 */
type Shape =
  | 'list'
  | 'one'
  | 'log'
  | 'object'
  | 'success'
  | 'bytes'
  | `object ${string}`
  | `one ${string}`
  | `list ${string}`
  | 422
export type Row = readonly [
  number: number,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  shape: Shape,
  body?: object,
]

const PERIOD = { start_date: '2026-02-01', end_date: '2026-02-03' }
const COSTS = { ...PERIOD, cost: 10, timezone: 'UTC', currency: 'USD' }
const PASSWORD = { new_password: 'a password that is long', new_password_confirmation: 'a password that is long' }
const NETWORK = 'id name postback_url offer_param state template_name notes created_at updated_at'
const CAMPAIGN =
  'id alias name type cookies_ttl position state created_at updated_at cost_type cost_value cost_currency cost_auto group_id group bind_visitors traffic_source_id token parameters postbacks notes uniqueness_method uniqueness_use_cookies traffic_loss domain'
const STREAM =
  'id type name campaign_id position weight action_options comments state updated_at action_type action_payload schema collect_clicks filter_or filters triggers landings offers'
const PAGE =
  'id name landing_type action_type action_payload action_options group_id group url offer_count notes state created_at updated_at local_path preview_path'
const OFFER =
  'id name group_id group offer_type action_type action_payload action_options affiliate_network_id affiliate_network payout_value payout_currency payout_type state created_at updated_at payout_auto payout_upsell country notes local_path preview_path'
const GROUP = 'id name position type'
const SOURCE = 'id name postback_url postback_statuses parameters state created_at updated_at'
const DOMAIN =
  'id name network_status default_campaign_id default_campaign state catch_not_found notes campaigns_count is_ssl ssl_redirect allow_indexing created_at updated_at'
const USER = 'id login type access_data preferences state key_count keyCount'
const ACCOUNT = 'id name ad_account_id token proxy_enabled proxy integration last_error last_raw_error'
const BOT = 'id value'
const ENTRY = 'id type value action'
const SET = 'id name filters'
const POSTBACK = 'id name url status trigger method timeout retries retry_delay campaigns countries headers params'
const SETTING = 'id key value'
const LOG_LINE = 'datetime jid message'

/** Every row of the tables of reference admin-api §10, by its number there. `{campaign}` is the id of a new campaign. */
export const official: readonly Row[] = [
  [1, 'GET', '/affiliate_networks', `list ${NETWORK} offers`],
  [2, 'POST', '/affiliate_networks', `object ${NETWORK}`, { name: 'Network #' }],
  [3, 'GET', '/affiliate_networks/{network}', `object ${NETWORK}`],
  [4, 'PUT', '/affiliate_networks/{network}', `object ${NETWORK}`, { notes: 'x' }],
  [5, 'DELETE', '/affiliate_networks/{network}', `one ${NETWORK}`],
  [6, 'POST', '/affiliate_networks/{network}/archive', `one ${NETWORK}`],
  [7, 'POST', '/affiliate_networks/{network}/clone', `one ${NETWORK}`],
  [8, 'GET', '/campaigns?offset=0&limit=5', `list ${CAMPAIGN}`],
  [9, 'POST', '/campaigns', `object ${CAMPAIGN}`, { name: 'Campaign', alias: 'c#' }],
  [10, 'GET', '/campaigns/deleted', 'list'],
  [11, 'GET', '/campaigns/{campaign}', `object ${CAMPAIGN}`],
  [12, 'PUT', '/campaigns/{campaign}', `object ${CAMPAIGN}`, { name: 'Other' }],
  [13, 'DELETE', '/campaigns/{campaign}', `one ${CAMPAIGN}`],
  [14, 'POST', '/campaigns/{campaign}/clone', `one ${CAMPAIGN}`],
  [15, 'POST', '/campaigns/{campaign}/disable', `one ${CAMPAIGN}`],
  [16, 'POST', '/campaigns/{campaign}/enable', `one ${CAMPAIGN}`],
  [17, 'POST', '/campaigns/{archived campaign}/restore', `one ${CAMPAIGN}`],
  [18, 'GET', '/campaigns/1/streams', `list ${STREAM}`],
  [19, 'POST', '/campaigns/{campaign}/update_costs', 'success', COSTS],
  [20, 'POST', '/streams', `object ${STREAM}`, { campaign_id: 1, name: 'S', action_payload: 'https://a.example/' }],
  [21, 'POST', '/streams/copy', `list ${STREAM}`, { stream_ids: [1] }],
  [22, 'GET', '/streams/deleted', 'list'],
  [23, 'POST', '/streams/move_streams', `list ${STREAM}`, { stream_ids: [1], target_campaign_id: 1 }],
  [24, 'GET', '/streams/search?query=Stream', `list ${STREAM}`],
  [25, 'GET', '/streams/{stream}', `object ${STREAM}`],
  [26, 'PUT', '/streams/{stream}', `object ${STREAM}`, { name: 'Other' }],
  [27, 'DELETE', '/streams/{stream}', `object ${STREAM}`],
  [28, 'POST', '/streams/{stream}/disable', `object ${STREAM}`],
  [29, 'POST', '/streams/{stream}/enable', `object ${STREAM}`],
  [30, 'GET', '/streams/{stream}/events', 'list id stream_id datetime message'],
  [31, 'POST', '/streams/{archived stream}/restore', `object ${STREAM}`],
  [32, 'GET', '/stream/{stream}/events', 'list id stream_id datetime message'],
  [33, 'GET', '/stream_types', 'list key value'],
  [34, 'GET', '/stream_actions', 'list key value'],
  [35, 'GET', '/streams_actions', 'list key value'],
  [36, 'GET', '/stream_schemas', 'list key value'],
  [37, 'GET', '/stream_filters', 'list key value'],
  [38, 'GET', '/landing_pages', `list ${PAGE}`],
  [
    39,
    'POST',
    '/landing_pages',
    `object ${PAGE}`,
    { name: 'Page', archive: zipOf({ 'index.html': 'x' }).toString('base64') },
  ],
  [40, 'GET', '/landing_pages/{page}', `object ${PAGE}`],
  [41, 'PUT', '/landing_pages/{page}', `object ${PAGE}`, { notes: 'x' }],
  [42, 'DELETE', '/landing_pages/{page}', `object ${PAGE}`],
  [43, 'POST', '/landing_pages/{page}/add_file?path=order/new.html', 'object path'],
  [44, 'PUT', '/landing_pages/{page}/clone', `object ${PAGE}`],
  [45, 'GET', '/landing_pages/{page}/download', 'bytes'],
  [46, 'GET', '/landing_pages/{page}/get_file', 'object data', { path: 'index.html' }],
  [47, 'GET', '/landing_pages/{page}/get_structure', 'object name type ext path children'],
  [48, 'DELETE', '/landing_pages/{page}/remove_file?path=about.html', 'success'],
  [49, 'PUT', '/landing_pages/{page}/update_file?path=about.html&data=new', 'object path'],
  [50, 'GET', '/offers', `list ${OFFER}`],
  [51, 'POST', '/offers', `object ${OFFER}`, { name: 'Offer', url: 'https://offer.example/' }],
  [52, 'GET', '/offers/{offer}', `object ${OFFER}`],
  [53, 'PUT', '/offers/{offer}', `object ${OFFER}`, { payout_value: '1.50' }],
  [54, 'POST', '/offers/{offer}/add_file', 'object path', { path: 'new.html' }],
  [55, 'DELETE', '/offers/{offer}/archive', `one ${OFFER}`],
  [56, 'POST', '/offers/{offer}/clone', `one ${OFFER}`],
  [57, 'GET', '/offers/{offer}/download', 'bytes'],
  [58, 'GET', '/offers/{offer}/get_file?path=index.html', 'object data'],
  [59, 'GET', '/offers/{offer}/get_structure', 'object name type ext path children'],
  [60, 'DELETE', '/offers/{offer}/remove_file', 'success', { path: 'about.html' }],
  [61, 'PUT', '/offers/{offer}/update_file', 'object path', { path: 'about.html', data: 'new' }],
  [62, 'GET', '/groups?type=offers', `list ${GROUP}`],
  [63, 'POST', '/groups', `object ${GROUP}`, { name: 'Group #', type: 'campaigns' }],
  [64, 'PUT', '/groups/{group}', `object ${GROUP}`, { position: '10' }],
  [65, 'DELETE', '/groups/{group}/delete', `object ${GROUP}`],
  [66, 'GET', '/traffic_sources', `list ${SOURCE}`],
  [67, 'POST', '/traffic_sources', `object ${SOURCE}`, { name: 'Source' }],
  [68, 'GET', '/traffic_sources/{source}', `object ${SOURCE}`],
  [69, 'PUT', '/traffic_sources/{source}', `object ${SOURCE}`, { name: 'Other' }],
  [70, 'DELETE', '/traffic_sources/{source}', `object ${SOURCE}`],
  [71, 'POST', '/traffic_sources/{source}/clone', `one ${SOURCE}`],
  [72, 'GET', '/domains', `list ${DOMAIN}`],
  [73, 'POST', '/domains', `one ${DOMAIN}`, { name: 'd#.example.com' }],
  [74, 'GET', '/domains/deleted', 'list'],
  [75, 'GET', '/domains/{domain}', `object ${DOMAIN}`],
  [76, 'PUT', '/domains/{domain}', `object ${DOMAIN}`, { default_campaign_id: '1' }],
  [77, 'DELETE', '/domains/{domain}', `object ${DOMAIN}`],
  [78, 'POST', '/domains/{domain}/check', `one ${DOMAIN}`],
  [79, 'POST', '/domains/{archived domain}/restore', `one ${DOMAIN}`],
  [80, 'GET', '/users', `list ${USER}`],
  [81, 'POST', '/users', `object ${USER}`, { login: 'user#', type: 'USER', ...PASSWORD }],
  [82, 'GET', '/users/{user}', `object ${USER}`],
  [83, 'PUT', '/users/{user}', `object ${USER}`, { preferences: { language: 'en' } }],
  [84, 'DELETE', '/users/{user}', 'object'],
  [85, 'PUT', '/users/{user}/access', `object ${USER}`, { access_data: { campaigns_access_type: 'read_only' } }],
  [86, 'GET', '/botlist', 'object value'],
  [87, 'PUT', '/botlist', 'object count', { value: '192.0.2.1\r\n192.0.2.0/30' }],
  [88, 'DELETE', '/botlist', 'object count'],
  [89, 'POST', '/botlist/add', 'object count', { value: '192.0.2.9' }],
  [90, 'POST', '/botlist/exclude', 'object count', { value: '192.0.2.9' }],
  [91, 'POST', '/clicks/build', 'log', { limit: 5 }],
  [92, 'POST', '/clicks/clean', 'success', { ...PERIOD, campaign_id: 1 }],
  [93, 'POST', '/clicks/log', 'log', { limit: 5 }],
  [94, 'POST', '/clicks/summary', 'log', { range: { interval: 'today' } }],
  [95, 'POST', '/clicks/update_costs', 'success', { campaign_ids: [1], costs: [COSTS] }],
  [96, 'GET', '/conversions/log?limit=5', 'log'],
  [97, 'POST', '/conversions/log', 'log', { limit: 5 }],
  [98, 'POST', '/report/build', 'log', { range: { interval: 'today' }, grouping: ['campaign'], metrics: ['clicks'] }],
  [99, 'GET', '/report/definition', 'object dimensions metrics operators'],
  [100, 'GET', '/report/labels?campaign_id=1&label_name=blacklist&ref_name=ip', 'object 192.0.2.7'],
  [
    101,
    'POST',
    '/report/labels',
    'success',
    { campaign_id: 1, ref_name: 'source', items: { 'a.example': 'blacklist' } },
  ],
  [102, 'GET', '/logs/types', 'list'],
  [103, 'POST', '/logs/types', 'list'],
  [104, 'GET', '/logs/system?limit=5', `list ${LOG_LINE}`],
  [105, 'DELETE', '/logs/system', 'success'],
  [106, 'GET', '/integrations/avscan', 'object avscan_key'],
  [107, 'PUT', '/integrations/avscan?avscan_key=key', 'object avscan_key'],
  [108, 'GET', '/integrations/facebook', 'object data'],
  [109, 'POST', '/integrations/facebook', `object ${ACCOUNT}`, { name: 'A', ad_account_id: '1', token: 't' }],
  [110, 'GET', '/integrations/imklo', 'object imklo_api_url'],
  // Refused by design: it hides pages from reviewers.
  [111, 'PUT', '/integrations/imklo', 422, { imklo_api_url: 'https://vendor.example/' }],
  [112, 'GET', '/integrations/facebook/{account}', 'object data'],
  [113, 'PUT', '/integrations/facebook/{account}', 'object data', { name: 'B' }],
  [114, 'DELETE', '/integrations/facebook/{account}', 'success'],
  [115, 'GET', '/integrations/facebook/1/campaign', 'list name value'],
  [116, 'POST', '/integrations/facebook/{account}/campaign', 'success', { campaign_id: '1' }],
  [117, 'DELETE', '/integrations/facebook/{account}/campaign', 'success', { campaign_id: 1 }],
]

export const later: readonly Row[] = [
  [118, 'GET', '/domains/ip', 'object ipv4 ipv6'],
  [119, 'POST', '/campaigns/clean_archive', 'success'],
  // We are no registrar.
  [120, 'POST', '/domains/register', 422, { name: 'new.example' }],
  [121, 'POST', '/landing_pages/{page}/clone', `object ${PAGE}`],
  [122, 'POST', '/streams/{stream}', `object ${STREAM}`, { name: 'Other' }],
  [123, 'DELETE', '/offers/{offer}', `one ${OFFER}`],
  [124, 'POST', '/offers/{offer}/archive', `one ${OFFER}`],
  [125, 'POST', '/offers/{archived offer}/restore', `one ${OFFER}`],
  [126, 'GET', '/offers/deleted', `list ${OFFER}`],
  [127, 'POST', '/streams/{stream}/clone', `object ${STREAM}`],
  [128, 'POST', '/affiliate_networks/{archived network}/restore', `one ${NETWORK}`],
  [129, 'GET', '/campaigns/1/streams/1', `object ${STREAM}`],
  [130, 'GET', '/report?limit=5', 'log'],
]

export const n8n: readonly Row[] = [
  [132, 'GET', '/settings', 'object timezone currency'],
  [132, 'POST', '/settings', 'object timezone', { mine: 1 }],
  [133, 'GET', '/settings/timezone', `object ${SETTING}`],
  [133, 'PUT', '/settings/mine', `object ${SETTING}`, { value: 2 }],
  [133, 'DELETE', '/settings/mine', `object ${SETTING}`],
  [134, 'GET', '/blacklist', `list ${ENTRY}`],
  [134, 'POST', '/blacklist', `object ${ENTRY}`, { ip: '198.51.100.#' }],
  [135, 'GET', '/blacklist/{entry}', `object ${ENTRY}`],
  [135, 'PUT', '/blacklist/{entry}', `object ${ENTRY}`, { note: 'x' }],
  [135, 'DELETE', '/blacklist/{entry}', `object ${ENTRY}`],
  [136, 'POST', '/bots', `object ${BOT}`, { ip: '203.0.113.#' }],
  [136, 'GET', '/bots', `list ${BOT}`],
  [137, 'GET', '/bots/{bot}', `object ${BOT}`],
  [137, 'PUT', '/bots/{bot}', `object ${BOT}`, { note: 'x' }],
  [137, 'DELETE', '/bots/{bot}', `object ${BOT}`],
  [138, 'GET', '/postbacks', `list ${POSTBACK}`],
  [138, 'POST', '/postbacks', `object ${POSTBACK}`, { name: 'P', url: 'https://receiver.example/' }],
  [139, 'GET', '/postbacks/{postback}', `object ${POSTBACK}`],
  [139, 'PUT', '/postbacks/{postback}', `object ${POSTBACK}`, { campaigns: '1', countries: 'MX' }],
  [139, 'DELETE', '/postbacks/{postback}', `object ${POSTBACK}`],
  [140, 'POST', '/postbacks/{postback}/test', 'object success request status body error'],
  [141, 'GET', '/filters', `list ${SET}`],
  [141, 'POST', '/filters', `object ${SET}`, { name: 'Set #', filters: [{ name: 'country', payload: ['US'] }] }],
  [142, 'GET', '/filters/{set}', `object ${SET}`],
  [142, 'PUT', '/filters/{set}', `object ${SET}`, { name: 'Set #' }],
  [142, 'DELETE', '/filters/{set}', `object ${SET}`],
  [143, 'GET', '/clicks?interval=today', 'log'],
  [144, 'GET', '/clicks/{click}', 'object sub_id datetime campaign_id'],
  [144, 'PUT', '/clicks/{click}', 'object sub_id sub_id_1', { sub_id_1: 'x' }],
  [144, 'DELETE', '/clicks/{click}', 'success'],
  [145, 'GET', '/conversions?limit=5', 'log'],
  [145, 'POST', '/conversions', 'object conversion_id status', { click_id: '{click}', status: 'lead', tid: 'T-1' }],
  [146, 'GET', '/conversions/{conversion}', 'object sub_id'],
  [146, 'PUT', '/conversions/{conversion}', 'object conversion_id status', { status: 'sale', revenue: '3' }],
  [147, 'GET', '/stats', 'log'],
  [147, 'POST', '/stats', 'log', { interval: 'today' }],
  [148, 'GET', '/logs?type=system', `list ${LOG_LINE}`],
  [149, 'GET', '/logs/{line}', `object ${LOG_LINE}`],
  [150, 'GET', '/groups/{group}', `object ${GROUP}`],
  [150, 'DELETE', '/groups/{group}', `object ${GROUP}`],
  [151, 'GET', '/streams?campaign_id=1', `list ${STREAM}`],
  [152, 'GET', '/traffic', 'log'],
]

/** What is made for a name in a path: where, from what, and where it is archived. */
export const things: Readonly<Record<string, readonly [path: string, body: object]>> = {
  network: ['affiliate_networks', { name: 'Network #' }],
  campaign: ['campaigns', { name: 'Campaign', alias: 'c#' }],
  stream: [
    'streams',
    { campaign_id: 1, name: 'Stream', filters: [{ name: 'country', payload: ['US'] }], offers: [{ offer_id: 1 }] },
  ],
  page: [
    'landing_pages',
    { name: 'Page', archive: zipOf({ 'index.html': 'Hello', 'about.html': 'x' }).toString('base64') },
  ],
  offer: ['offers', { name: 'Offer', archive: zipOf({ 'index.html': 'Hello', 'about.html': 'x' }).toString('base64') }],
  group: ['groups', { name: 'Group #', type: 'offers' }],
  source: ['traffic_sources', { name: 'Source' }],
  // An address that is not looked up, and nobody answers there.
  domain: ['domains', { name: '127.1.#.1' }],
  user: ['users', { login: 'user#', type: 'USER', ...PASSWORD }],
  account: ['integrations/facebook', { name: 'A', ad_account_id: '1', token: 't' }],
  entry: ['blacklist', { type: 'ip', value: '198.18.0.#' }],
  bot: ['bots', { value: '203.0.113.#' }],
  postback: ['postbacks', { name: 'P', url: 'http://127.0.0.1:1/' }],
  set: ['filters', { name: 'Set #', filters: [{ name: 'country', payload: ['US'] }] }],
}
