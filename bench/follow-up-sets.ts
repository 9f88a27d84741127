import type { ConversationTurn } from '../core/retrieval/retrieval.ts';

/** A conversation whose last question only the one before explains, and the text that answers it. */
export interface FollowUp {
  kind: string;
  turns: ConversationTurn[];
  relevant: string;
  isHeldOut: boolean;
}

interface Text {
  id: string;
  title: string;
  text: string;
}

const PLANS = ['Trawler', 'Dinghy', 'Schooner', 'Ketch', 'Sloop', 'Cutter', 'Yawl', 'Barge', 'Skiff', 'Clipper'];
const DEVICES = ['Kettle', 'Toaster', 'Blender', 'Grinder', 'Juicer', 'Steamer', 'Fryer', 'Griddle', 'Mixer', 'Slicer'];
const SHOPS = ['Ankara', 'Bergen', 'Cadiz', 'Dundee', 'Essen', 'Faro', 'Genoa', 'Haifa', 'Izmir', 'Jena'];
const ROWS_PER_TEXT = 3;

/** Rows of a price list as a CSV file is read, several to a text. */
const priceList: Text[] = Array.from({ length: Math.ceil(PLANS.length / ROWS_PER_TEXT) }, (_, n) => ({
  id: `prices-${n}`,
  title: 'Prices',
  text: PLANS.slice(n * ROWS_PER_TEXT, (n + 1) * ROWS_PER_TEXT)
    .map(
      (plan, at) =>
        `Plan: ${plan}\nPrice per month: ${9 + 7 * (n + at)} euros\nSeats: ${2 + n + at}\nStorage: ${10 * (at + 1)} GB`,
    )
    .join('\n'),
}));

/** Pages that differ in one word. */
const twins: Text[] = DEVICES.map((device, n) => ({
  id: `device-${device}`,
  title: `${device} questions`,
  text: `How much does the ${device} cost? The ${device} costs ${40 + n} euros. How long does it last? It comes with a guarantee of two years. How do I clean it? Wipe it with a damp cloth.`,
}));

const shops: Text[] = SHOPS.map((city, n) => ({
  id: `shop-${city}`,
  title: `Our shop in ${city}`,
  text: `Our shop in ${city} opens at ${7 + (n % 4)} in the morning and closes at six. You can park behind the building. Call us to order in advance.`,
}));

const handbook: Text[] = [
  [
    'password',
    'Resetting your password',
    'To reset your password, open the account page and press the button. A link is sent to you by mail.',
  ],
  [
    'refund',
    'Refunds',
    'We refund any order within thirty days. Send it back unused and we pay the money to your card.',
  ],
  [
    'plans',
    'Choosing a plan',
    'Every plan can be changed at the end of the month. What a plan costs depends on its seats and storage.',
  ],
  ['billing', 'Billing', 'You are billed once a month. How much you pay is shown on the invoice, with tax.'],
  ['costs', 'Shipping costs', 'Shipping costs five euros. It costs nothing for orders above fifty euros.'],
  [
    'team',
    'Inviting your team',
    'Invite people to your team by their address. Each of them takes a seat of your plan.',
  ],
  [
    'export',
    'Exporting data',
    'You can export everything you stored as a file. It takes a few minutes until it is ready.',
  ],
  [
    'delete',
    'Deleting an account',
    'Delete your account in the settings. All that belongs to it is gone after a week.',
  ],
  ['languages', 'Languages', 'The interface speaks twelve languages. Choose yours at the bottom of the page.'],
  [
    'support',
    'Reaching support',
    'Write to support at any time. Somebody answers within a working day, in English or German.',
  ],
].map(([id = '', title = '', text = '']) => ({ id, title, text }));

export const followUpTexts: Text[] = [...priceList, ...twins, ...shops, ...handbook];

const said = (...contents: string[]): ConversationTurn[] =>
  contents.map((content, n) => ({ role: n % 2 === 0 ? ('user' as const) : ('assistant' as const), content }));

const rowOf = (plan: string) => `prices-${Math.floor(PLANS.indexOf(plan) / ROWS_PER_TEXT)}`;

/** Every other name is held out, with its own wording: settings are chosen on the others. */
export const followUps: FollowUp[] = [
  ...PLANS.flatMap((plan, n): FollowUp[] => {
    const isHeldOut = n % 2 === 1;
    const [about, cost, seats] = isHeldOut
      ? [
          `What can you say about the ${plan} plan?`,
          'what is the price of it?',
          'and how many people can use it, how many seats?',
        ]
      : [`Tell me about the ${plan} plan`, 'and how much does it cost?', 'How many seats does it have?'];
    const answer = `The ${plan} plan is one of our plans [1]. You can change it at the end of the month [2].`;
    const common = { relevant: rowOf(plan), isHeldOut };
    return [
      { kind: 'row of a table', turns: said(about, answer, cost), ...common },
      { kind: 'row of a table', turns: said(about, answer, seats), ...common },
      {
        kind: 'two questions back',
        turns: said(about, answer, cost, 'It is listed in the prices [1].', seats),
        ...common,
      },
      {
        kind: 'named by the answer',
        turns: said(
          isHeldOut ? 'Which plan suits a small team?' : 'Which plan do you recommend?',
          `The ${plan} plan [1].`,
          cost,
        ),
        ...common,
      },
    ];
  }),
  ...DEVICES.flatMap((device, n): FollowUp[] => {
    const isHeldOut = n % 2 === 1;
    const [about, cost, clean] = isHeldOut
      ? [`I am interested in the ${device}.`, 'How much is it?', 'and how is it cleaned?']
      : [`Do you sell the ${device}?`, 'How much does it cost?', 'How do I clean it?'];
    const answer = `Yes, we sell the ${device} [1].`;
    return [cost, clean].map((last) => ({
      kind: 'pages alike',
      turns: said(about, answer, last),
      relevant: `device-${device}`,
      isHeldOut,
    }));
  }),
  ...SHOPS.flatMap((city, n): FollowUp[] => {
    const isHeldOut = n % 2 === 1;
    const turns = isHeldOut
      ? said(`Do you have a shop in ${city}?`, `Yes, there is a shop in ${city} [1].`, 'Where can I park there?')
      : said(`Where is your shop in ${city}?`, `It is in the centre of ${city} [1].`, 'When does it open?');
    return [{ kind: 'pages alike', turns, relevant: `shop-${city}`, isHeldOut }];
  }),
  ...PLANS.flatMap((plan, n): FollowUp[] => {
    const isHeldOut = n % 2 === 1;
    const before = [`Tell me about the ${plan} plan`, `The ${plan} plan is one of our plans [1].`] as const;
    const device = DEVICES[(n * 3) % DEVICES.length] ?? '';
    const other = PLANS[(n + 4) % PLANS.length] ?? '';
    const [own, id] = [
      ['How do I reset my password?', 'password'],
      ['Can I get a refund?', 'refund'],
      ['How do I export my data?', 'export'],
      ['Which languages does it speak?', 'languages'],
      ['How can I delete my account?', 'delete'],
    ][n % 5] ?? ['', ''];
    return [
      { kind: 'another subject', turns: said(...before, own ?? ''), relevant: id ?? '', isHeldOut },
      {
        kind: 'another subject',
        turns: said(...before, `How much does the ${device} cost?`),
        relevant: `device-${device}`,
        isHeldOut,
      },
      {
        kind: 'another subject',
        turns: said(...before, `And the ${other} plan, how much is it?`),
        relevant: rowOf(other),
        isHeldOut,
      },
    ];
  }),
];
