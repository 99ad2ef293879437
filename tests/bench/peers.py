"""Composing beside other ways to run the same network, taken in turn, as ratios.

    make bench                              # some minutes: the tables of BENCHMARKS.md
    python -m tests.bench.peers --rounds 1 --seconds 0.5 --tunes 50

Every way composes for real: one-hot input, top-k 5, text. The yardstick is the loop of
the source document: PyTorch, one character at a time, one-hot vectors made in NumPy,
`topk`, `numpy.random.choice`. torch.compile is not among the peers: it needs a C++
compiler, and leaves the LSTM to the same library call.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional

from abcrun import Model
from abcrun.cli.bench import BATCHES, steps
from abcrun.files import default_model_path
from abcrun.inference.session import onnx_runtime
from abctrain.recipe import NetworkRecipe
from abctrain.training.network import CharacterLSTM

TOP_K = 5


def weights_of(path: Path) -> dict[str, NDArray[np.float32]]:
    """The state dictionary that an exported float32 file was made from."""
    stored = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer
    }

    def torch_order(values: NDArray[np.generic]) -> NDArray[np.float32]:
        i, o, f, g = np.split(values.astype(np.float32), 4)
        return np.concatenate([i, f, g, o])

    weights = {}
    layers = sum(name.startswith("B_") for name in stored) - 1  # B_linear is one of them
    for layer in range(layers):
        for ours, theirs in (("W", "ih"), ("R", "hh")):
            weights[f"lstm.weight_{theirs}_l{layer}"] = torch_order(
                stored[f"{ours}_{layer}_half"][0]
            )
        for half, theirs in zip(np.split(stored[f"B_{layer}"][0], 2), ("ih", "hh"), strict=True):
            weights[f"lstm.bias_{theirs}_l{layer}"] = torch_order(half)
    weights["linear.weight"] = stored["W_linear_half"].T.astype(np.float32)
    weights["linear.bias"] = stored["B_linear"]
    return weights


def network_of(model: Model, weights: dict[str, NDArray[np.float32]]) -> CharacterLSTM:
    """The same network in PyTorch."""
    size = len(model.spec.vocabulary)
    network = CharacterLSTM(size, NetworkRecipe(model.spec.layers, model.spec.hidden, 0.0))
    network.load_state_dict(
        {name: torch.from_numpy(value.copy()) for name, value in weights.items()}
    )
    return network.eval()


def plain_loop(model: Model, network: CharacterLSTM, characters: int) -> None:
    """The source document's."""
    size, names = len(model.spec.vocabulary), model.spec.vocabulary.characters
    text = [model.spec.prompt]
    state = network.initial_state(1)
    token = int(model.spec.vocabulary.encode(model.spec.prompt)[-1])
    with torch.no_grad():
        for _ in range(characters):
            one_hot = np.zeros((1, 1, size), np.float32)
            one_hot[0, 0, token] = 1.0
            output, state = network.lstm(torch.from_numpy(one_hot), state)
            probabilities = functional.softmax(network.linear(output[:, -1]), dim=1)
            best, tokens = probabilities.topk(TOP_K)
            p = best.numpy().flatten()
            token = int(np.random.choice(tokens.numpy().flatten(), p=p / p.sum()))
            text.append(names[token])
    assert len("".join(text)) == characters + len(model.spec.prompt)


