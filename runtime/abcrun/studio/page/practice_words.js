// The words of the practice bar in English and Spanish.

export const PRACTICE_EN = {
  practice: "Practise",
  loop: "Loop",
  "loop-off": "No loop",
  "loop-whole": "The whole tune",
  "loop-part": ({ letter, bars }) => `Part ${letter}: ${bars}`,
  "loop-here": "Loop these bars",
  "counts-in": "Count in",
  clicks: "Clicks",
  faster: "Get faster",
  "faster-by": "by",
  "faster-to": "up to",
  bpm: "Beats a minute",
};

export const PRACTICE_ES = {
  practice: "Practicar",
  loop: "Repetir",
  "loop-off": "Sin repetir",
  "loop-whole": "Toda la melodía",
  "loop-part": ({ letter, bars }) => `Parte ${letter}: ${bars}`,
  "loop-here": "Repetir estos compases",
  "counts-in": "Contar antes",
  clicks: "Pulsos",
  faster: "Acelerar",
  "faster-by": "en",
  "faster-to": "hasta",
  bpm: "Pulsos por minuto",
};
