/**
 * Currencies that became the euro: how many units one euro is worth, for ever, and the first day of that. These numbers
 * are law (Council Regulations (EC) 2866/98, 1478/2000 and their successors for later members), not market rates.
 */
export const EURO_PARITIES: Readonly<Record<string, { readonly perEuro: number; readonly since: string }>> = {
  ATS: { perEuro: 13.7603, since: '1999-01-01' },
  BEF: { perEuro: 40.3399, since: '1999-01-01' },
  BGN: { perEuro: 1.95583, since: '2026-01-01' },
  CYP: { perEuro: 0.585274, since: '2008-01-01' },
  DEM: { perEuro: 1.95583, since: '1999-01-01' },
  EEK: { perEuro: 15.6466, since: '2011-01-01' },
  ESP: { perEuro: 166.386, since: '1999-01-01' },
  FIM: { perEuro: 5.94573, since: '1999-01-01' },
  FRF: { perEuro: 6.55957, since: '1999-01-01' },
  GRD: { perEuro: 340.75, since: '2001-01-01' },
  HRK: { perEuro: 7.5345, since: '2023-01-01' },
  IEP: { perEuro: 0.787564, since: '1999-01-01' },
  ITL: { perEuro: 1936.27, since: '1999-01-01' },
  LTL: { perEuro: 3.4528, since: '2015-01-01' },
  LUF: { perEuro: 40.3399, since: '1999-01-01' },
  LVL: { perEuro: 0.702804, since: '2014-01-01' },
  MTL: { perEuro: 0.4293, since: '2008-01-01' },
  NLG: { perEuro: 2.20371, since: '1999-01-01' },
  PTE: { perEuro: 200.482, since: '1999-01-01' },
  SIT: { perEuro: 239.64, since: '2007-01-01' },
  SKK: { perEuro: 30.126, since: '2009-01-01' },
}