class Step(nn.Module):
    """From tokens and states to the next ones, drawn, everything in tensors."""

    def __init__(self, network: nn.Module, size: int) -> None:
        super().__init__()
        self.lstm, self.linear, self.size = network.lstm, network.linear, size

    def forward(
        self, tokens: torch.Tensor, h: torch.Tensor, c: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Tokens int64 [batch], states float32 [layers, batch, hidden]."""
        output, (h, c) = self.lstm(functional.one_hot(tokens[:, None], self.size).float(), (h, c))
        best, places = self.linear(output[:, -1]).topk(TOP_K)
        drawn = torch.multinomial(functional.softmax(best, dim=1), 1)
        return places.gather(1, drawn)[:, 0], h, c


def traced(model: Model, network: nn.Module) -> Callable[..., tuple[torch.Tensor, ...]]:
    """The same step compiled by TorchScript, frozen, and prepared for inference."""
    example = (
        torch.zeros(2, dtype=torch.int64),
        *torch.zeros(2, model.spec.layers, 2, model.spec.hidden),
    )
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # this part of PyTorch is on its way out; random numbers cannot be traced alike
        step = torch.jit.trace(
            Step(network, len(model.spec.vocabulary)).eval(), example, check_trace=False
        )
        return torch.jit.optimize_for_inference(step)


def batched_loop(
    model: Model, step: Callable[..., tuple[torch.Tensor, ...]], batch: int, steps_: int
) -> None:
    """PyTorch with a batch."""
    names = model.spec.vocabulary.characters
    tokens = torch.full((batch,), int(model.spec.vocabulary.encode(model.spec.prompt)[-1]))
    layers, hidden = model.spec.layers, model.spec.hidden
    h, c = torch.zeros(layers, batch, hidden), torch.zeros(layers, batch, hidden)
    texts = [[] for _ in range(batch)]
    with torch.inference_mode():
        for _ in range(steps_):
            tokens, h, c = step(tokens, h, c)
            for text, token in zip(texts, tokens.tolist(), strict=True):
                text.append(names[token])


def numpy_loop(model: Model, weights: dict[str, NDArray[np.float32]], characters: int) -> None:
    """folk-rnn's way: the gates written out in NumPy, a row of the first matrix looked
    up for each character."""
    names, layers, hidden = model.spec.vocabulary.characters, model.spec.layers, model.spec.hidden
    w = [np.ascontiguousarray(weights[f"lstm.weight_ih_l{i}"].T) for i in range(layers)]
    r = [np.ascontiguousarray(weights[f"lstm.weight_hh_l{i}"].T) for i in range(layers)]
    b = [weights[f"lstm.bias_ih_l{i}"] + weights[f"lstm.bias_hh_l{i}"] for i in range(layers)]
    linear = np.ascontiguousarray(weights["linear.weight"].T)
    h, c = (np.zeros((layers, hidden), np.float32) for _ in range(2))
    token = int(model.spec.vocabulary.encode(model.spec.prompt)[-1])
    text = []

    def sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return 1 / (1 + np.exp(-x))

    for _ in range(characters):
        for layer in range(layers):
            gates = (
                (w[0][token] if layer == 0 else h[layer - 1] @ w[layer])
                + h[layer] @ r[layer]
                + b[layer]
            )
            i, f, g, o = np.split(gates, 4)
            c[layer] = sigmoid(f) * c[layer] + sigmoid(i) * np.tanh(g)
            h[layer] = sigmoid(o) * np.tanh(c[layer])
        scores = h[-1] @ linear + weights["linear.bias"]
        best = np.argpartition(scores, -TOP_K)[-TOP_K:]
        p = np.exp(scores[best] - scores[best].max())
        token = int(np.random.choice(best, p=p / p.sum()))
        text.append(names[token])


def speed_of(compose: Callable[[int], int], seconds: float) -> float:
    """Characters a second of `compose(steps)`, which returns how many it composed."""
    compose(3)
    begun = time.perf_counter()
    trial = compose(20)
    count = max(20, int(20 * seconds / max(time.perf_counter() - begun, 1e-6)))
    begun = time.perf_counter()
    trial = compose(count)
    return trial / (time.perf_counter() - begun)


def many(model: Model, tunes: int) -> float:
    """Characters a second of `generate_many`, end to end."""
    first = model.request(seed=1)
    begun = time.perf_counter()
    composed = model.generate_many((first.numbered(i) for i in range(tunes)), in_order=False)
    characters = sum(len(tune.text) for tune in composed)
    return characters / (time.perf_counter() - begun)


def read_bandwidth(size: int) -> float:
    """Bytes a second of reading `size` bytes again and again, on all cores: what
    streaming weights can reach."""
    values = torch.ones(size // 4)

    def read(times: int) -> int:
        for _ in range(times):
            torch.dot(values, values)
        return times * size

    return speed_of(read, 0.5)


def peak_float32() -> float:
    """Multiplications and additions a second of a large matrix product in PyTorch."""
    a, b = torch.ones(1024, 1024), torch.ones(1024, 2048)

    def multiply(times: int) -> int:
        for _ in range(times):
            torch.mm(a, b)
        return times * 2 * 1024 * 1024 * 2048

    return speed_of(multiply, 0.5)


def peak_int8() -> float:
    """The same in ONNX Runtime, uint8 times int8."""
    names = (helper.make_tensor_value_info("a", onnx.TensorProto.UINT8, [1024, 1024]),
             helper.make_tensor_value_info("y", onnx.TensorProto.INT32, [1024, 2048]))  # fmt: skip
    constant = numpy_helper.from_array(np.ones((1024, 2048), np.int8), "b")
    node = helper.make_node("MatMulInteger", ["a", "b"], ["y"])
    graph = helper.make_graph([node], "peak", [names[0]], [names[1]], [constant])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 2
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    a = np.ones((1024, 1024), np.uint8)

    def multiply(times: int) -> int:
        for _ in range(times):
            session.run(None, {"a": a})
        return times * 2 * 1024 * 1024 * 2048

    return speed_of(multiply, 0.5)


def limits(parameters: int) -> str:
    """What the machine allows: weights streamed once a character, and arithmetic, in
    characters a second."""
    rows = ["| limit | measured | characters/s |", "|---|---|---|"]
    for name, size in (("float32", 4 * parameters), ("int8", parameters)):
        bandwidth = statistics.median(read_bandwidth(size) for _ in range(5))
        what = f"{name} weights streamed, {size / 1e6:.1f} MB"
        rows.append(f"| {what} | {bandwidth / 1e9:.0f} GB/s | {bandwidth / size:,.0f} |")
    for name, peak in (("float32", peak_float32), ("int8", peak_int8)):
        speed = statistics.median(peak() for _ in range(5))
        rows.append(
            f"| {name} arithmetic | {speed / 1e9:,.0f} GFLOP/s | {speed / 2 / parameters:,.0f} |"
        )
    return "\n".join(rows)


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=2.0, show_default=True, help="For each figure of each round.")
@click.option("--tunes", default=1000, show_default=True, help="For generate_many.")
def main(rounds: int, seconds: float, tunes: int) -> None:
    """Print characters a second, and the median ratio to the source document's loop, of
    each way."""
    path = default_model_path()
    float32, int8 = (Model.load(path, "cpu", precision) for precision in ("float32", "int8"))
    weights = weights_of(path)
    network = network_of(float32, weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this part of PyTorch is on its way out
        quantised = torch.ao.quantization.quantize_dynamic(
            network, {nn.LSTM, nn.Linear}, torch.qint8
        )

    def counted(loop: Callable[[int], None], batch: int = 1) -> Callable[[], float]:
        def compose(steps_: int) -> int:
            loop(steps_)
            return steps_ * batch

        return lambda: speed_of(compose, seconds)

    def ours(model: Model, batch: int) -> Callable[[], float]:
        return lambda: batch / statistics.fmean(steps(model, batch, seconds))

    plain = "PyTorch, the source document's loop"
    ways: dict[str, Callable[[], float]] = {
        plain: counted(lambda n: plain_loop(float32, network, n))
    }
    size = len(float32.spec.vocabulary)
    for name, step, batches in (
        ("tensors", Step(network, size), BATCHES),
        ("traced", traced(float32, network), BATCHES),
        ("dynamic int8", Step(quantised, size), (1, 64)),
    ):
        for batch in batches:
            ways[f"PyTorch, {name}, batch {batch}"] = counted(
                lambda n, b=batch, s=step: batched_loop(float32, s, b, n), batch
            )
    ways["NumPy by hand, batch 1"] = counted(lambda n: numpy_loop(float32, weights, n))
    for name, model in (("float32", float32), ("int8", int8)):
        for batch in BATCHES:
            ways[f"abcrun {name}, batch {batch}"] = ours(model, batch)
        ways[f"abcrun {name}, generate_many of {tunes:,}"] = lambda m=model: many(m, tunes)

    report(ways, plain, rounds)
    click.echo()
    click.echo(limits(sum(parameter.numel() for parameter in network.parameters())))


def report(ways: dict[str, Callable[[], float]], plain: str, rounds: int) -> None:
    """Measure all ways in turn, and print a row for each."""
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            time.sleep(0.5)  # threads of the way before may still spin
            speeds[name].append(way())
            click.echo(f"{name}: {speeds[name][-1]:,.0f}", err=True)
    batched = [name for name in ways if name.startswith(("PyTorch, tensors", "PyTorch, traced"))]
    best = max(batched, key=lambda name: statistics.median(speeds[name]))
    click.echo(f"| | characters/s | times the source document's loop | times {best} |")
    click.echo("|---|---|---|---|")
    for name, found in speeds.items():
        ratios = [
            statistics.median(one / other for one, other in zip(found, speeds[peer], strict=True))
            for peer in (plain, best)
        ]
        click.echo(
            f"| {name} | {statistics.median(found):,.0f} | {ratios[0]:.1f} | {ratios[1]:.2f} |"
        )


if __name__ == "__main__":
    main()
