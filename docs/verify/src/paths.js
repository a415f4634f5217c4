// --- certification paths to whom the reader trusts (RFC 5280 section 6.1, policies as RFC 9618); revocation is not asked

const MOST = { links: 12, looked: 512, chains: 32, compared: 65536 };
const ANY_POLICY = "551d2000";
const PROCESSED = new Set(Object.values(OID));

/** Whether a certificate was good at a time, by a path to an anchor. Open where only an algorithm of no browser stands in the way. */
async function leadsTo(anchors, certificate, others, at) {
  if (anchors.some(anchor => same(anchor.raw, certificate.raw))) return true;
  for await (const path of pathsTo(anchors, certificate, others, at)) return path.length > 0;
  return false;
}

/** The paths that hold, each from its anchor downwards. */
async function* pathsTo(anchors, certificate, others, at) {
  const pool = Array.from(new Map(others.map(one => [hex(one.raw), one])).values()), known = new Map(), waiting = [[certificate]];
  let budget = MOST.looked, chains = 0, unknown = false;
  const signed = async (child, issuer) => {
    const pair = hex(child.raw) + hex(issuer.raw);
    if (!known.has(pair)) known.set(pair, await verifyWith(issuer.key, child.algorithm, null, child.signature, child.body).then(() => true, error => {
      if (!(error instanceof Invalid || error instanceof Open)) throw error;
      unknown ||= error instanceof Open;
      return false;
    }));
    return known.get(pair);
  };
  while (waiting.length) {
    const links = waiting.pop(), [top] = links;
    for (const anchor of anchors) {
      if (anchor.subjectName !== top.issuerName || !await signed(top, anchor)) continue;
      if (chains++ >= MOST.chains) return;
      if (holds(anchor, links, at)) yield [anchor, ...links];
    }
    if (links.length >= MOST.links) continue;
    const above = pool.filter(one => one.subjectName === top.issuerName && !links.includes(one)).slice(0, budget);
    budget -= above.length;
    for (const issuer of above) if (await signed(top, issuer)) waiting.push([issuer, ...links]);
  }
  if (unknown) throw new Open("a certificate above is signed by an algorithm that is not known here");
}

/** The steps over a chain whose signatures hold, from below the anchor to the certificate in question. */
function holds(anchor, links, at) {
  const last = links.at(-1), selfIssued = one => one.subjectName === one.issuerName;
  return links.every(one => one.from <= at && at <= one.until)
    && mayIssue(links.slice(0, -1), links.length, selfIssued)
    && links.every(one => Array.from(one.extensions).every(([oid, { critical }]) => !critical || PROCESSED.has(oid)))
    && namesFit(anchor, links, last, selfIssued)
    && policiesHold(links, last, selfIssued);
}

/** Self-issued ones do not count for the length (section 6.1.4 l). */
function mayIssue(authorities, length, selfIssued) {
  let left = length;
  for (const one of authorities) {
    if (!one.authority || one.version !== 2 || !one.maySign || (!selfIssued(one) && left-- <= 0)) return false;
    if (one.length !== null) left = Math.min(left, one.length);
  }
  return true;
}

/** What an anchor says of whom it may name binds it too (RFC 5937). */
function namesFit(anchor, links, last, selfIssued) {
  const permitted = anchor.permitted.length ? [anchor.permitted] : [], excluded = [...anchor.excluded];
  for (const one of links) {
    if (one === last || !selfIssued(one)) {
      if (one.names.length * (permitted.flat().length + excluded.length) > MOST.compared) return false;
      if (!one.names.every(name => allowed(name, permitted, excluded))) return false;
    }
    if (one.permitted.length) permitted.push(one.permitted);
    excluded.push(...one.excluded);
  }
  return true;
}

function allowed(name, permitted, excluded) {
  const ofKind = trees => trees.filter(tree => tree.tag === name.tag), every = ofKind([...permitted.flat(), ...excluded]);
  if (every.length && (isUnclear(name, "*.") || every.some(tree => isUnclear(tree, ".")))) return false; // another reader may see another name
  return !ofKind(excluded).some(tree => isExcluded(name, tree))
    && permitted.map(ofKind).every(trees => !trees.length || trees.some(tree => isWithin(name, tree)));
}

/** A mail address of which it is not clear where its host begins, a host of which a part is empty. */
function isUnclear(name, prefix) {
  const text = latin(name);
  if (name.tag === 0x81) return text.split("@").length > 2;
  return name.tag === 0x82 && (text.startsWith(prefix) ? text.slice(prefix.length) : text).split(".").slice(0, -1).includes("");
}

const latin = element => new TextDecoder("latin1").decode(element.content).toLowerCase();
const hostIn = (name, tree) => !tree || name === tree || name.endsWith(tree.startsWith(".") ? tree : `.${tree}`);
const exactHost = (host, tree) => tree.startsWith(".") ? host.endsWith(tree) && host !== tree : host === tree;

