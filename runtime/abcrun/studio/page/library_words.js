// The words of the library in English and Spanish.

export const LIBRARY_EN = {
  library: "Your tunes",
  "to-library": "Tunes",
  tunes: ({ n }) => (n === 1 ? "1 tune" : `${n} tunes`),
  "library-empty":
    "Every tune that you compose or open comes here, and stays in this browser when the page is closed.",
  "none-found": "No tune is like that.",
  search: "Search",
  "search-hint": "name, key, type, tag …",
  shown: "Which tunes",
  "shown-all": "All",
  "shown-starred": "Starred",
  "shown-removed": "Removed",
  "empty-bin": "Delete these for good",
  star: ({ name }) => `Star ${name}`,
  "more-of": ({ name }) => `More about ${name}`,
  rename: "Rename",
  "rename-label": "Name",
  tag: "Tags",
  "tag-label": "Tags, with commas between them",
  versions: "Versions",
  keep: "Keep",
  remove: "Remove",
  removed: ({ name, n }) => (n === 1 ? `${name} is removed.` : `${n} tunes are removed.`),
  unremove: "Undo",
  "bring-back": "Bring back",
  delete: "Delete for good",
  elsewhere: "Another tab has changed this tune, too: all versions are kept (Versions in its menu).",
  "storage-full":
    "The browser's storage is full: what is new is not kept. Take your tunes with you, " +
    "then delete some for good.",
  "storage-unavailable":
    "The browser keeps nothing for this page (a private window?): take your tunes with you " +
    "before you close it.",
  "made-renamed": "renamed",
};

export const LIBRARY_ES = {
  library: "Tus melodías",
  "to-library": "Melodías",
  tunes: ({ n }) => (n === 1 ? "1 melodía" : `${n} melodías`),
  "library-empty":
    "Cada melodía que compones o abres llega aquí, y queda en este navegador al cerrar la página.",
  "none-found": "Ninguna melodía es así.",
  search: "Buscar",
  "search-hint": "nombre, tonalidad, tipo, etiqueta …",
  shown: "Qué melodías",
  "shown-all": "Todas",
  "shown-starred": "Con estrella",
  "shown-removed": "Quitadas",
  "empty-bin": "Borrar estas del todo",
  star: ({ name }) => `Estrella para ${name}`,
  "more-of": ({ name }) => `Más sobre ${name}`,
  rename: "Cambiar el nombre",
  "rename-label": "Nombre",
  tag: "Etiquetas",
  "tag-label": "Etiquetas, con comas entre ellas",
  versions: "Versiones",
  keep: "Guardar",
  remove: "Quitar",
  removed: ({ name, n }) => (n === 1 ? `Se ha quitado ${name}.` : `Se han quitado ${n} melodías.`),
  unremove: "Deshacer",
  "bring-back": "Recuperar",
  delete: "Borrar del todo",
  elsewhere:
    "Otra pestaña también ha cambiado esta melodía: quedan todas las versiones (Versiones en su menú).",
  "storage-full":
    "El almacén del navegador está lleno: lo nuevo no se guarda. Llévate tus melodías " +
    "y borra algunas del todo.",
  "storage-unavailable":
    "El navegador no guarda nada de esta página (¿una ventana privada?): llévate tus melodías " +
    "antes de cerrarla.",
  "made-renamed": "con otro nombre",
};
