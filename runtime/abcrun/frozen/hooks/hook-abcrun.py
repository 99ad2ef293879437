"""What of abcrun PyInstaller would not find by following imports."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

from abcrun.files import default_model_path, index_path

# Public names bring their modules when they are first used. The command line, the
# studio and bulk are programs of their own: apps that import them are followed there.
_APART = ("abcrun.cli", "abcrun.studio", "abcrun.bulk", "abcrun.frozen", "abcrun.lite")
hiddenimports = collect_submodules("abcrun", filter=lambda name: not name.startswith(_APART))

# Tables and templates; the engraver is run by its path.
datas = collect_data_files("abcrun", excludes=["models/**", "studio/**", "lite/**", "frozen/**"])
# The model, which an editable installation has in its checkout.
model = default_model_path()
datas += [
    (str(path), "abcrun/models")
    for path in (model, model.with_suffix(".int8.onnx"), index_path(model))
]
datas += collect_data_files(
    "abcrun", include_py_files=True, includes=["score/engraver.py"]
) + copy_metadata("abcrun")

# The engraver's own, where the extra `score` is installed: it imports them by itself.
for name in ("verovio", "typst"):
    if find_spec(name) is not None:
        hiddenimports.append(name)
        datas += collect_data_files(name)
