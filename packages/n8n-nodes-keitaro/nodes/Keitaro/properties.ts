import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { displayNameOf, fieldsOf, referenceOf } from './fields';
import { resources } from './operations';
import type { Field, Operation, Resource } from './operations/operation';
import { labelOf, locator } from './records';
import { loadMethodOf } from './search';

type Show = Readonly<Record<string, string[] | boolean[]>>;

/** Name of the parameter that picks what `{id}` in the path is; null when nothing is picked. */
export function pickedBy({ picks }: Operation): string | null {
	if (picks === undefined) return null;
	return typeof picks === 'string' ? `${picks}Id` : picks.name;
}

/** The collection that holds the optional fields: users know them by these names. */
export function collectionOf({ value, method, paging, answer }: Operation): {
	name: string;
	displayName: string;
} {
	if (value === 'create') return { name: 'additionalFields', displayName: 'Additional Fields' };
	if (value === 'update') return { name: 'updateFields', displayName: 'Update Fields' };
	const isList = paging !== undefined || method === 'GET';
	if (isList && answer !== 'rows') return { name: 'filterBy', displayName: 'Filters' };
	return { name: 'options', displayName: 'Options' };
}

/** Parameters of the node, made of the table of operations. */
export function createProperties(): INodeProperties[] {
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ name, value }) => ({ name, value })),
			default: 'campaign',
		},
		...resources.map(
			(resource): INodeProperties => ({
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: [resource.value] } },
				options: resource.operations.map(({ name, value, action, description }) => ({
					name,
					value,
					action,
					description,
				})),
				default: usualOperation(resource),
			}),
		),
		...resources.flatMap((resource) =>
			resource.operations.flatMap((operation) =>
				parametersOf(operation, { resource: [resource.value], operation: [operation.value] }),
			),
		),
		{
			displayName: 'Simplify',
			name: 'simplify',
			type: 'boolean',
			default: true,
			description: 'Whether to return a simplified version of the response instead of the raw data',
			hint: 'Turned off, every run answers one item that holds the request, resource, operation, success and data',
		},
	];
}

/** What most come for when they choose a resource. */
const usualOperation = ({ operations }: Resource): string =>
	(operations.find(({ value }) => value === 'getAll') ?? operations[0])?.value ?? '';

function parametersOf(operation: Operation, show: Show): INodeProperties[] {
	const displayOptions = { show: { ...show } };
	const parameters: INodeProperties[] = [];
	const { picks, json } = operation;
	const picked = pickedBy(operation);
	if (picked !== null && picks !== undefined)
		parameters.push(
			typeof picks === 'string'
				? locator(picks, picked, labelOf(picks), displayOptions)
				: { ...picks, type: 'string', required: true, default: '', displayOptions },
		);
	if (json === 'or form')
		parameters.push({
			displayName: 'Input',
			name: 'inputMode',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Form', value: 'form', description: 'Fill in the fields one by one' },
				{ name: 'JSON', value: 'json', description: 'Give all fields as one JSON object' },
			],
			default: 'form',
			displayOptions,
		});
	if (json !== undefined)
		parameters.push({
			displayName: 'Data (JSON)',
			name: 'jsonData',
			type: 'json',
			required: true,
			default: '{}',
			description: 'All fields as one JSON object, by the names that the API gives them',
			displayOptions: json === 'only' ? displayOptions : { show: { ...show, inputMode: ['json'] } },
		});
	if (json !== 'only')
		parameters.push(
			...formOf(operation, json === undefined ? show : { ...show, inputMode: ['form'] }),
		);
	return parameters;
}

function formOf(operation: Operation, show: Show): INodeProperties[] {
	const displayOptions = { show: { ...show } };
	const fields = fieldsOf(operation);
	const optional = fields
		.filter(({ required }) => !required)
		.map((field) => optionalField(field))
		.sort((a, b) => a.displayName.localeCompare(b.displayName, 'en'));
	if (operation.method === 'POST' || operation.method === 'PUT') {
		if (operation.value === 'create' || operation.value === 'update') optional.push(furtherFields);
	}
	const parameters = fields
		.filter(({ required }) => required)
		.sort((a, b) => Number(b.name === 'name') - Number(a.name === 'name'))
		.map((field) => requiredField(field, displayOptions));
	if (operation.paging !== undefined)
		parameters.push(
			{
				displayName: 'Return All',
				name: 'returnAll',
				type: 'boolean',
				default: false,
				description: 'Whether to return all results or only up to a given limit',
				displayOptions,
			},
			{
				displayName: 'Limit',
				name: 'limit',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 50,
				description: 'Max number of results to return',
				displayOptions: { show: { ...show, returnAll: [false] } },
			},
		);
	if (optional.length > 0) {
		const { name, displayName } = collectionOf(operation);
		const placeholder =
			name === 'filterBy' ? 'Add Filter' : name === 'options' ? 'Add Option' : 'Add Field';
		parameters.push({
			displayName,
			name,
			type: 'collection',
			placeholder,
			default: {},
			displayOptions,
			options: optional,
		});
	}
	return parameters;
}

