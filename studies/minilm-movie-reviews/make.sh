#!/bin/sh
# Trains the table anew: about 2 hours of two cores; interrupted, it goes on where it stood. Run it from the project's folder
# after `make build`.
set -eu
table=studies/minilm-movie-reviews
# Half of the validation split keeps evaluation cheap; always the same half.
awk 'NR % 2 == 1' data/movie-reviews/validation.jsonl > data/movie-reviews/validation-half.jsonl
for part in space second-seed; do
    name=$(sed -n 's/^name: //p' $table/$part.yaml)
    if [ -d studies/$name ]; then
        .build/release/autolora resume $name
    else
        .build/release/autolora run $table/$part.yaml
    fi
    .build/release/autolora trials $name --json > studies/$name/trials.json
done
python3 $table/table.py studies/minilm-movie-reviews-seed-7/trials.json studies/minilm-movie-reviews-seed-8/trials.json \
    > $table/curves.jsonl
python3 $table/summary.py
