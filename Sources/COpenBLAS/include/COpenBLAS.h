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
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork, int *info);
void dorgqr_(
    const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work, const int *lwork, int *info);
void dsyevr_(
    const char *jobz, const char *range, const char *uplo, const int *n, double *a, const int *lda, const double *vl, const double *vu,
    const int *il, const int *iu, const double *abstol, int *m, double *w, double *z, const int *ldz, int *isuppz, double *work,
    const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t, size_t);
void dgesdd_(
    const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
    double *work, const int *lwork, int *iwork, int *info, size_t);
