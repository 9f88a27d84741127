/** Asks at most once per `milliseconds`; calls meanwhile share the answer. A failed answer is not kept. */
export function rememberFor<T>(milliseconds: number, ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null;
  return () => {
    if (known) return known;
    const asked = ask();
    const forget = () => {
      if (known === asked) known = null;
    };
    asked.then(() => setTimeout(forget, milliseconds).unref(), forget);
    known = asked;
    return asked;
  };
}
