// Numbers as they are written in drawings. Pure functions: know no document. `significant` is the rule of playground/lab/text.py: one
// table of cases, tests/lab/numbers.json, holds for both.
(() => {
  "use strict";
  const MYRIADS = [[12, "万亿"], [8, "亿"], [4, "万"]];

  const minus = (text) => text.replace(/^-/, "−");
  /** A power of ten, such as ×10¹¹. */
  const power = (exponent) => `×10${[...String(exponent)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign])).join("")}`;
  /** The power of ten of a positive number's first digit, once it is rounded to so many. */
  const exponentOf = (size, digits) => Number(size.toExponential(digits - 1).split("e")[1]);

  /** A positive number to so many significant digits, or to whole ones, without a power of ten. */
  function plain(size, digits) {
    return exponentOf(size, digits) < digits ? String(Number(size.toPrecision(digits))) : size.toLocaleString("en-US", { maximumFractionDigits: 0 });
  }
  /** So many significant digits, or whole ones; from a million on, in Chinese from 10¹⁶ on, and below a ten-thousandth, a power of ten. */
  function significant(value, digits = 3, language = "en") {
    const size = Math.abs(value);
    if (!size) return "0";
    const sign = value < 0 ? "−" : "";
    const exponent = exponentOf(size, digits);
    if (exponent > -5 && exponent < 6) return sign + plain(size, digits);
    if (language === "zh" && exponent >= 6 && exponent < 16) {
      const [shift, unit] = MYRIADS.find(([from]) => exponent >= from);
      // Rounded before it is divided: 100500000 / 10 ** 8 is a little less than 1.005.
      const shown = exponent - shift < digits ? String(Number(size.toPrecision(digits)) / 10 ** shift) : plain(size / 10 ** shift, digits);
      return `${sign}${shown.replaceAll(",", "")} ${unit}`;
    }
    return `${sign}${Number(size.toExponential(digits - 1).split("e")[0])}${power(exponent)}`;
  }

  const known = (value) => value != null && Number.isFinite(value);
  /** `digits` decimals, thousands separators, a true minus; "—" for no value. What so few decimals would show as zero has one significant
   * digit instead; decimals from a million on, and whole numbers from a billion on, have three, as nobody reads the others. */
  function number(value, digits = 2, language = "en") {
    if (!known(value)) return "—";
    if (Math.abs(value) >= (digits > 0 ? 1e6 : 1e9)) return significant(value, 3, language);
    const shown = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    if (/[1-9]/.test(shown)) return minus(shown);
    return value ? significant(value, 1, language) : shown.replace("-", "");
  }
  const signed = (value, digits = 2, language = "en") => (value > 0 ? `+${number(value, digits, language)}` : number(value, digits, language));
  /** Three significant digits, for any magnitude. */
  const compact = (value, language = "en") => (known(value) ? significant(value, 3, language) : "—");
  function probability(value) {
    if (value == null) return "—";
    if (value > 0 && value < 0.0005) return "<0.001";
    return number(value, 3);
  }

  const numbers = { power, significant, number, signed, compact, probability };
  if (typeof module !== "undefined") module.exports = numbers;
  else Object.assign(window.pgPanels, numbers);
})();
