import type { IDataObject } from 'n8n-workflow';
import { callApi, type ApiContext, type MaskedRequest } from './call-api';

interface Page {
	readonly rows: IDataObject[];
	/** Rows there are on all pages together. */
	readonly total?: number;
	/** Where the next page begins, null after the last one; trackers without cursors have none. */
	readonly cursor?: string | null;
}

export interface RowsToFetch {
	/** Of a log or report, below `/admin_api/v1`. */
	readonly path: string;
	readonly body: IDataObject;
	/** Null: as many as there are. */
	readonly limit: number | null;
}

/**
 * Rows of a log or report. An answer holds only so many: the rest comes page by page, by cursor where the tracker
 * has one, as rows that come meanwhile shift an offset.
 */
export async function fetchRows(
	this: ApiContext,
	{ path, body, limit }: RowsToFetch,
	itemIndex?: number,
): Promise<{ request: MaskedRequest; body: unknown }> {
	const ask = async (more: IDataObject) =>
		await callApi.call(this, { method: 'POST', path, body: { ...body, ...more } }, itemIndex);
	const first = await ask({ limit: limit ?? 0 });
	if (!isPage(first.body)) return first;
	const rows = [...first.body.rows];
	let page = first.body;
	while (hasMore(page, rows.length) && (limit === null || rows.length < limit)) {
		const next = await ask({
			limit: limit === null ? 0 : limit - rows.length,
			...(page.cursor ? { cursor: page.cursor } : { offset: rows.length }),
		});
		if (!isPage(next.body) || next.body.rows.length === 0) break;
		page = next.body;
		for (const row of page.rows) rows.push(row);
	}
	return { ...first, body: { ...first.body, rows } };
}

const isPage = (body: unknown): body is Page =>
	Array.isArray((body as { rows?: unknown } | null)?.rows);

const hasMore = ({ cursor, total }: Page, count: number): boolean =>
	cursor === undefined ? count < Number(total ?? 0) : cursor !== null;
