"""Prints the loss of an adapter over a file's tokens, row by row, in PEFT and torch alone: evaluate_adapter.py CONFIG ADAPTER."""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "search-spaces/trainers"))

import peft_train
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

with open(sys.argv[1], encoding="utf-8") as file:
    given = json.load(file)["trainer"]
settings = peft_train.Settings({name: value for name, value in given.items() if name in peft_train.SETTINGS})
tokenizer = AutoTokenizer.from_pretrained(settings.model)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(settings.model), sys.argv[2]).eval()
total, count = 0.0, 0
for row, _ in peft_train.read(settings.validation, settings):
    row = peft_train.encode_text(row, tokenizer, settings)
    tokens = sum(label != -100 for label in row["labels"][1:])
    with torch.no_grad():
        loss = model(input_ids=torch.tensor([row["input_ids"]]), labels=torch.tensor([row["labels"]])).loss
    total, count = total + loss.item() * tokens, count + tokens
print(json.dumps({"loss": total / count, "tokens": count}))
