#!/usr/bin/env bash
# Two kinds of text that pdf.js, as unpdf hands it out, loses without an error. Seen with unpdf 1.8.1 and pdfjs-dist
# 6.5.438 on Node 24:
#  1. unpdf names the folder of CMaps by a file: address, which the reader for Node cannot open. Text in fonts that a
#     file only names (most Japanese, Chinese and Korean ones) is then empty; with a path it is there.
#  2. getTextContent drops soft hyphens (U+00AD), also where the page draws one, as Typst does for every hyphen;
#     getOperatorList still has them.
# Prints what it saw and fails when that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund unpdf@1.8.1 pdfjs-dist@6.5.438
cat > see.mjs <<'JS'
import { fileURLToPath } from 'node:url';
import { getDocumentProxy, getResolvedPDFJS } from 'unpdf';

function build(content, font) {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    font,
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((body, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const start = text.length;
  text += `xref\n0 6\n0000000000 65535 f \n${offsets.join('')}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

async function textOf(bytes, options = {}) {
  const pdf = await getDocumentProxy(bytes, { verbosity: 0, ...options });
  const page = await pdf.getPage(1);
  const { items } = await page.getTextContent();
  const { OPS } = await getResolvedPDFJS();
  const operators = await page.getOperatorList();
  const glyphs = operators.fnArray.flatMap((operator, n) => (operator === OPS.showText ? operators.argsArray[n][0] : []));
  return { text: items.map(({ str }) => str).join(''), drawn: glyphs.map((glyph) => glyph?.unicode ?? '').join('') };
}

const japanese = () =>
  build(
    'BT /F 12 Tf 20 50 Td <65995FA1> Tj ET',
    '<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H /DescendantFonts [<< /Type /Font ' +
      '/Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) ' +
      '/Supplement 2 >> /FontDescriptor << /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 >> >>] >>',
  );
const hyphen = () =>
  build(
    'BT /F 12 Tf 20 50 Td (well-known) Tj ET',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding /Differences [45 /uni00AD] >> >>',
  );

const folder = fileURLToPath(new URL('.', import.meta.resolve('pdfjs-dist/package.json')));
const seen = {
  byAddress: (await textOf(japanese())).text,
  byPath: (await textOf(japanese(), { cMapUrl: `${folder}cmaps/` })).text,
  hyphen: await textOf(hyphen()),
};
console.log(JSON.stringify(seen));
const isAsNoted =
  seen.byAddress === '' && seen.byPath.length === 2 && seen.hyphen.text.replace(' ', '') === 'wellknown' && seen.hyphen.drawn.includes('\u00AD');
process.exit(isAsNoted ? 0 : 1);
JS
node see.mjs
