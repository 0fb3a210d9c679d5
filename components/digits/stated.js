// Which facts a sentence states.

/**
 * As vae_core/datasets/captions_facts.py reads them off sentences.
 *
 * @param {string[]} words
 * @param {{group: string, name: string, words: string[], opening: boolean}[]} facts
 * @returns {boolean[]}
 */
export function stated(words, facts) {
  const found = facts.map((fact) => !fact.opening && words.some((word) => fact.words.includes(word)));
  const groups = new Set(facts.filter((_, i) => found[i]).map(({ group }) => group));
  return facts.map((fact, i) => found[i] || (fact.opening && fact.words.includes(words[0]) && !groups.has(fact.group)));
}
