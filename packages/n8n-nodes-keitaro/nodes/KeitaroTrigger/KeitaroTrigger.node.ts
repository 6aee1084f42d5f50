import type {
	IDataObject,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IPollFunctions,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import type { Field } from '../Keitaro/operations/operation';
import { parseField } from '../Keitaro/parse-field';
import { fetchRows } from '../shared/fetch-rows';
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
			"Looks up a tracker with Keitaro's Admin API and starts the workflow on new conversions, changed statuses or new clicks",
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
						name: 'campaign_ids',
						type: 'string',
						default: '',
						placeholder: 'e.g. 3,4',
						description: 'Only these campaigns, several with commas between them',
					},
					{
						displayName: 'Statuses',
						name: 'statuses',
						type: 'string',
						default: '',
						placeholder: 'e.g. sale,rebill',
						description:
							'Only conversions with one of these statuses, as soon as they have it; several with commas between them',
						displayOptions: { show: { '/triggerOn': ['newConversion', 'statusChanged'] } },
					},
				],
			},
		],
	};

	methods = { credentialTest: { testCredential } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const watched = this.getNodeParameter('triggerOn') as Watched;
		const filters = filtersOf.call(this, watched);
		const lookBackDays = Number(this.getNodeParameter('lookBackDays', 7));
		const backMs = watched === 'newClick' ? CLICKS_LATE_MS : lookBackDays * 24 * HOUR_MS;
		const now = Date.now();
		const isWanted = ({ status }: IDataObject): boolean =>
			filters.statuses.length === 0 || filters.statuses.includes(String(status));
		if (this.getMode() === 'manual') {
			const rows = await readLog.call(this, watched, now - backMs, filters, SAMPLES);
			return toItems(rows.filter(isWanted).slice(0, 1));
		}

		const memory = this.getWorkflowStaticData('node');
		// Watching something else, it starts anew: what is there already is no news.
		const key = JSON.stringify([watched, backMs, filters]);
		const isFirst = memory.key !== key;
		// However long n8n was away, what came meanwhile is looked through.
		const since = isFirst ? now : Math.min(now, Number(memory.at));
		const { news, seen } = newsOf(watched, {
			rows: await readLog.call(this, watched, since - backMs, filters, null),
			seen: isFirst ? {} : (memory.seen as Seen),
			forgetBefore: timeText(now - backMs),
			isWanted,
		});
		memory.key = key;
		memory.at = now;
		memory.seen = seen;
		return isFirst ? null : toItems(news);
	}
}

interface Filters {
	readonly campaigns: number[];
	readonly statuses: string[];
}

function filtersOf(this: IPollFunctions, watched: Watched): Filters {
	const given = this.getNodeParameter('filterBy', {}) as IDataObject;
	const listed = (name: string, items: Field['items']) =>
		parseField({ name, type: 'list', items, description: '' }, given[name]);
	try {
		return {
			campaigns: listed('campaign_ids', 'ids') as number[],
			statuses: watched === 'newClick' ? [] : (listed('statuses', 'words') as string[]),
		};
	} catch (error) {
		throw new NodeOperationError(this.getNode(), String((error as Error).message));
	}
}

async function readLog(
	this: IPollFunctions,
	watched: Watched,
	fromMs: number,
	{ campaigns }: Filters,
	limit: number | null,
): Promise<IDataObject[]> {
	const { path, time, columns } = logs[watched];
	const body = {
		// Without an end: clocks differ, and what came while this is asked counts too.
		range: { from: timeText(fromMs), to: '2100-01-01', timezone: 'UTC' },
		columns,
		filters:
			campaigns.length > 0
				? [{ name: 'campaign_id', operator: 'IN_LIST', expression: campaigns }]
				: [],
		sort: [{ name: time, order: 'DESC' }],
	};
	const answer = await fetchRows.call(this, { path, body, limit });
	return (answer.body as { rows?: IDataObject[] } | null)?.rows ?? [];
}

const toItems = (rows: readonly IDataObject[]): INodeExecutionData[][] | null =>
	rows.length === 0 ? null : [rows.map((json) => ({ json }))];

/** `2026-02-03 14:05:00` in UTC. */
const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
