"""Stand-ins for what this machine lacks."""


class FakeRuntime:
    """ONNX Runtime as it looks with CUDA compiled in, on a machine where CUDA fails at the stage `fails_at`."""

    def __init__(self, fails_at: str) -> None:
        import onnxruntime

        self._real = onnxruntime
        self._fails_at = fails_at
        self.SessionOptions = onnxruntime.SessionOptions
        self.__version__ = onnxruntime.__version__

    def get_available_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def preload_dlls(self) -> None:
        print("*** noise that must not reach stdout ***")

    def InferenceSession(self, path: str, *, providers: list[str], **options: object) -> object:  # noqa: N802
        if providers == ["CPUExecutionProvider"]:
            return self._real.InferenceSession(path, providers=providers)
        if self._fails_at == "load":
            raise RuntimeError("libcudnn.so.9: cannot open\nshared object file")
        session = self._real.InferenceSession(path, providers=["CPUExecutionProvider"])
        return FakeCudaSession(session, self._fails_at)


class FakeCudaSession:
    def __init__(self, session: object, fails_at: str) -> None:
        self._session = session
        self._fails_at = fails_at

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"] if self._fails_at == "silent" else ["CUDAExecutionProvider"]

    def run(self, *arguments: object) -> object:
        if self._fails_at == "run":
            raise RuntimeError("CUDNN_STATUS_NOT_INITIALIZED")
        return self._session.run(*arguments)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)
