// How attention is cut up: scores of so many queries and keys at a time stay in the second cache.
#pragma once
#include <stddef.h>

enum { AL_TILE_QUERIES = 32, AL_TILE_KEYS = 192 };

typedef struct al_range {
    ptrdiff_t from, to;
} al_range;
