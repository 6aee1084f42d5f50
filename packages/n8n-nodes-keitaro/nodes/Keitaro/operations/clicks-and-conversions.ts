import type { IDataObject } from 'n8n-workflow';
import { get, remove, update, type Target } from './crud';
import type { Resource } from './operation';
import { clickFields, clickLog, conversionFields, conversionLog, MADE_HERE } from './report-request';

const click: Target = {
	picks: {
		name: 'clickId',
		displayName: 'Click ID',
		description: 'Public ID of the click, as the macro {subid} gives it out',
		placeholder: 'e.g. mi6h2k9x0a1b2c3d4e5f',
	},
	path: '/clicks/{id}',
	one: 'click',
};
const conversion: Target = {
	picks: {
		name: 'conversionId',
		displayName: 'Conversion ID',
		description: 'ID of the conversion, as in the conversion log',
		placeholder: 'e.g. 42',
	},
	path: '/conversions/{id}',
	one: 'conversion',
};

/** The API takes many totals at once; an item of a workflow brings one. */
function clickCosts({ fields }: { fields: IDataObject }): IDataObject {
	const { start_date, end_date, cost, ...others } = fields;
	return { ...others, costs: [{ start_date, end_date, cost }] };
}

export const clicksAndConversions: readonly Resource[] = [
	{
		value: 'click',
		name: 'Click',
		operations: [
			get(click),
			remove(click, 'Remove a click and its conversions for good'),
			update(click, 'Change parameters or cost of a click'),
			{
				value: 'clean',
				name: 'Delete Many',
				action: 'Delete many clicks',
				description: 'Remove the clicks of a period and their conversions for good',
				method: 'POST',
				path: '/clicks/clean',
				answer: 'record',
			},
			{
				value: 'explain',
				name: 'Explain',
				action: 'Explain click',
				description: 'Tell why a click went where it went (Trackyard)',
				method: 'GET',
				path: '/clicks/{id}/explain',
				picks: click.picks,
				answer: 'record',
			},
			{
				value: 'getAll',
				name: 'Get Many',
				action: 'Get many clicks',
				description: 'List clicks, the newest first, of an interval, of dates or up to a limit',
				method: 'POST',
				path: '/clicks/log',
				answer: 'rows',
				paging: 'server',
				fields: clickFields,
				leaveOut: MADE_HERE,
				body: clickLog,
			},
			{
				value: 'updateCosts',
				name: 'Update Costs',
				action: 'Update costs of clicks',
				description:
					'Spread a cost over the clicks of several campaigns in a period; the same period again replaces it',
				method: 'POST',
				path: '/clicks/update_costs',
				answer: 'record',
				fields: [
					{
						name: 'campaign_ids',
						type: 'list',
						items: 'ids',
						required: true,
						description: 'Campaigns whose clicks share the cost, by ID',
					},
					{
						name: 'start_date',
						type: 'date',
						required: true,
						description: 'First moment of the period',
					},
					{
						name: 'end_date',
						type: 'date',
						required: true,
						description: 'Last moment of the period',
					},
					{
						name: 'cost',
						type: 'number',
						required: true,
						description: 'Total that the clicks share',
					},
				],
				leaveOut: ['costs'],
				body: clickCosts,
			},
		],
	},
	{
		value: 'conversion',
		name: 'Conversion',
		operations: [
			get(conversion),
			remove(conversion, 'Remove a conversion for good'),
			update(conversion, 'Change status, revenue or other fields of a conversion'),
			{
				value: 'create',
				name: 'Create',
				action: 'Create conversion',
				description: 'Add a conversion to a click, or change the one with this transaction ID',
				method: 'POST',
				path: '/conversions',
				answer: 'record',
				json: 'or form',
			},
			{
				value: 'getAll',
				name: 'Get Many',
				action: 'Get many conversions',
				description: 'List conversions, the newest first, all or up to a limit',
				method: 'POST',
				path: '/conversions/log',
				answer: 'rows',
				paging: 'server',
				fields: conversionFields,
				leaveOut: MADE_HERE,
				body: conversionLog,
			},
		],
	},
];
