"""Lies in front of a trainer's Python in two tests, and makes its second checkpoint go wrong in the middle.

AUTOLORA_TEST_SAVE=hang: makes the file AUTOLORA_TEST_MARK and waits, to be killed. =memory: raises what torch raises without memory.
AUTOLORA_TEST_GPU=full: there is a GPU, and it says what one without a byte left says to whoever begins to use it.
"""

import os
import sys
import time

wanted = os.environ.get("AUTOLORA_TEST_SAVE")


def go_wrong(path):
    if "optimizer" not in os.path.basename(str(path)) or not os.path.exists(os.environ["AUTOLORA_TEST_FIRST"]):
        return
    if wanted == "memory":
        import torch

        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    open(os.environ["AUTOLORA_TEST_MARK"], "w").close()
    time.sleep(600)


def wrap(module, name, place):
    before = getattr(module, name)

    def after(*arguments, **named):
        go_wrong(arguments[place])
        return before(*arguments, **named)

    setattr(module, name, after)


if wanted and sys.argv[0] != "-c":
    try:
        import torch

        wrap(torch, "save", 1)
    except ImportError:
        import mlx.core

        wrap(mlx.core, "save_safetensors", 0)

if os.environ.get("AUTOLORA_TEST_GPU") == "full" and sys.argv[0] != "-c":
    import torch

    def full(*_, **__):
        raise torch.AcceleratorError("CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in https://docs.nvidia.com/cuda")

    torch.cuda.is_available = lambda: True
    torch.cuda.is_bf16_supported = torch.cuda.current_device = full
