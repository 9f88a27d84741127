import { expect, it } from 'vitest';
import { rememberTexts } from '../../core/remember-texts.ts';

it('works out once what is asked again and again, and forgets what was longest not asked', () => {
  const asked: string[] = [];
  const lengthOf = rememberTexts((text) => asked.push(text) && text.length, { most: 2 });

  expect([lengthOf('a'), lengthOf('bb'), lengthOf('a'), lengthOf('ccc'), lengthOf('a'), lengthOf('bb')]).toEqual([
    1, 2, 1, 3, 1, 2,
  ]);
  expect(asked).toEqual(['a', 'bb', 'ccc', 'bb']);
});

it('remembers a result that is nothing, too', () => {
  let asked = 0;
  const nothing = rememberTexts(() => {
    asked += 1;
  });

  nothing('a');
  nothing('a');

  expect(asked).toBe(1);
});
