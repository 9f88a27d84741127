/** A file somebody attached; `url` needs the bot's token. */
export interface SlackFile {
  name: string;
  contentType: string;
  size: number;
  /** Empty where there is nothing to open. */
  url: string;
  /** Text that Slack gives with it: the beginning of a snippet, what is said in a recording. */
  preview?: string;
}
