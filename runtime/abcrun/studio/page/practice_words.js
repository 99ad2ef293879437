// The words of the practice bar in English and Spanish.

export const PRACTICE_EN = {
  practice: "Practise",
  loop: "Loop",
  "loop-off": "No loop",
  "loop-whole": "The whole tune",
  "loop-part": ({ letter, bars }) => `Part ${letter}: ${bars}`,
  "loop-here": "Loop these bars",
  "counts-in": "Count in",
  clicks: "Click on the beats",
  faster: "Faster with each round",
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
  clicks: "Marcar los pulsos",
  faster: "Más rápido en cada vuelta",
  "faster-by": "en",
  "faster-to": "hasta",
  bpm: "Pulsos por minuto",
};
