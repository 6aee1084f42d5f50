import type { IDataObject } from 'n8n-workflow';

export type Watched = 'newConversion' | 'statusChanged' | 'newClick';

/** What is kept between polls: which records were seen, with what status, and when they were of this time. */
export interface Seen {
	/** Records by ID: status, and the time by which they are forgotten again. */
	[id: string]: [status: string, time: string];
}

/** What a log is asked for, by kind of event. */
export const logs: Readonly<
	Record<Watched, { path: string; id: string; time: string; columns: readonly string[] }>
> = {
	newClick: {
		path: '/clicks/log',
		id: 'sub_id',
		time: 'datetime',
		columns: [
			'sub_id',
			'datetime',
			'campaign_id',
			'campaign',
			'stream_id',
			'landing_id',
			'offer_id',
			'country_code',
			'ip',
			'device_type',
			'os',
			'browser',
			'keyword',
			'source',
			'external_id',
			'sub_id_1',
			'sub_id_2',
			'sub_id_3',
			'is_bot',
			'cost',
		],
	},
	newConversion: conversions(),
	statusChanged: conversions(),
};

function conversions() {
	return {
		path: '/conversions/log',
		id: 'conversion_id',
		time: 'postback_datetime',
		columns: [
			'conversion_id',
			'sub_id',
			'tid',
			'status',
			'previous_status',
			'postback_datetime',
			'sale_datetime',
			'click_datetime',
			'campaign_id',
			'campaign',
			'offer_id',
			'affiliate_network_id',
			'country_code',
			'external_id',
			'sub_id_1',
			'sub_id_2',
			'sub_id_3',
			'revenue',
			'cost',
			'profit',
		],
	};
}

/**
 * What of these rows is new, oldest first, and what is to be remembered from now on. Rows may come late and in any
 * order: what counts is whether a record was seen, not when it happened.
 */
export function newsOf(
	watched: Watched,
	rows: readonly IDataObject[],
	seen: Seen,
	forgetBefore: string,
): { news: IDataObject[]; seen: Seen } {
	const { id, time } = logs[watched];
	const remembered: Seen = {};
	for (const [key, entry] of Object.entries(seen))
		if (entry[1] >= forgetBefore) remembered[key] = entry;
	const news = rows.filter((row) => {
		const before = seen[String(row[id])];
		if (watched === 'statusChanged')
			return before !== undefined && before[0] !== String(row.status);
		return before === undefined;
	});
	for (const row of rows)
		remembered[String(row[id])] = [String(row.status ?? ''), String(row[time])];
	const marked =
		watched === 'statusChanged'
			? news.map((row) => ({ ...row, previous_status: seen[String(row[id])]?.[0] ?? null }))
			: news;
	return {
		news: marked.sort((a, b) => String(a[time]).localeCompare(String(b[time]))),
		seen: remembered,
	};
}
