/** The end of the name of a version, such as 20251001 or 2025-08-07. */
const VERSION = /^(?:\d{8}|\d{4}-\d{2}-\d{2})$/;
/** Whose name stands before that of their models at marketplaces; a reseller's may stand there as well. */
const MAKERS = /^(?:openai|anthropic|mistralai|google|deepseek|meta-llama|qwen)\//;

/**
 * The name by which a server lists a model, if it does: as it is, with Ollama's tag, with its maker before it, or as a
 * dated version.
 * @param options.isExact where somebody pays: a version, or a reseller, may have another price
 */
export function findListedName(
  name: string,
  listed: readonly string[],
  { isExact }: { isExact: boolean },
): string | null {
  if (listed.includes(name) || listed.includes(`${name}:latest`)) return name;
  if (isExact) return null;
  const prefixed = listed.filter((one) => one.endsWith(`/${name}`));
  const byMaker = prefixed.filter((one) => MAKERS.test(one));
  for (const [only, ...others] of [prefixed, byMaker]) if (only && others.length === 0) return only;
  const versions = listed.filter((one) => one.startsWith(`${name}-`) && VERSION.test(one.slice(name.length + 1)));
  return versions.toSorted().at(-1) ?? null;
}

/** Models that write no answers, by what they are usually called. */
const WRITES_NOTHING =
  /embed|rerank|whisper|\btts|transcri|moderation|image|vision-encoder|dall-e|\bsora|realtime|audio|speech|\bbge-|babbage|davinci/i;

export function writesAnswers(name: string): boolean {
  return !WRITES_NOTHING.test(name);
}
