import type { IDataObject } from 'n8n-workflow';
import { CLICK_COLUMNS, CONVERSION_COLUMNS } from '../../shared/log-columns';
import type { Field, Given } from './operation';

/** The request of a log or report is made here, so none of these described fields is shown; files are no items. */
export const MADE_HERE = [
	'range',
	'interval',
	'from',
	'to',
	'timezone',
	'grouping',
	'metrics',
	'columns',
	'filters',
	'sort',
	'limit',
	'offset',
	'offer',
	'cursor',
	'summary',
	'trend',
	'format',
	'headers',
	'separator',
	'bom',
];

/** Named stretches of time that every tracker of this API knows. */
const INTERVALS = [
	'today',
	'yesterday',
	'first_day_of_this_week',
	'7_days_ago',
	'first_day_of_this_month',
	'1_month_ago',
	'first_day_of_this_year',
	'1_year_ago',
	'all_time',
] as const;

const range: readonly Field[] = [
	{
		name: 'interval',
		type: 'options',
		options: INTERVALS,
		description: 'Named stretch of time; wins over the dates',
	},
	{ name: 'from', type: 'date', description: 'First day or moment of the period' },
	{ name: 'to', type: 'date', description: 'Last day or moment of the period; it belongs to it' },
	{
		name: 'timezone',
		type: 'string',
		description: 'IANA time zone of the period; that of the tracker when left out',
		placeholder: 'e.g. Europe/Berlin',
	},
];
const columns: Field = {
	name: 'columns',
	type: 'list',
	description: 'Columns to answer; the usual ones when left out',
};
const conditions: Field = {
	name: 'filters',
	type: 'json',
	default: '[]',
	description:
		'Further conditions, such as [{"name": "os", "operator": "EQUALS", "expression": "Android"}]',
};
const sort: Field = {
	name: 'sort',
	type: 'json',
	default: '[]',
	description: 'What to sort by, such as [{"name": "revenue", "order": "DESC"}]',
};

/** A field of the form that becomes a condition on a column. */
const listed = (name: string, description: string, items?: Field['items']): Field => ({
	name,
	type: 'list',
	description,
	items,
});
const YES_NO = ['yes', 'no'] as const;
const ofBoth: readonly Field[] = [
	listed('campaign_id', 'Only these campaigns, by ID', 'ids'),
	listed('stream_id', 'Only these streams, by ID', 'ids'),
	listed('landing_id', 'Only these landing pages, by ID', 'ids'),
	listed('offer_id', 'Only these offers, by ID', 'ids'),
	listed('country_code', 'Only visitors from these countries, by two-letter code', 'countries'),
	listed('sub_id', 'Only these clicks, by their ID'),
];
export const clickFields: readonly Field[] = [
	...range,
	columns,
	conditions,
	sort,
	...ofBoth,
	listed('ip', 'Only visitors with these addresses'),
	listed(
		'sub_id_1',
		'Only clicks with these values of sub_id_1; other sub IDs go into the conditions',
	),
	{
		name: 'is_bot',
		type: 'options',
		options: YES_NO,
		description: 'Whether the visitor looks like a bot',
	},
	{
		name: 'is_unique_campaign',
		type: 'options',
		options: YES_NO,
		description: 'Whether it is the first visit to its campaign',
	},
	{
		name: 'is_lead',
		type: 'options',
		options: YES_NO,
		description: 'Whether the click brought a lead',
	},
	{
		name: 'is_sale',
		type: 'options',
		options: YES_NO,
		description: 'Whether the click brought a sale',
	},
];
export const conversionFields: readonly Field[] = [
	...range,
	columns,
	conditions,
	sort,
	...ofBoth,
	listed('status', 'Only these statuses', 'words'),
	listed('tid', 'Only these transaction IDs'),
];
export const reportFields: readonly Field[] = [
	...range,
	{
		name: 'grouping',
		type: 'list',
		description: 'What rows are told apart by, e.g. campaign,country',
	},
	{
		name: 'metrics',
		type: 'list',
		description: 'Figures of each row, e.g. clicks,conversions,roi',
	},
	conditions,
	sort,
];

/** Figures that are asked for, unless others are. */
export const METRICS = [
	'clicks',
	'campaign_unique_clicks',
	'conversions',
	'leads',
	'sales',
	'cr',
	'cost',
	'revenue',
	'profit',
	'roi',
	'epc',
];

/** Request of a log of clicks. Throws when nothing limits how much is asked for. */
export const clickLog = (given: Given): IDataObject => {
	const { interval, from, to } = given.fields;
	if (given.limit === null && !interval && !from && !to)
		throw new Error('Choose an interval or dates, or turn off Return All and give a limit');
	return log(given, clickFields, CLICK_COLUMNS, 'datetime');
};

export const conversionLog = (given: Given): IDataObject =>
	log(given, conversionFields, CONVERSION_COLUMNS, 'postback_datetime');

/** Request of a report: today and the usual figures unless something else is asked for. */
export function report({ fields }: Given): IDataObject {
	const { interval, from, to, timezone, grouping, metrics, filters, sort: order, ...others } = fields;
	return {
		...others,
		range: rangeOf({ interval, from, to, timezone }, 'today'),
		grouping: grouping ?? [],
		metrics: metrics ?? METRICS,
		filters: itemsOf(filters, 'Filters'),
		sort: itemsOf(order, 'Sort'),
	};
}

function log(
	{ fields }: Given,
	known: readonly Field[],
	usual: readonly string[],
	newestBy: string,
): IDataObject {
	const asked = known
		.filter(({ name }) => fields[name] !== undefined && !NO_CONDITIONS.has(name))
		.map(({ name, type }) =>
			type === 'options'
				? { name, operator: fields[name] === 'yes' ? 'IS_TRUE' : 'IS_FALSE' }
				: { name, operator: 'IN_LIST', expression: fields[name] },
		);
	const sorted = itemsOf(fields.sort, 'Sort');
	return {
		range: rangeOf(fields, 'all_time'),
		columns: fields.columns ?? usual,
		filters: [...asked, ...itemsOf(fields.filters, 'Filters')],
		sort: sorted.length > 0 ? sorted : [{ name: newestBy, order: 'DESC' }],
	};
}

const NO_CONDITIONS = new Set([...range, columns, conditions, sort].map(({ name }) => name));

function rangeOf({ interval, from, to, timezone }: IDataObject, otherwise: string): IDataObject {
	const zone = timezone ? { timezone } : {};
	if (interval) return { interval, ...zone };
	if (from || to) return { from: from || '1970-01-01', to: to || '2100-01-01', ...zone };
	return { interval: otherwise, ...zone };
}

function itemsOf(value: unknown, name: string): IDataObject[] {
	if (value === undefined) return [];
	if (!Array.isArray(value)) throw new Error(`${name} must be a JSON array of objects`);
	return value as IDataObject[];
}
