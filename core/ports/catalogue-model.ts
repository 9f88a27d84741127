import type { ModelPrice } from './model-price.ts';

/** A language model as the catalogue describes it. */
export interface CatalogueModel {
  /** What it is called here: in settings, in `/v1` and in why-answers. */
  id: string;
  /** What its server calls it. */
  upstreamName: string;
  /** The setting that says where its server is, such as `OPENAI_BASE_URL`, or the address itself. */
  server: string;
  /** The setting that holds the server's key; null for a server that wants none. */
  apiKeySetting: string | null;
  /** Null where it is not known: such a model is not used where somebody pays. */
  price: ModelPrice | null;
  /** Input and output together. */
  contextTokens: number;
  maxOutputTokens: number;
  seesImages: boolean;
  /** 0 to 100: how demanding a question it answers well. */
  quality: number;
  /** The day, as in 2026-12-11, on which its server ends it; null while none is announced. */
  retiresOn: string | null;
  /** Where the price was read, and when. */
  source: string;
  pricedOn: string;
}
