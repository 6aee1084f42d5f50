import type { IDataObject } from 'n8n-workflow';
import { CLICK_COLUMNS, CONVERSION_COLUMNS } from '../shared/log-columns';

export type Watched = 'newConversion' | 'statusChanged' | 'newClick';

/** What is kept between polls: which records were seen. */
export interface Seen {
	/** Records by ID; by its time a record is forgotten again. */
	[id: string]: [time: string, status: string, previousStatus: string];
}

interface Log {
	readonly path: string;
	readonly id: string;
	readonly time: string;
	readonly columns: string[];
}

const conversions: Log = {
	path: '/conversions/log',
	id: 'conversion_id',
	time: 'postback_datetime',
	columns: CONVERSION_COLUMNS,
};

/** Where each kind of event is looked for. */
export const logs: Readonly<Record<Watched, Log>> = {
	newClick: { path: '/clicks/log', id: 'sub_id', time: 'datetime', columns: CLICK_COLUMNS },
	newConversion: conversions,
	statusChanged: conversions,
};

interface Look {
	readonly rows: readonly IDataObject[];
	/** As the look before left it. */
	readonly seen: Seen;
	/** Records from before this time will not be looked at again. */
	readonly forgetBefore: string;
	readonly isWanted: (row: IDataObject) => boolean;
}

/**
 * What of these rows is new, oldest first, and what is to be remembered from now on. Rows may come late and in any
 * order: what counts is whether a record was seen, not when it happened.
 */
export function newsOf(
	watched: Watched,
	{ rows, seen, forgetBefore, isWanted }: Look,
): { news: IDataObject[]; seen: Seen } {
	const { id, time } = logs[watched];
	const wanted = rows.filter(isWanted);
	const news = wanted
		.filter((row) => {
			const before = seen[String(row[id])];
			return watched === 'statusChanged' ? hasChanged(row, before) : before === undefined;
		})
		.map((row) => withStatusBefore(watched, row, seen[String(row[id])]))
		.sort((a, b) => String(a[time]).localeCompare(String(b[time])));

	const remembered: Seen = {};
	for (const [key, entry] of Object.entries(seen))
		if (entry[0] >= forgetBefore) remembered[key] = entry;
	// A new conversion that is not wanted yet is news once it is.
	for (const row of watched === 'statusChanged' ? rows : wanted)
		remembered[String(row[id])] = [String(row[time]), text(row.status), text(row.previous_status)];
	return { news, seen: remembered };
}

/**
 * n8n stores what a poll remembers only when the poll reports something. So a change may have to be told by what the
 * tracker says of the status before, of conversions that were seen in another state, or are not remembered at all.
 */
function hasChanged(row: IDataObject, before: Seen[string] | undefined): boolean {
	const [status, previous] = [text(row.status), text(row.previous_status)];
	const sayIt = previous !== '' && previous !== status;
	if (before === undefined) return sayIt;
	return before[1] !== status || (sayIt && before[2] !== previous);
}

const withStatusBefore = (
	watched: Watched,
	row: IDataObject,
	before: Seen[string] | undefined,
): IDataObject =>
	watched === 'statusChanged' && before !== undefined && before[1] !== text(row.status)
		? { ...row, previous_status: before[1] }
		: row;

const text = (value: unknown): string => String(value ?? '');
