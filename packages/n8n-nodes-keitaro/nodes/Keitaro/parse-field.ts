import type { GenericValue, IDataObject } from 'n8n-workflow';
import { displayNameOf } from './fields';
import type { Field } from './operations/operation';

type Value = GenericValue | IDataObject | GenericValue[] | IDataObject[];

/** Value of a field as the API takes it. Throws `Error` that names the field and how to write it. */
export function parseField(field: Field, value: unknown): Value {
	const name = displayNameOf(field.name);
	switch (field.type) {
		case 'number':
			// The empty choice of a list of records: none.
			return value === '' || value === null ? null : numberOf(value, name);
		case 'boolean':
			return value === true || value === 'true' || value === 1;
		case 'list':
			return listOf(field, value, name);
		case 'commas':
			return listOf(field, value, name).join(',');
		case 'json':
			return jsonOf(value, name);
		case 'pairs':
			return pairsOf(value, name);
		case 'date':
			return dateOf(value);
		case 'any':
			return typeof value === 'string' && /^\s*[[{]/.test(value)
				? jsonOf(value, name)
				: (value as Value);
		default:
			return typeof value === 'number' ? String(value) : (value as Value);
	}
}

/** An object from JSON that must not be empty. Throws `Error` that says what is missing. */
export function filledObject(value: unknown, name: string): IDataObject {
	const parsed = typeof value === 'string' && value.trim() === '' ? {} : jsonOf(value, name);
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
		throw new Error(`${name} must be a JSON object such as {"name": "value"}`);
	if (Object.keys(parsed).length === 0)
		throw new Error(`${name} is empty: give at least one value as a JSON object`);
	return parsed as IDataObject;
}

function numberOf(value: unknown, name: string): number {
	const number = typeof value === 'number' ? value : Number(String(value).trim());
	if (!Number.isFinite(number)) throw new Error(`${name} must be a number, not "${String(value)}"`);
	return number;
}

function jsonOf(value: unknown, name: string): Value {
	if (typeof value !== 'string') return value as Value;
	const parsed = parsedOrUndefined(value);
	if (parsed === undefined) throw new Error(`${name} is not valid JSON`);
	return parsed;
}

function parsedOrUndefined(text: string): Value | undefined {
	try {
		return JSON.parse(text) as Value;
	} catch {
		return undefined;
	}
}

const ITEMS = {
	ids: { isItem: /^[1-9]\d*$/, cure: 'IDs with commas between them, e.g. 3,4' },
	countries: {
		isItem: /^[a-z]{2}$/i,
		cure: 'two-letter country codes with commas between them, e.g. DE,MX',
	},
	words: { isItem: /^[^\s{}]+$/, cure: 'words with commas between them, e.g. sale,rebill' },
} as const;

function listOf({ items }: Field, value: unknown, name: string): Array<string | number> {
	const listed = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
	const words = listed.map((word) => word.trim()).filter((word) => word !== '');
	if (items === undefined) return words;
	const wrong = words.find((word) => !ITEMS[items].isItem.test(word));
	if (wrong !== undefined)
		throw new Error(`${name} must be ${ITEMS[items].cure}: "${wrong}" is none`);
	if (items === 'ids') return words.map(Number);
	return items === 'countries' ? words.map((word) => word.toUpperCase()) : words;
}

function pairsOf(value: unknown, name: string): IDataObject {
	const parsed = jsonOf(value, name) as IDataObject;
	if (typeof parsed !== 'object' || parsed === null)
		throw new Error(`${name} must be names with values`);
	const pairs = parsed.pair as Array<{ name: string; value: string }> | undefined;
	// An expression may give the object itself.
	if (!Array.isArray(pairs)) return parsed;
	return Object.fromEntries(pairs.map((pair) => [pair.name, pair.value]));
}

/** What the date picker and date expressions give, as `2026-02-03 14:05:00`; the time of day is kept as it is written. */
function dateOf(value: unknown): string {
	const text =
		typeof value === 'object' && value !== null
			? JSON.stringify(value).slice(1, -1)
			: String(value ?? '');
	const moment = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(:\d\d)?)/.exec(text);
	return moment ? `${moment[1]} ${moment[2]}` : text;
}
