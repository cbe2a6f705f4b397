#!/usr/bin/env python3
"""Serves four adapters on one base to eight clients at once, and holds every answer against the one that was given alone.

  serve_soak.py --binary .build/release/autolora --model models/smollm2 --data data/review-instructions --minutes 10
      exit 1 where a request fails or is answered otherwise, memory grows by more than 5 %, an adapter takes longer than 1 ms to switch to,
      or the clients get less than twice the tokens a second that requests get one by one.
Where xllamacpp is installed, llama.cpp's server writes the same prompts on the same base beside it.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

TOKENS = 48


def ask(address, path, body, stream=False):
    """The text and the number of tokens."""
    call = urllib.request.Request(address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=300) as answer:
        if not stream:
            answer = json.load(answer)
            return answer["choices"][0]["text"], answer["usage"]["completion_tokens"]
        text, tokens = "", 0
        for line in answer:
            if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                continue
            piece = json.loads(line[6:])
            text += "".join(choice["text"] for choice in piece["choices"])
            tokens = piece.get("usage", {}).get("completion_tokens", tokens)
        return text, tokens


def request(model, prompt, stream=False):
    body = {"model": model, "prompt": prompt, "max_tokens": TOKENS, "temperature": 0}
    return body | ({"stream": True, "stream_options": {"include_usage": True}} if stream else {})


def adapters(a, scratch):
    """Four that differ, trained for some steps."""
    found = {}
    for number, modules in enumerate([["q_proj", "v_proj"], "all-linear", ["q_proj", "k_proj", "v_proj", "o_proj"], ["down_proj"]]):
        folder = scratch / f"adapter-{number}"
        settings = {"task": "causal-lm", "model": str(Path(a.model).resolve()), "train": str((Path(a.data) / "train.jsonl").resolve()),
                    "validation": str((Path(a.data) / "validation.jsonl").resolve()), "max_steps": 8, "eval_steps": 8, "batch_size": 4,
                    "max_length": 96, "learning_rate": 2e-3, "r": 4 << number, "target_modules": modules, "seed": number,
                    # Of the whole texts: what is written then is long, and each adapter's own.
                    "completion_only_loss": False, "use_dora": number == 2}
        rows = [json.loads(line) for line in open(settings["validation"], encoding="utf-8")][:16]
        short = scratch / "validation.jsonl"
        short.write_text("".join(json.dumps(row) + "\n" for row in rows))
        settings["validation"] = str(short)
        config = scratch / f"config-{number}.json"
        config.write_text(json.dumps(settings))
        subprocess.run([a.binary, "train", config, "--output", folder], check=True, stdout=subprocess.DEVNULL)
        found[f"adapter-{number}"] = folder / "adapter"
    return found


def memory(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def clients(address, jobs, wanted, seconds, count=8):
    """Tokens a second of so many clients, and what went wrong."""
    end, made, wrong, lock = time.time() + seconds, [0, 0], [], threading.Lock()

    def client(number):
        draw = random.Random(number)
        while time.time() < end and not wrong:
            model, prompt = draw.choice(jobs)
            stream = draw.random() < 0.5
            try:
                text, tokens = ask(address, "/v1/completions", request(model, prompt, stream), stream)
                problem = None if text == wanted[model, prompt] else f"{model}: {text!r} in place of {wanted[model, prompt]!r}"
            except Exception as error:
                problem, tokens = f"{model}: {error}", 0
            with lock:
                made[0] += tokens
                made[1] += 1
                if problem:
                    wrong.append(problem)

    start = time.time()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made[0] / (time.time() - start), made[1], wrong


def llama(a, prompts, seconds):
    """llama.cpp's tokens a second for eight clients on the base; None where it is not installed, or the model is no GGUF file."""
    try:
        import xllamacpp as x
    except ImportError:
        return None
    files = list(Path(a.model).glob("*.gguf")) if Path(a.model).is_dir() else [Path(a.model)]
    if not files or files[0].suffix != ".gguf":
        return None
    params = x.CommonParams()
    params.model.path = str(files[0])
    params.n_ctx, params.n_parallel, params.n_gpu_layers, params.warmup, params.verbosity = 8192, 8, 0, False, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = a.threads
    server = x.Server(params)
    end, made, lock = time.time() + seconds, [0], threading.Lock()

    def client(number):
        draw = random.Random(number)
        while time.time() < end:
            body = {"prompt": draw.choice(prompts), "n_predict": TOKENS, "temperature": 0, "cache_prompt": False}
            call = urllib.request.Request(server.listening_address + "/completion", json.dumps(body).encode(), {"Content-Type": "application/json"})
            tokens = json.load(urllib.request.urlopen(call))["tokens_predicted"]
            with lock:
                made[0] += tokens

    start = time.time()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made[0] / (time.time() - start)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--binary", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl of prompts and completions")
    p.add_argument("--minutes", type=float, default=10)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--precision", default="auto")
    a = p.parse_args()
    a.binary = str(Path(a.binary).resolve())
    failed = False

    def hold(good, words):
        nonlocal failed
        print(("ok   " if good else "FAIL ") + words, flush=True)
        failed = failed or not good

    with tempfile.TemporaryDirectory() as scratch:
        found = adapters(a, Path(scratch))
        rows = [json.loads(line) for line in open(Path(a.data) / "validation.jsonl", encoding="utf-8")]
        # Cut within the text, so that there is something to go on with.
        prompts = [row["prompt"][: 150 + 50 * number] for number, row in enumerate(rows[:6])]
        options = [word for name, path in found.items() for word in ("--adapter", f"{name}={path}")]
        server = subprocess.Popen([a.binary, "serve", "--model", a.model, "--port", "0", "--threads", str(a.threads), "--precision", a.precision, *options],
                                  stdout=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().split(": ")[-1].strip()
            jobs = [(model, prompt) for model in found for prompt in prompts]
            wanted, start, made = {}, time.time(), 0
            for model, prompt in jobs:
                wanted[model, prompt], tokens = ask(address, "/v1/completions", request(model, prompt))
                made += tokens
            alone = made / (time.time() - start)
            print(f"one by one: {alone:.1f} tokens a second", flush=True)
            hold(len(set(wanted.values())) > len(prompts), f"{len(set(wanted.values()))} different answers of {len(jobs)}: the adapters differ")
            for model, path in found.items():
                own = subprocess.run([a.binary, "generate", "--model", a.model, "--adapter", path, "--prompt", prompts[0], "--max-new-tokens", str(TOKENS),
                                      "--precision", a.precision, "--json"], check=True, capture_output=True, text=True)
                hold(json.loads(own.stdout)["text"] == wanted[model, prompts[0]], f"{model}: what `autolora generate` writes")
            # Adapters in turn beside one adapter: what it takes to switch.
            def first_token(models):
                start = time.perf_counter()
                for number in range(40):
                    ask(address, "/v1/completions", request(models[number % len(models)], "a") | {"max_tokens": 1})
                return (time.perf_counter() - start) / 40
            names = list(found)
            one = min(sum(first_token([name]) for name in names) / 4 for _ in range(3))
            turns = min(first_token(names) for _ in range(3))
            hold(turns - one < 1e-3, f"an adapter is switched to in {1000 * (turns - one):.2f} ms (one request {1000 * one:.1f} ms)")
            usage, stop = [], threading.Event()

            def watch():
                while not stop.wait(2):
                    usage.append(memory(server))

            watcher = threading.Thread(target=watch)
            watcher.start()
            rate, count, wrong = clients(address, jobs, wanted, 60 * a.minutes)
            stop.set()
            watcher.join()
            hold(not wrong, f"{count} requests of 8 clients on 4 adapters, {a.minutes:g} minutes: {len(wrong)} failed or were answered otherwise {wrong[:1]}")
            hold(rate >= 2 * alone, f"{rate:.1f} tokens a second, {rate / alone:.2f} times one by one")
            early, late = max(usage[: len(usage) // 3]), max(usage[-len(usage) // 3 :])
            hold(late <= 1.05 * early, f"memory: {early:.0f} MiB in the first third, {late:.0f} MiB in the last")
        finally:
            server.terminate()
            hold(server.wait(60) == 0, "it ends when it is asked to")
        other = llama(a, prompts, min(60, 20 * a.minutes))
        if other:
            print(f"llama.cpp, the base alone: {other:.1f} tokens a second; with four adapters here {rate / other:.2f} times that")
        else:
            print("llama.cpp is not compared: it takes xllamacpp and a .gguf file")
    sys.exit(1 if failed else 0)


main()
