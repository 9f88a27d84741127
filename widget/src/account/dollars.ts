/** As exact as the amount is: what an answer costs is often far less than a cent. */
export function dollars(micros: number): string {
  const amount = Math.abs(micros) / 1_000_000;
  return `${micros < 0 ? '-' : ''}$${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`;
}
