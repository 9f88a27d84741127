import fc from 'fast-check';

// The same examples in every run: what makes a test fail is a change, not chance.
fc.configureGlobal({ seed: 20_260_105 });

export { fc };
