// Runs the script of the static page in node.js: cases come in on stdin as JSON, verdicts go out on stdout.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import vm from "node:vm";

const page = readFileSync(process.argv[2], "utf8");
const script = /<script>([\s\S]*)<\/script>/.exec(page)[1];
const cases = readFileSync(0, "utf8");
const context = vm.createContext({ crypto: globalThis.crypto ?? webcrypto, TextEncoder, TextDecoder, atob, btoa, cases, console });
const run = `${script}
const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
(async () => {
  const found = [];
  for (const one of JSON.parse(cases)) {
    if (one.mlDsa) {
      const [key, signature, message] = one.mlDsa.map(text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16)));
      try { verifyMlDsa(key, signature, message); found.push(true) } catch (error) { if (!(error instanceof Invalid)) throw error; found.push(false) }
      continue;
    }
    if (one.path) {
      const [leaf, ...others] = one.path.certificates.map(bytesOf), anchors = one.path.anchors.map(bytesOf).map(certificateOf);
      try { found.push(await leadsTo(anchors, certificateOf(leaf), readable(others), one.path.at)) } catch (error) {
        if (!(error instanceof Invalid || error instanceof Open)) throw error;
        found.push(error instanceof Open ? null : false);
      }
      continue;
    }
    const clocks = one.clocks ? certificatesIn(new TextEncoder().encode(one.clocks)) : [];
    const { verdict, checks, stamps } = one.package !== undefined
      ? await verifyPackage(bytesOf(one.package), one.trusted, clocks)
      : await (isCredential(one.passport) ? verifyCredential : verifyPassport)(one.passport, one.data, one.trusted, clocks);
    found.push({ verdict, checks, stamps: stamps ?? [] });
  }
  return JSON.stringify(found);
})()`;
process.stdout.write(await vm.runInContext(run, context));
