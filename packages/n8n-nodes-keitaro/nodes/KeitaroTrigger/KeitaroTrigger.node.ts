import type {
	IDataObject,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IPollFunctions,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { callApi } from '../shared/call-api';
import { testCredential } from '../shared/test-credential';
import { logs, newsOf, type Seen, type Watched } from './news';

const HOUR_MS = 3_600_000;
/** A click that took longer to be stored is not reported any more. */
const CLICKS_LATE_MS = HOUR_MS;
/** Looked through for one to show while the workflow is being made. */
const SAMPLES = 100;

export class KeitaroTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Keitaro Trigger',
		name: 'keitaroTrigger',
		icon: { light: 'file:../../icons/keitaro.svg', dark: 'file:../../icons/keitaro.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["triggerOn"]}}',
		description:
			'Starts the workflow on new conversions, changed statuses or new clicks, found by regular look-ups',
		defaults: { name: 'Keitaro Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'keitaroApi', required: true, testedBy: 'testCredential' }],
		properties: [
			{
				displayName: 'Trigger On',
				name: 'triggerOn',
				type: 'options',
				default: 'newConversion',
				options: [
					{
						name: 'Conversion Status Changed',
						value: 'statusChanged',
						description: 'A conversion has another status than at the last look',
					},
					{ name: 'New Click', value: 'newClick', description: 'A click was recorded' },
					{
						name: 'New Conversion',
						value: 'newConversion',
						description: 'A conversion was recorded',
					},
				],
			},
			{
				displayName: 'Look Back (Days)',
				name: 'lookBackDays',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 90 },
				default: 7,
				description: 'Age up to which conversions are watched; later changes are not reported',
				displayOptions: { show: { triggerOn: ['newConversion', 'statusChanged'] } },
			},
			{
				displayName: 'Filters',
				name: 'filterBy',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				options: [
					{
						displayName: 'Campaign IDs',
						name: 'campaign_id',
						type: 'string',
						default: '',
						placeholder: 'e.g. 3,4',
						description: 'Only these campaigns, several with commas between them',
					},
					{
						displayName: 'Statuses',
						name: 'status',
						type: 'string',
						default: '',
						placeholder: 'e.g. sale,rebill',
						description:
							'Only conversions that have one of these statuses now, several with commas between them',
					},
				],
			},
		],
	};

	methods = { credentialTest: { testCredential } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const watched = this.getNodeParameter('triggerOn') as Watched;
		const { campaign_id: campaigns, status } = this.getNodeParameter('filterBy', {}) as {
			campaign_id?: string;
			status?: string;
		};
		const backMs =
			watched === 'newClick'
				? CLICKS_LATE_MS
				: Number(this.getNodeParameter('lookBackDays', 7)) * 24 * HOUR_MS;
		const isManual = this.getMode() === 'manual';
		const memory = this.getWorkflowStaticData('node');
		// With other campaigns it starts anew: what is there already is no news.
		const key = `${watched} ${campaigns ?? ''}`;
		const isFirst = memory.key !== key;
		const from = timeText(Date.now() - backMs);

		const rows = await readLog.call(this, watched, from, listOf(campaigns), isManual ? SAMPLES : 0);
		const wanted = (row: IDataObject): boolean =>
			watched === 'newClick' || isOneOf(listOf(status), row.status);
		if (isManual) return toItems(rows.filter(wanted).slice(0, 1));

		const { news, seen } = newsOf(watched, rows, isFirst ? {} : (memory.seen as Seen), from);
		memory.key = key;
		memory.seen = seen;
		return isFirst ? null : toItems(news.filter(wanted));
	}
}

async function readLog(
	this: IPollFunctions,
	watched: Watched,
	from: string,
	campaigns: string[],
	limit: number,
): Promise<IDataObject[]> {
	const { path, time, columns } = logs[watched];
	const body = {
		// Without an end: clocks differ, and what came while this is asked counts too.
		range: { from, to: '2100-01-01', timezone: 'UTC' },
		columns,
		filters:
			campaigns.length > 0
				? [{ name: 'campaign_id', operator: 'IN_LIST', expression: campaigns.map(Number) }]
				: [],
		sort: [{ name: time, order: 'DESC' }],
		limit,
	};
	const answer = await callApi.call(this, { method: 'POST', path, body });
	return (answer.body as { rows?: IDataObject[] } | null)?.rows ?? [];
}

const toItems = (rows: readonly IDataObject[]): INodeExecutionData[][] | null =>
	rows.length === 0 ? null : [rows.map((json) => ({ json }))];

const listOf = (text = ''): string[] =>
	text
		.split(',')
		.map((word) => word.trim())
		.filter((word) => word !== '');

const isOneOf = (words: readonly string[], value: unknown): boolean =>
	words.length === 0 || words.includes(String(value));

/** `2026-02-03 14:05:00` in UTC. */
const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
