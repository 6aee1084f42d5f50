import { describedFields } from './fields.generated';
import type { Field, Operation, RecordKind } from './operations/operation';

/** Fields that hold the ID of another record. */
const REFERENCES: Readonly<Record<string, RecordKind>> = {
	affiliate_network_id: 'affiliateNetwork',
	alternative_offer_id: 'offer',
	campaign_id: 'campaign',
	default_campaign_id: 'campaign',
	domain_id: 'domain',
	group_id: 'group',
	target_campaign_id: 'campaign',
	traffic_source_id: 'source',
};

/** Fields of a request: what the API describes, and what the table of operations adds or replaces. */
export function fieldsOf(operation: Operation): readonly Field[] {
	const own = operation.fields ?? [];
	const hidden = new Set([...own.map(({ name }) => name), ...(operation.leaveOut ?? [])]);
	const described = Object.entries(
		describedFields[`${operation.method} ${operation.path}`] ?? {},
	).map(([name, field]): Field => ({ name, ...field }));
	return [...described.filter(({ name }) => !hidden.has(name)), ...own];
}

/** What the number in a field is the ID of; null when it is a mere number. */
export const referenceOf = ({ name, type }: Field): RecordKind | null =>
	type === 'number' ? (REFERENCES[name] ?? null) : null;

const WORDS: Readonly<Record<string, string>> = {
	cpa: 'CPA',
	ids: 'IDs',
	id: 'ID',
	ip: 'IP',
	isp: 'ISP',
	json: 'JSON',
	os: 'OS',
	ssl: 'SSL',
	tid: 'Transaction ID',
	ttl: 'TTL',
	ua: 'UA',
	url: 'URL',
	https: 'HTTPS',
	or: 'or',
	of: 'of',
	from: 'From',
	to: 'To',
	roi: 'ROI',
};

/** `sub_id_1` → `Sub ID 1`. */
export const displayNameOf = (name: string): string =>
	name
		.split('_')
		.map((word, index) => {
			const known = WORDS[word];
			if (known !== undefined && (index > 0 || known !== known.toLowerCase())) return known;
			return word.charAt(0).toUpperCase() + word.slice(1);
		})
		.join(' ');
