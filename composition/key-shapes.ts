/** What keys look like that vendors repeat inside their messages, and what stands before one in other words. */
const KEY_SHAPES = [
  // The prefixes of OpenAI, Anthropic, OpenRouter, Stripe, Parley, Slack, GitHub, Google, Groq, Hugging Face, AWS and others.
  /\b(?:sk|pk|rk|gsk|hf|pat|glpat|nvapi|r8|xai|pplx|re|npm|dop|shpat|lin|whsec)[-_][\w.*-]{4,}/g,
  /\b(?:xox[a-z]|xapp|xwfp)-[\w-]{4,}/g,
  /\b(?:gh[opsur]_|github_pat_)\w{4,}/g,
  /\b(?:AIza|AKIA|ASIA|ya29\.)[\w-]{8,}/g,
  // Tokens that say whose they are: JSON Web Tokens and those of Discord's bots.
  /\beyJ[\w-]{4,}(?:\.[\w-]*)*/g,
  /\b[MNO][\w-]{22,}\.[\w-]{6}\.[\w-]{25,}/g,
  /\b(?:Bearer|Basic|Bot|oauth:|OAuth)\s*[\w+/=.~-]{6,}/g,
  /(?<=\/\/[^:/\s]*:)[^@\s/"']+(?=@)/g,
  /(?<=\b(?:api[-_ ]?key|access[-_ ]?token|refresh[-_ ]?token|client[-_ ]?secret|password|passwd|secret|token)["']?\s*[:=]\s*["']?)[^\s"'&,;]{4,}/gi,
] as const;

/** Hides what is shaped like a key; a line of JSON stays one. */
export function hideKeyShapes(text: string): string {
  return KEY_SHAPES.reduce((left, shape) => left.replace(shape, '[redacted]'), text);
}
