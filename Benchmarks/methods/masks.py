"""The masks of the built-in trainer's dropout, for PEFT's adapters: which numbers are dropped is a pure function of seed, step and place."""
import re

import numpy as np
import torch

MASK = (1 << 64) - 1
# The linear layers of a layer: their places among its random numbers, and the stage in which each is computed.
BERT = {"self.query": (0, 0), "self.key": (1, 0), "self.value": (2, 0), "attention.output.dense": (3, 1), "intermediate.dense": (4, 2),
        "output.dense": (5, 3), "pooler.dense": (6, 0)}
LLAMA = {"q_proj": (0, 0), "k_proj": (1, 0), "v_proj": (2, 0), "o_proj": (3, 1), "gate_proj": (4, 2), "up_proj": (5, 2), "down_proj": (6, 3)}


def derived(seed, number):
    """SplitMix64's next number after a seed of its own for each number."""
    state = (seed ^ (number + 1) * 0xD1342543DE82EF95 & MASK) + 0x9E3779B97F4A7C15 & MASK
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
    state = (state ^ state >> 27) * 0x94D049BB133111EB & MASK
    return state ^ state >> 31


def mixed(h):
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    h = (h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return h ^ h >> np.uint32(16)


def kept(key, numbers, probability):
    """Which of the entries with these numbers are kept."""
    low, high = np.uint32(key & 0xFFFFFFFF), np.uint32(key >> 32)
    h = mixed(numbers.astype(np.uint32) ^ low)
    h = mixed(h + (high ^ (numbers >> 32).astype(np.uint32)))
    return h >= np.uint32(min(int(probability * 2**32), 2**32 - 1))


class Step:
    """The batch that is computed, and which of its rows have which numbers."""

    def __init__(self, isDecoder, writes, seed=0):
        self.isDecoder, self.writes, self.number, self.seed = isDecoder, writes, -1, derived(seed, 1)

    def begin(self, module, arguments, values):
        if not module.training:
            return
        self.number += 1
        there = values["attention_mask"].bool()
        self.all = torch.where(there, there.flatten().cumsum(0).view(there.shape) - 1, 0)
        # Of the last layer only those rows are computed that the head reads: one of a text, or those with a token behind them.
        lengths = there.sum(1)
        if self.writes:
            read = there & (torch.arange(there.shape[1]) < lengths[:, None] - 1)
            self.read = torch.where(read, read.flatten().cumsum(0).view(there.shape) - 1, 0)
        else:
            self.read = torch.arange(there.shape[0])[:, None].expand(there.shape)


class OurDropout(torch.nn.Module):
    def __init__(self, step, stream, ofRead, probability):
        super().__init__()
        self.step, self.stream, self.ofRead, self.probability = step, stream, ofRead, probability

    def forward(self, x):
        if not self.training:
            return x
        rows = self.step.read if self.ofRead else self.step.all
        rows = rows[:, 0] if x.dim() == 2 else rows
        numbers = rows.numpy()[..., None].astype(np.int64) * x.shape[-1] + np.arange(x.shape[-1])
        key = derived(derived(self.step.seed, self.step.number), self.stream)
        return x * torch.from_numpy(kept(key, numbers, self.probability)) * (1 / (1 - self.probability))


def drop_as_ours(model, kind, probability, layers):
    """Puts our masks into all adapters of PEFT's model; its forward passes in training are counted as steps."""
    step = Step(kind.isDecoder, kind.writes)
    model.register_forward_pre_hook(step.begin, with_kwargs=True)
    for name, module in model.named_modules():
        if not hasattr(module, "lora_dropout") or "default" not in module.lora_dropout:
            continue
        place, stage = next(value for ending, value in (LLAMA if kind.isDecoder else BERT).items() if name.endswith(ending))
        found = re.search(r"layers?\.(\d+)\.", name)
        layer = int(found[1]) if found else layers
        ofRead = layer == layers or layer == layers - 1 and not name.endswith(("key", "value", "k_proj", "v_proj"))
        module.lora_dropout["default"] = OurDropout(step, (layer * 4 + stage) * 7 + place, ofRead, probability)
