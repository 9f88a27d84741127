/**
 * What a screen reader should be told next of a growing answer: whole sentences, without marks of Markdown.
 * @param heard how many characters of `content` have been told already
 * @returns the words, and how many characters have been told with them
 */
export function nextSentences(content: string, heard: number, isFinished: boolean): { words: string; heard: number } {
  const fresh = content.slice(heard);
  const end = isFinished ? fresh.length : lastSentenceEnd(fresh);
  return { words: toPlainWords(fresh.slice(0, end)), heard: heard + end };
}

function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/(?<!^\s*\d+)[.!?:。？！](\s*\[\d+\])*[*_"')\]]*\s|\n/gm))
    end = match.index + match[0].length;
  return end;
}

function toPlainWords(markdown: string): string {
  return markdown
    .replace(/\[\^[^\]\s]+\]:?|\[\d+\]/g, '')
    .replace(/^([ \t]*[-*+] )\[[ xX]\] /gm, '$1')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[ \t]*(?:#+|>|[-*+](?= )|```.*)/gm, '')
    .replace(/[*_`|]+/g, ' ')
    .replace(/\s+([.,;:!?])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}
