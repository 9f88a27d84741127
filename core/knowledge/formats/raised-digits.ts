const RAISED = [...'⁰¹²³⁴⁵⁶⁷⁸⁹'];

/** `10` as `¹⁰`; what is no digit stays as it is. */
export function raiseDigits(text: string): string {
  return text.replace(/\d/g, (digit) => RAISED[Number(digit)] ?? digit).replace(/^[-−]/, '⁻');
}
