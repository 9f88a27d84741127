import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CatalogueError } from '../../../core/models/catalogue-error.ts';
import { CATALOGUE_COLUMNS } from '../../../core/models/catalogue-row.ts';
import { parseCatalogue } from '../../../core/models/parse-catalogue.ts';

const header =
  'id,upstream_name,base_url_setting,input_price_per_million,output_price_per_million,context_window,max_output,sees_images,quality';

function problemsOf(text: string): string[] {
  try {
    parseCatalogue(text);
  } catch (error) {
    if (error instanceof CatalogueError) return error.problems;
    throw error;
  }
  return [];
}

describe('the table of models', () => {
  it('gives each row as a model, prices as whole numbers', () => {
    const [model] = parseCatalogue(
      `${header},cached_input_price_per_million,source,price_date\n` +
        'small,vendor/small,GROQ_BASE_URL,0.075,0.3,131072,65536,yes,48,0.0375,https://example.com/prices,2026-11-05\n',
    );

    expect(model).toEqual({
      id: 'small',
      upstreamName: 'vendor/small',
      server: 'GROQ_BASE_URL',
      apiKeySetting: 'GROQ_API_KEY',
      price: {
        inputMicrosPerMillion: 75_000,
        cachedInputMicrosPerMillion: 37_500,
        cacheWriteMicrosPerMillion: 75_000,
        outputMicrosPerMillion: 300_000,
      },
      contextTokens: 131_072,
      maxOutputTokens: 65_536,
      seesImages: true,
      quality: 48,
      retiresOn: null,
      source: 'https://example.com/prices',
      pricedOn: '2026-11-05',
    });
  });

  it('needs no more than id, window, longest answer and quality', () => {
    expect(parseCatalogue('id,context_window,max_output,quality\nown,8192,1024,40')).toEqual([
      expect.objectContaining({
        upstreamName: 'own',
        server: 'OPENAI_BASE_URL',
        apiKeySetting: 'OPENAI_API_KEY',
        price: null,
      }),
    ]);
  });

  it('takes columns in any order, under the names that people give them, and leaves others alone', () => {
    const [model] = parseCatalogue(
      'Quality,Maximum output,Context window,Notes,Output price per million tokens,Input price (USD),Vision,Cached-input price,Upstream,Model\n' +
        '70,4096,128_000,ours,$0.60,0.15,TRUE,0.075,mini-2,mini\n',
    );

    expect(model).toMatchObject({
      id: 'mini',
      upstreamName: 'mini-2',
      quality: 70,
      seesImages: true,
      contextTokens: 128_000,
    });
    expect(model?.price).toMatchObject({
      inputMicrosPerMillion: 150_000,
      cachedInputMicrosPerMillion: 75_000,
      outputMicrosPerMillion: 600_000,
    });
  });

  it.each([
    ['input_usd_per_million', 'output_usd_per_million'],
    ['Input price USD per 1M tokens', 'Output price USD per 1M tokens'],
    ['price_input', 'price_output'],
  ])('knows a price by the names %s and %s', (input, output) => {
    const [model] = parseCatalogue(`id,${input},${output},context_window,max_output,quality\nm,1,2,1000,100,50\n`);

    expect(model?.price).toMatchObject({ inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 });
  });

  it('takes an address in place of a setting, to which no key is sent unless one is named', () => {
    const rows =
      'a,,http://127.0.0.1:8080/v1/,1,1,8000,800,no,1,\nb,,http://127.0.0.1:8080/v1,1,1,8000,800,no,1,LOCAL_API_KEY\n';

    expect(parseCatalogue(`${header},api_key_setting\n${rows}`)).toMatchObject([
      { server: 'http://127.0.0.1:8080/v1', apiKeySetting: null },
      { server: 'http://127.0.0.1:8080/v1', apiKeySetting: 'LOCAL_API_KEY' },
    ]);
  });

  it('survives what spreadsheets leave: a mark at the beginning, other line ends, empty lines', () => {
    expect(parseCatalogue('\uFEFFid,context_window,max_output,quality\r\n\r\nown,8192,1024,40\r\n\r\n')).toHaveLength(
      1,
    );
  });

  it('names row and column of everything that is wrong', () => {
    const problems = problemsOf(
      `${header}\n` +
        'good,good,OPENAI_BASE_URL,1,2,8000,800,no,50\n' +
        'bad,bad,openai,one,2,8000,800,perhaps,101\n' +
        'half,half,OPENAI_BASE_URL,1,,8000,9000,no,\n' +
        'good,again,OPENAI_BASE_URL,1,2,8000,800,no,50\n' +
        'auto,auto,OPENAI_BASE_URL,1.0000001,2,8000,800,no,50\n',
    );

    expect(problems).toEqual([
      'Row 3, column base_url_setting: must name a setting such as OPENAI_BASE_URL, or be an address that starts with http.',
      'Row 3, column input_price_per_million: must be dollars per million tokens, such as 0.25, with six decimals at most.',
      'Row 3, column sees_images: must be yes or no.',
      'Row 3, column quality: must be a whole number from 0 to 100.',
      'Row 4, column quality: is needed.',
      'Row 5, column id: good stands in a row above already.',
      "Row 6, column id: must not be auto or parley, which are words of Parley's own.",
      'Row 6, column input_price_per_million: must be dollars per million tokens, such as 0.25, with six decimals at most.',
    ]);
  });

  it.each([
    ['half a price', '1,,8000,800,no,50', 'Row 2, column output_price_per_million: is needed together with'],
    ['an answer longer than the window', '1,2,8000,9000,no,50', 'Row 2, column max_output: must not be more than'],
    ['a negative price', '-1,2,8000,800,no,50', 'Row 2, column input_price_per_million: must be dollars'],
  ])('refuses %s', (_what, cells, problem) => {
    expect(problemsOf(`${header}\nm,m,OPENAI_BASE_URL,${cells}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  it('shows no secret that was put into an address', () => {
    const problems = problemsOf(`${header}\nm,m,https://me:hunter2@example.com/v1,1,2,8000,800,no,50\n`);

    expect(problems).toEqual([expect.stringContaining('Row 2, column base_url_setting')]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each([
    ['nothing', ''],
    ['only names of columns', header],
  ])('refuses a file with %s in it', (_what, text) => {
    expect(problemsOf(text)).toEqual(['There is no row of a model below the column names.']);
  });

  it('names columns that are missing or doubled, and cells that do not end', () => {
    expect(problemsOf('id,quality,quality\na,1,2')).toEqual([
      'Row 1: the column context_window is missing.',
      'Row 1: the column max_output is missing.',
      'Row 1: the column quality stands there twice.',
    ]);
    expect(problemsOf('id,quality\n"a,1')).toEqual([expect.stringMatching(/^Row \d: a quoted value/)]);
  });
});

describe('the table that comes with Parley', () => {
  it('is well formed, has every column, and says of every price where and when it was read', async () => {
    const text = await readFile(new URL('../../../models.csv', import.meta.url), 'utf8');

    const models = parseCatalogue(text);

    expect(text.split('\n')[0]?.split(',')).toEqual(CATALOGUE_COLUMNS);
    for (const model of models) {
      expect(model.price, model.id).not.toBeNull();
      expect(model.source, model.id).toMatch(/^https:\/\//);
      expect(model.pricedOn, model.id).toMatch(/^2026-/);
    }
  });
});
