"""The precision of a step: what "float32" and "bfloat16" are on each device.

bfloat16 is that of autocast, and on CUDA the LSTM does not take part in it: PyTorch's
cuDNN has no such LSTM (`torch.backends.cudnn.CUDNN_TENSOR_DTYPES`), and autocast hands
it float16 instead (aten/src/ATen/cudnn/AutocastRNN.cpp). Most gradients are below
float16's normal numbers (6e-5) and would be lost, so the loss is scaled (Micikevicius
et al. 2018, arXiv:1710.03740).
"""

from contextlib import AbstractContextManager, nullcontext

import torch


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return the context that a forward pass runs in."""
    if precision == "bfloat16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def loss_scaler(device: torch.device, precision: str) -> torch.amp.GradScaler:
    """Return what scales the loss, or does nothing where nothing is in float16."""
    return torch.amp.GradScaler(
        device.type, enabled=device.type == "cuda" and precision == "bfloat16"
    )


def emulates_bfloat16(device: torch.device) -> bool:
    """Tell whether the device has to emulate bfloat16, slower than float32 is."""
    return device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False)


def in_words(device: torch.device, precision: str) -> str:
    """Say what a precision comes to, as PyTorch is set up here."""
    if device.type != "cuda":
        return precision
    if precision == "bfloat16":
        return "bfloat16 (the LSTM float16, its loss scaled)"
    # Nothing here sets it: TF32 in cuDNN and not in cuBLAS is PyTorch's own choice.
    settings = {
        "the LSTM": torch.backends.cudnn.rnn.fp32_precision,  # type: ignore[attr-defined]
        "the other products": torch.backends.cuda.matmul.fp32_precision,
    }
    in_tf32 = [what for what, setting in settings.items() if setting == "tf32"]
    if not in_tf32 or not torch.cuda.is_tf32_supported():
        return "float32 (nothing in TF32)"
    return f"float32 ({' and '.join(in_tf32)} in TF32)"
