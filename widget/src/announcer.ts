import type { Entry } from './conversation.ts';
import { failureText, isRunning } from './message-view.ts';
import { nextSentences } from './spoken-sentences.ts';
import { fill, type Texts } from './texts.ts';

/** Finds what a live region should say of the conversation: whole sentences, and each turn of events once. */
export function createAnnouncer() {
  let followed: number | null = null;
  let heard = 0;
  let status = '';

  return {
    /** What to say now that the last message is this one. An answer that was finished when first seen is not read out. */
    follow(entry: Entry | undefined, texts: Texts): string {
      if (!entry || entry.role === 'user') return '';
      if (entry.key !== followed) {
        if (!isRunning(entry)) return '';
        followed = entry.key;
        heard = 0;
        status = '';
      }
      const next = nextSentences(entry.content, heard, !isRunning(entry));
      const event = entry.status === status ? '' : toStatusWords(entry, texts);
      heard = next.heard;
      status = entry.status;
      return [next.words, event].filter(Boolean).join(' ');
    },
  };
}

function toStatusWords(entry: Entry, texts: Texts): string {
  if (entry.status === 'waiting') return texts.searching;
  if (entry.status === 'lost') return texts.lost;
  if (entry.status !== 'complete') return failureText(entry, texts);
  if (entry.sources.length === 0) return '';
  return entry.sources.length === 1 ? texts.oneSource : fill(texts.sources, entry.sources.length);
}
