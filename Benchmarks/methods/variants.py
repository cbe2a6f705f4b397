"""The matrix of ways of tuning: each in PEFT's settings, on which modules, and since which PEFT it is known."""
from dataclasses import dataclass, field

# What PEFT has in functions that make an optimizer, and not in a configuration.
OPTIMIZER = ("loraplus_lr_ratio", "use_lorafa")
STARTS = {"plain": True, "gaussian": "gaussian", "orthogonal": "orthogonal", "random": False, "pissa": "pissa",
          "pissa-niter": "pissa_niter_4", "olora": "olora", "eva": "eva"}
# On the usual modules and on all linear ones, each with and without patterns.
LORA = {name: dict(init_lora_weights=start) for name, start in STARTS.items()}
LORA |= {"dora" if name == "plain" else f"dora-{name}": dict(values, use_dora=True) for name, values in LORA.items()}
LORA |= {"rslora": dict(use_rslora=True), "pissa-rslora": dict(init_lora_weights="pissa", use_rslora=True),
         "olora-rslora": dict(init_lora_weights="olora", use_rslora=True), "dora-rslora": dict(use_dora=True, use_rslora=True),
         "loraplus": dict(loraplus_lr_ratio=8.0), "lorafa": dict(use_lorafa=True), "dropout": dict(lora_dropout=0.3), "dora-dropout": dict(use_dora=True, lora_dropout=0.3),
         "bias-all": dict(bias="all"), "bias-adapted": dict(bias="lora_only", use_dora=True), "saved": dict(saved=True)}
OTHERS = {
    "head": dict(finetuning_type="head"), "bitfit": dict(finetuning_type="bitfit"), "full": dict(finetuning_type="full"),
    "ia3": dict(finetuning_type="ia3"), "ia3-usual": dict(finetuning_type="ia3", targets="usual", feedforward_modules=[]),
    "ia3-all": dict(finetuning_type="ia3", targets="all-linear", feedforward_modules=True),
    "miss": dict(finetuning_type="miss", r=8, targets="usual"), "miss-all": dict(finetuning_type="miss", r=8, targets="all-linear"),
    "prompt": dict(finetuning_type="prompt_tuning", num_virtual_tokens=8, prompt_tuning_init="SAMPLE_VOCAB"),
    "prompt-random": dict(finetuning_type="prompt_tuning", num_virtual_tokens=5, prompt_tuning_init="RANDOM"),
    "p-tuning": dict(finetuning_type="p_tuning", num_virtual_tokens=8, encoder_hidden_size=64),
}
VARIANTS = LORA | OTHERS
# What the real models are compared in, on all linear layers with patterns: the small ones are in all.
CHOSEN = ["plain", "dora", "pissa", "olora", "eva", "lorafa", "dora-dropout", "bitfit", "full", "ia3", "miss-all", "prompt"]


@dataclass(frozen=True)
class Kind:
    """A model, and how its modules are called."""
    name: str
    isDecoder: bool = False
    writes: bool = False
    isReal: bool = False
    usual: list = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "usual", ["q_proj", "v_proj"] if self.isDecoder else ["query", "value"])

    @property
    def saved(self):
        return ["norm", "embed_tokens"] if self.isDecoder else ["pooler", "LayerNorm"]

    @property
    def feedforward(self):
        return ["down_proj"] if self.isDecoder else ["output.dense"]

    def patterns(self, targets):
        """PEFT takes no layers_to_transform beside all-linear."""
        if targets != "all-linear":
            ranks, alphas = {self.usual[0]: 4}, {self.usual[1]: 6.0}
            return dict(rank_pattern=ranks, alpha_pattern=alphas, layers_to_transform=[0, 2])
        if self.isDecoder:
            return dict(rank_pattern={"q_proj": 4, r"layers\.1\.mlp\..*": 12}, alpha_pattern={"v_proj": 6.0},
                        exclude_modules=r".*layers\.0\..*")
        return dict(rank_pattern={"query": 4, r"layer\.1\..*dense": 12}, alpha_pattern={"value": 6.0}, exclude_modules=["pooler.dense"])

    @property
    def linear(self):
        """All linear layers, by their names."""
        return ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] if self.isDecoder else ["query", "key", "value", "dense"]

    def cells(self, names, isOld=False):
        """(variant, targets, with patterns) of all that is compared on it; `isOld`: with PEFT 0.11."""
        for name in names:
            # It leaves these biases out of its file, and compares the names of IA3's modules as they are written.
            if isOld and name in ("bias-adapted", "ia3-all"):
                continue
            # It knows no MiSS at all.
            if isOld and name.startswith("miss"):
                continue
            # A Llama has no biases, and a language model no head of its own.
            if self.isDecoder and name in ("bias-all", "bias-adapted", "bitfit") or self.writes and name == "head":
                continue
            if self.isReal:
                if name in CHOSEN:
                    yield name, "all-linear", name in LORA
            elif name in OTHERS:
                yield name, None, False
            else:
                # It fails on adapters inside of what modules_to_save names.
                choices = [self.usual] if isOld and name == "saved" else [self.usual, "all-linear"]
                yield from ((name, targets, patterned) for targets in choices for patterned in (False, True))

    def settings(self, name, targets, patterned):
        """As PEFT has them, but for the names that are ours alone: finetuning_type, and what an optimizer is told."""
        values = dict(VARIANTS[name])
        if patterned:
            values |= self.patterns(targets)
        if values.pop("saved", False):
            values["modules_to_save"] = self.saved
        if values.get("feedforward_modules") is True:
            values["feedforward_modules"] = self.feedforward
        if values.get("finetuning_type", "lora") == "lora":
            values |= dict(r=8, lora_alpha=16, target_modules=targets)
        elif chosen := values.pop("targets", None):
            values["target_modules"] = self.usual if chosen == "usual" else chosen
        # A pooler reads one row of a text, where PEFT looks for a row of each token and fails.
        if values.get("init_lora_weights") == "eva" and targets == "all-linear" and not self.isDecoder:
            values["exclude_modules"] = ["pooler.dense"]
        return values


KINDS = {kind.name: kind for kind in [
    Kind("bert"), Kind("llama", isDecoder=True), Kind("llama-causal", isDecoder=True, writes=True),
    Kind("minilm", isReal=True), Kind("smollm2", isDecoder=True, isReal=True)]}


def changes_base(values):
    return str(values.get("init_lora_weights")).startswith(("pissa", "olora"))
