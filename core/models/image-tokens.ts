/**
 * What one picture counts wherever nobody has told how many tokens it was: choosing a model, fitting a window, holding
 * money and charging. A large picture takes no more than this with most models, so that what is held covers it.
 */
export const IMAGE_TOKENS = 3000;
