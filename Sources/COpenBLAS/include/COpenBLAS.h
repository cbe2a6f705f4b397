#pragma once
#include <cblas.h>
#include <stddef.h>

/// Loads OpenBLAS, to compute on one thread; from then on the functions below and those of <cblas.h> that openblas.c lists can be called.
///
/// Loaded rather than linked: the library takes 128 MiB of address space as it starts, and waits for ever where it cannot have them.
///
/// Returns NULL, or why it cannot be had, the same each time.
const char *openblas_load(void);

char *openblas_get_corename(void);
char *openblas_get_config(void);

/* LAPACK as OpenBLAS has it inside: Fortran, with the length of each character argument at the end. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
