import type { Passage } from '../ports/chat-model.ts';
import type { Block } from './section.ts';

/** What is shown of one section. */
export interface Quote {
  /** One, or those that a long table was cut into. */
  passages: Passage[];
  /** From the title of the document down. */
  path: string[];
  /** In the order of the document. */
  blocks: Block[];
}