/** For whatever a tracker knows and the form does not. */
const furtherFields: INodeProperties = {
	displayName: 'Further Fields (JSON)',
	name: 'further_fields',
	type: 'json',
	default: '{}',
	description: 'More fields as a JSON object, by the names that the API gives them',
};

function requiredField(
	field: Field,
	displayOptions: INodeProperties['displayOptions'],
): INodeProperties {
	const kind = referenceOf(field);
	if (kind !== null)
		return locator(kind, field.name, displayNameOf(field.name).replace(/ ID$/, ''), displayOptions);
	return { ...control(field), required: true, displayOptions };
}

function optionalField(field: Field): INodeProperties {
	const kind = referenceOf(field);
	if (kind === null) return control(field);
	return {
		displayName: `${displayNameOf(field.name).replace(/ ID$/, '')} Name or ID`,
		name: field.name,
		type: 'options',
		typeOptions: { loadOptionsMethod: loadMethodOf(kind) },
		default: '',
		description: `${field.description}. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
	};
}

function control(field: Field): INodeProperties {
	const { name, description, placeholder } = field;
	const base = {
		displayName: displayNameOf(name),
		name,
		description,
		...(placeholder ? { placeholder } : {}),
	};
	switch (field.type) {
		case 'boolean':
			return {
				...base,
				type: 'boolean',
				default: field.default === true,
				description: whether(description),
			};
		case 'number':
			return {
				...base,
				type: 'number',
				default: typeof field.default === 'number' ? field.default : 0,
			};
		case 'options':
			return {
				...base,
				type: 'options',
				options: (field.options ?? []).map(choice),
				default: field.default ?? field.options?.[0] ?? '',
			};
		case 'json':
			return { ...base, type: 'json', default: field.default ?? '{}' };
		case 'pairs':
			return {
				...base,
				type: 'fixedCollection',
				typeOptions: { multipleValues: true },
				placeholder: 'Add Pair',
				default: {},
				options: [
					{
						displayName: 'Pair',
						name: 'pair',
						values: [
							{ displayName: 'Name', name: 'name', type: 'string', default: '' },
							{ displayName: 'Value', name: 'value', type: 'string', default: '' },
						],
					},
				],
			};
		case 'date':
			return { ...base, type: 'string', default: '', placeholder: 'e.g. 2026-02-03 14:00' };
		case 'list':
		case 'commas':
			return {
				...base,
				type: 'string',
				default: '',
				description: `${description}. Several with commas between them.`,
			};
		default:
			return {
				...base,
				type: 'string',
				default: '',
				...(/password|secret|^key$/.test(name) ? { typeOptions: { password: true } } : {}),
			};
	}
}

/** n8n asks for descriptions of switches that begin like this. */
function whether(text: string): string {
	if (/^whether/i.test(text)) return text;
	const rest = text.charAt(0).toLowerCase() + text.slice(1);
	if (/^(takes|recognises|counts|sends)\b/.test(rest)) return `Whether it ${rest}`;
	return rest.startsWith('list ') ? `Whether to ${rest}` : `Whether this holds: ${rest}`;
}

/** Choices whose values do not say what they are. */
const CHOICES: Readonly<Record<string, string>> = {
	'1_month_ago': 'Last Month up to Today',
	'1_year_ago': 'Last Year up to Today',
	'7_days_ago': 'Last 7 Days',
	first_day_of_this_month: 'This Month',
	first_day_of_this_week: 'This Week',
	first_day_of_this_year: 'This Year',
	ip_ua: 'IP and User Agent',
	s: 'Stream',
	sl: 'Stream and Landing Page',
	slo: 'Stream, Landing Page and Offer',
};

const choice = (value: string): INodePropertyOptions => ({
	name: CHOICES[value] ?? (/^[a-z]/.test(value) ? displayNameOf(value) : value),
	value,
});
