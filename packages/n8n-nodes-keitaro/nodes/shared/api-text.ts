const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a tracker says in the body of a refusal, whatever its shape; null when it says nothing readable. */
export function apiText(body: unknown): string | null {
	if (typeof body === 'string') {
		const text = body.trim();
		if (text === '' || text.startsWith('<')) return null;
		const parsed = parseOrNull(text);
		return parsed === null ? text.slice(0, 500) : apiText(parsed);
	}
	if (Array.isArray(body)) return joined(body.map(apiText), ' ');
	if (!isRecord(body)) return null;
	for (const key of ['error', 'message', 'errors']) {
		if (body[key] !== undefined) {
			const text = apiText(body[key]);
			if (text !== null) return text;
		}
	}
	// Refused input comes as lists of messages by field.
	return joined(
		Object.entries(body).map(([field, said]) => {
			const text = apiText(said);
			return text === null ? null : `${field}: ${text}`;
		}),
		'; ',
	);
}

function joined(texts: ReadonlyArray<string | null>, separator: string): string | null {
	const said = texts.filter((text) => text !== null);
	return said.length === 0 ? null : said.join(separator);
}

function parseOrNull(text: string): unknown {
	if (!/^[[{"]/.test(text)) return null;
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
