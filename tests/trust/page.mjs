// Runs the script of the static page in node.js: cases come in on stdin as JSON, verdicts go out on stdout.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import vm from "node:vm";

const page = readFileSync(process.argv[2], "utf8");
const script = /<script>([\s\S]*)<\/script>/.exec(page)[1];
const cases = readFileSync(0, "utf8");
const context = vm.createContext({ crypto: globalThis.crypto ?? webcrypto, TextEncoder, TextDecoder, atob, btoa, cases, console });
const run = `${script}
(async () => {
  const found = [];
  for (const one of JSON.parse(cases)) {
    if (one.mlDsa) {
      const [key, signature, message] = one.mlDsa.map(text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16)));
      try { verifyMlDsa(key, signature, message); found.push(true) } catch (error) { if (!(error instanceof Invalid)) throw error; found.push(false) }
      continue;
    }
    const { verdict, checks } = one.package !== undefined
      ? await verifyPackage(Uint8Array.from(atob(one.package), letter => letter.charCodeAt(0)), one.trusted)
      : await (isCredential(one.passport) ? verifyCredential : verifyPassport)(one.passport, one.data, one.trusted);
    found.push({ verdict, checks });
  }
  return JSON.stringify(found);
})()`;
process.stdout.write(await vm.runInContext(run, context));