/** A name that cannot be judged, and a wildcard that reaches into what is excluded, are excluded too. */
function isExcluded(name, tree) {
  const text = latin(name);
  if (name.tag === 0x82 && text.startsWith("*.")) return hostIn(text.slice(2), latin(tree)) || latin(tree).endsWith(text.slice(1));
  if (name.tag === 0x86 && !uriHost(text)) return true;
  return !MATCHES[name.tag] || isWithin(name, tree);
}

const isWithin = (name, tree) => MATCHES[name.tag]?.(name, tree) ?? false;
const uriHost = uri => /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(?:\[([^\]]*)\]|([^/?#:]*))/.exec(uri)?.slice(1).find(Boolean) ?? "";
const MATCHES = { // by the tag of a GeneralName
  0x81: (name, tree) => {
    const [whole, wanted] = [name, tree].map(one => new TextDecoder("latin1").decode(one.content)), host = whole.slice(whole.lastIndexOf("@") + 1).toLowerCase();
    if (!wanted.includes("@")) return exactHost(host, wanted.toLowerCase());
    const cut = wanted.lastIndexOf("@");
    return whole.slice(0, Math.max(whole.lastIndexOf("@"), 0)) === wanted.slice(0, cut) && host === wanted.slice(cut + 1).toLowerCase();
  },
  0x82: (name, tree) => hostIn(latin(name), latin(tree)),
  0x86: (name, tree) => uriHost(latin(name)) !== "" && exactHost(uriHost(latin(name)), latin(tree)),
  0x87: (name, tree) => tree.content.length === 2 * name.content.length
    && name.content.every((byte, i) => (byte & tree.content[i + name.content.length]) === (tree.content[i] & tree.content[i + name.content.length])),
  0xa4: (name, tree) => {
    const [whole, wanted] = [name, tree].map(one => JSON.parse(nameOf(only(one.content))));
    return wanted.every((set, i) => JSON.stringify(set) === JSON.stringify(whole[i]));
  },
};

/** Section 6.1 d to f and g: counters of how many links further something is still left open; none means for ever. */
function policiesHold(links, last, selfIssued) {
  const graph = new PolicyGraph(), least = (count, stated) => stated === null ? count : Math.min(count, stated);
  let explicit = links.length + 1, mapping = explicit, anything = explicit;
  for (const one of links) {
    graph.descend(one.policies, anything > 0 || selfIssued(one) && one !== last);
    if ((!explicit && graph.empty) || one.mappings.some(pair => pair.includes(ANY_POLICY))) return false;
    if (one !== last) graph.map(one.mappings, mapping > 0);
    if (one === last || !selfIssued(one)) [explicit, mapping, anything] = [explicit, mapping, anything].map(count => Math.max(count - 1, 0));
    [explicit, mapping, anything] = [least(explicit, one.explicit), least(mapping, one.mapping), least(anything, one.inhibit)];
  }
  return explicit > 0 || graph.holds;
}

/** Depths of nodes by policy (RFC 9618); none when no policy is left that could hold. */
class PolicyGraph {
  depths = [new Map([[ANY_POLICY, { expected: new Set([ANY_POLICY]), parents: new Set() }]])];
  get empty() { return !this.depths.length }
  get holds() {
    return this.depths.some(depth => Array.from(depth).some(([policy, node]) => policy !== ANY_POLICY && node.parents.has(ANY_POLICY)))
      || !this.empty && this.depths.at(-1).has(ANY_POLICY);
  }
  descend(policies, anyAllowed) {
    if (this.empty) return;
    const above = this.depths.at(-1), below = new Map(), parentsOf = policy => Array.from(above).filter(([, node]) => node.expected.has(policy)).map(([name]) => name);
    const put = (policy, parents) => below.set(policy, { expected: new Set([policy]), parents: new Set(parents) });
    for (const policy of policies ?? []) {
      const parents = parentsOf(policy);
      if (policy !== ANY_POLICY && (parents.length || above.has(ANY_POLICY))) put(policy, parents.length ? parents : [ANY_POLICY]);
    }
    if (policies?.has(ANY_POLICY) && anyAllowed) {
      for (const policy of new Set(Array.from(above.values()).flatMap(node => Array.from(node.expected)))) if (!below.has(policy)) put(policy, parentsOf(policy));
    }
    this.depths.push(below);
    this.prune();
  }
  map(pairs, allowed) {
    if (this.empty) return;
    const nodes = this.depths.at(-1);
    for (const policy of new Set(pairs.map(([own]) => own))) {
      const others = new Set(pairs.filter(([own]) => own === policy).map(([, other]) => other));
      if (!allowed) nodes.delete(policy);
      else if (nodes.has(policy)) nodes.get(policy).expected = others;
      else if (nodes.has(ANY_POLICY)) nodes.set(policy, { expected: others, parents: new Set([ANY_POLICY]) });
    }
    this.prune();
  }
  /** Nodes without a child lead nowhere; when the last depth is empty, so is all. */
  prune() {
    for (let i = this.depths.length - 2; i >= 0; i--) {
      const needed = new Set(Array.from(this.depths[i + 1].values()).flatMap(node => Array.from(node.parents)));
      for (const policy of this.depths[i].keys()) if (!needed.has(policy)) this.depths[i].delete(policy);
    }
    if (!this.depths.at(-1).size) this.depths = [];
  }
}
