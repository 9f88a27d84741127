import { tokenize } from './tokenize.ts';

const set = (list: string) => new Set(tokenize(list));

/** Words that stand for something named before. Closed classes: a language has no more of them. */
const PRONOUNS = set(
  `it its they them their theirs this that these those there here he him his she her one ones
  es er sie ihn ihm ihr ihre ihren sein seine deren dessen das dies diese dieser dieses dort dafür davon dazu damit dabei
  il elle ils elles lui leur leurs celui celle ceux celles ça cela ceci y en
  él ella ellos ellas eso esto ese esa esos esas este esta su sus allí
  ele ela eles elas isso isto esse essa este esta seu sua seus suas lá
  esso essa essi lui lei loro quello quella questo questa suo sua ne
  het hij hem haar hun dit dat die deze daar ervan erop
  den det de dem dess dens han hon hun der där dette disse dessa sen
  он она оно они его её их им ней нём это этот эта там він вона воно вони його її їх це там
  on ona ono oni jego jej ich to ten ta tam to jeho její jejich ten tam
  o onun onlar bu bunun bunlar şu orada dia itu ini mereka nya
  它 它们 这 那 这个 那个 这里 那里 他 她 それ これ あれ その この あの そこ ここ 그것 이것 그 이 거기 여기`,
);
/** They go on with what was said. */
const CONJUNCTIONS = set(
  'and but so then und aber et mais alors y pero e mas ma en maar och men og ja а и но та і ve и a ale そして 那 그리고',
);

/** Whether a question plainly speaks of something named before it. */
export function refersBack(question: string): boolean {
  const words = tokenize(question);
  return CONJUNCTIONS.has(words[0] ?? '') || words.some((word) => PRONOUNS.has(word));
}
