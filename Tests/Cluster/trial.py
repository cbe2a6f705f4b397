"""A scripted trial: its reports follow from its parameters alone, a checkpoint comes after each, and it stops where it is told to."""

import json
import os
import sys
import time

config = json.load(open(os.environ["AUTOLORA_CONFIG"]))
x, folder = config["parameters"]["x"], os.environ["AUTOLORA_TRIAL_DIR"]
pace = float(os.environ.get("TRIAL_PACE", "0.1"))
resume, last = os.environ.get("AUTOLORA_RESUME_FROM"), int(os.environ.get("AUTOLORA_STOP_AFTER", "9"))
done = int(open(os.path.join(resume, "iter")).read()) if resume else 0
print("starts at", done, "on", os.environ.get("SLURMD_NODENAME", "this machine"), file=sys.stderr, flush=True)
for iter in range(done + 1, last + 1):
    time.sleep(pace)
    value = 1 - (x - 0.3) ** 2 - 0.5 / iter
    print(json.dumps({"step": iter * 10, "score": value}), flush=True)
    os.makedirs(os.path.join(folder, "checkpoint"), exist_ok=True)
    draft = os.path.join(folder, "checkpoint", "iter.tmp")
    with open(draft, "w") as file:
        file.write(str(iter))
    os.replace(draft, draft[:-4])
