#!/usr/bin/env bash
# The Bulgarian stemmer of @orama/stemmers 3.1.18 replaces letters in place, which strict mode refuses for a string: it
# throws a TypeError for many words, "повредена" among them. Prints what it saw and fails when that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @orama/stemmers@3.1.18
cat > see.mjs <<'JS'
import { stemmer } from '@orama/stemmers/bulgarian';

console.log('поръчки:', stemmer('поръчки'));
try {
  console.log('повредена:', stemmer('повредена'));
  process.exit(1);
} catch (error) {
  console.log('повредена:', error.name, error.message);
}
JS
node see.mjs
