#!/usr/bin/env python3
"""Writes blocks.txt: random blocks of each type and what `gguf.dequantize` makes of them (pip install gguf==0.19.0).

A line is a type, the blocks' bytes and the floats' bytes (little-endian), in hexadecimal digits.
"""

from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, dequantize

# Where a block has halves: random bits there may be infinite, which is looked at in one block of each type.
HALVES = {
    Type.F16: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
    Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}  # fmt: skip
TYPES = [Type.F32, Type.BF16, *HALVES]


def main():
    random = np.random.default_rng(17)
    lines = []
    for kind in TYPES:
        weights, size = GGML_QUANT_SIZES[kind]
        count = 2 if weights == 256 else 5 if weights == 32 else 40
        blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
        for row in blocks[: None if weights == 1 else -1]:
            for place in HALVES.get(kind, []):
                # Of any size, subnormal ones too, but finite.
                bits = int(random.integers(0, 0x7C00)) | int(random.integers(0, 2)) << 15
                row[place : place + 2] = np.frombuffer(np.uint16(bits).tobytes(), np.uint8)
        if kind == Type.F32:
            floats = blocks.reshape(-1).view(np.float32)
        elif kind == Type.F16:
            floats = blocks.reshape(-1).view(np.float16).astype(np.float32)
        else:
            with np.errstate(all="ignore"):
                floats = dequantize(blocks.reshape(-1), kind).reshape(-1)
        lines.append(f"{kind.name} {blocks.tobytes().hex()} {floats.astype('<f4').tobytes().hex()}\n")
    Path(__file__).with_name("blocks.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
