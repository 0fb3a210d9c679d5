// Numbers as people read them, with a minus sign (U+2212) and no −0. What a program reads has hyphens.

/** A number's text, typeset: −0.5, 1e−7. */
export function typeset(text) {
  return String(text).replaceAll("-", "−");
}

/** With so many decimals. */
export function fixed(value, decimals) {
  return typeset((Number(value.toFixed(decimals)) || 0).toFixed(decimals));
}

/** With so many significant digits. */
export function significant(value, digits) {
  return typeset((value || 0).toPrecision(digits));
}
