// What questions are told apart by: English first, then the commonest words of other languages people ask in. A word
// that is missing here costs a prediction a few points, no more.

/** The words of a list with `|` between them, as whole words; those of scripts without spaces anywhere. */
function anyOf(list: string, unspaced = ''): RegExp {
  const words = list.trim().replace(/\s*\n\s*/g, ' ');
  const whole = `(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`;
  return new RegExp(unspaced ? `${whole}|${unspaced}` : whole, 'giu');
}

export const CODE_BLOCK =
  /```|Traceback \(most recent|^\s+at .+:\d+:\d+|=> ?[{(\w]|\w::\w|\w\(\)|\);|\b[A-Z]\w+Error: /m;

export const CODE_WORDS = anyOf(
  `code|coding|function|regex|api|curl|sql|query|json|yaml|script|class|compilers?|stack ?trace|python|javascript|
  typescript|node|react|java|rust|golang|c\\+\\+|c#|php|bash|css|html|div|docker|k8s|kubernetes|postgres|postgresql|git|
  async|await|threads?|pointer|algorithm|refactor|webhook|workflow|parser|makefile|buffer|EACCES|ECONN\\w+|
  abfrage|funktion|requête|fonction|consulta|función|код|функция`,
  '`[^`\\n]+`|代码|コード',
);

export const MATH_SIGNS =
  /\d\s*[*^]\s*\d|\d[a-z]?\s[+=]\s\d|\b[a-z]\^\d|\be\^\(|\\(?:frac|int|sum|sqrt)|[∫∑√≤≥∞π]|\bO\([^)\n]{1,20}\)|\[\[\d|\b(?:sin|cos|ln|exp)\(/i;

export const MATH_WORDS = anyOf(
  `derivative|matrix|expected value|equations?|solve|calculate|compute|average|percent|per cent|interest|break even|
  how (?:many|much) (?:more|less|matches|time)|\\d+(?:\\.\\d+)? ?(?:%|percent)|chance|odds|
  berechne|prozent|calcule|calcula|pourcentage|porcentaje|вычисли|процент\\w*`,
  '\\d%|計算|计算',
);

export const HARD_MATH = anyOf(
  `prove|proofs?|theorem|induction|integrate|integral|eigen\\w*|orthonormal|irrational|continuous|
  probability|probabilities|show the steps|at most and at least|beweise?|wahrscheinlichkeit|démontre|probabilité|
  demuestra|probabilidad|докажи|вероятность`,
  '証明|证明|確率|概率',
);

export const THINKING = anyOf(
  `why|compare|comparison|versus|vs|trade-?offs?|pros and cons|analy[sz]e|evaluate|critique|review|design|plan an?|
  structure|optimi[sz]e|debug|diagnose|root cause|refactor|implement|contradict|judge|rank|worth|should (?:we|i)|better|
  best|consequences?|strategy|architecture|migrate|migration|explain (?:how|why)|balanc(?:e|ing)|discuss|consistency|
  wrong with|went wrong|survives?|propose|
  warum|vergleich\\w*|analysier\\w*|bewerte|entwirf|pourquoi|comparer?|analyser?|concevoir|por qué|compara|analiza|
  diseña|почему|сравни|план`,
  '比较|优缺点|比較|なぜ|为什么',
);

/** Fields in which a wrong answer is worse than none, or in which only the best are right. */
export const EXPERT_WORDS = anyOf(
  `tax|taxes|legal|legally|lawyer|contract|clause|liability|gdpr|medical|doctor|heart|dose|symptoms?|diagnosis|
  lock-?free|memory (?:order(?:ing)?|model)|race condition|deadlock|consensus|isolation level|failover|
  dynamic programming|o\\(n\\b|lock risks?|exploit|vulnerability|cryptograph\\w*|zero-?downtime|without downtime|
  root cause|incident reports?|steuern?|vertrag|recht\\w*|impôts?|contrat|impuestos?|contrato|налог\\w*|договор\\w*`,
);

export const WRITING = anyOf(
  `write|draft|rewrite|compose|translate|summari[sz]e|summary|tl;?dr|essay|story|poem|haiku|announcement|letter|
  posting|proposal|turn (?:it|this|these)|schreibe?|übersetze|fasse|rédige|traduis|résume|escribe|traduce|напиши|переведи`,
  '翻译|翻訳|要約|总结',
);

export const LONG_WRITING =
  /\b(?:essay|story|proposal|report|article|chapter|\d{3,5}[- ]words?|(?:two|three|four|five|ten)[- ]page)\b/i;

/** How questions for one fact begin. */
export const LOOKUP =
  /^(?:(?:hi|hey|so|and|und|et|y)[\s,]+)?(?:what(?:'s| is| are| was)?|whats|who|when|where|which|how (?:much|many|long|old|big|far)|is|are|does|do|can|may|was|were|wo|wer|wann|wie (?:viel|lange|alt)|ist|quels?|quelle|où|quand|¿?(?:cuándo|cuánto|dónde|quién|qué)|qual|onde|какой|где|когда|define)(?![\p{L}])/iu;

/** What strings several things together. */
export const STEP_WORDS = anyOf(
  `then|afterwards|after that|step by step|steps?|firstly|secondly|finally|as well as|each|every|with tests|including|
  and (?:how|why|what|which|who|when|where|if|tell|explain|also|propose|give|an?)|list (?:all|every)|in which order|
  schritt|danach|anschließend|ensuite|puis|étape|luego|después|paso|затем|потом`,
  '^\\s*(?:[-*]|\\d+[.)])\\s',
);
