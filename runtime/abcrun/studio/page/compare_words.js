// The words of comparing in English and Spanish.

export const COMPARE_EN = {
  compare: "Compare",
  "compare-versions": "Compare versions",
  heard: "Which one is heard",
  "compare-place": "Place in the tune",
  "take-this": "Take this one",
  "compare-alike": "They sound alike, bar for bar.",
  "compare-nothing": "They have no bar in common.",
  "compare-differ": ({ bars }) => `Different bars: ${bars}.`,
  "compare-both": ({ a, b }) => `Different bars: in A ${a || "none"}, in B ${b || "none"}.`,
};

export const COMPARE_ES = {
  compare: "Comparar",
  "compare-versions": "Comparar versiones",
  heard: "Cuál suena",
  "compare-place": "Lugar en la melodía",
  "take-this": "Quedarme con esta",
  "compare-alike": "Suenan igual, compás por compás.",
  "compare-nothing": "No tienen ningún compás en común.",
  "compare-differ": ({ bars }) => `Compases distintos: ${bars}.`,
  "compare-both": ({ a, b }) =>
    `Compases distintos: en A ${a || "ninguno"}, en B ${b || "ninguno"}.`,
};
